use super::*;
use proptest::prelude::*;

fn options(target: u32, max: u32) -> Options {
    Options { target: NonZeroU32::new(target).expect("target"), max: NonZeroU32::new(max).expect("max") }
}

fn cut(text: &str, target: u32, max: u32) -> Vec<&str> {
    segment(text, options(target, max))
}

#[test]
fn paragraphs_are_grouped_up_to_the_target() {
    assert_eq!(cut("あああ。\nいいい。\nううう。\n", 8, 20), ["あああ。\nいいい。\n", "ううう。\n"]);
}

#[test]
fn white_space_and_blank_lines_stay_at_the_end() {
    assert_eq!(cut("あああ。\n\n　\n\nいいい。\r\n\r\n", 4, 20), ["あああ。\n\n　\n\n", "いいい。\r\n\r\n"]);
    assert_eq!(cut("\n\nあああ。", 4, 20), ["\n\nあああ。"]);
}

#[test]
fn a_long_paragraph_is_cut_between_sentences() {
    assert_eq!(cut("ああああ。いいいい！ううう？", 5, 6), ["ああああ。", "いいいい！", "ううう？"]);
    assert_eq!(cut("One two. Three four! Five?", 2, 3), ["One two. ", "Three four! ", "Five?"]);
    assert_eq!(cut("“One two.” Three four.", 3, 3), ["“One two.” ", "Three four."]);
}

#[test]
fn a_quotation_stays_with_who_said_it() {
    assert_eq!(cut("「ああ。」と言った。いい。", 11, 11), ["「ああ。」と言った。", "いい。"]);
    assert_eq!(cut("「ああ！」「いい！」", 6, 6), ["「ああ！」", "「いい！」"]);
    assert_eq!(cut("\"Who?\" he said. She sat.", 4, 4), ["\"Who?\" he said. ", "She sat."]);
}

#[test]
fn sentences_of_a_quotation_come_apart_last() {
    assert_eq!(cut("ああ。「いい。うう。」", 9, 9), ["ああ。", "「いい。うう。」"]);
    assert_eq!(cut("「いいい。ううう。」", 6, 6), ["「いいい。", "ううう。」"]);
}

#[test]
fn abbreviations_and_initials_end_no_sentence() {
    for (text, first) in [
        ("Dear Mr. Smith came. He sat.", "Dear Mr. Smith came. "),
        ("It was J. R. Tolkien. He sat.", "It was J. R. Tolkien. "),
        ("At 5 p.m. Eve left me. He sat.", "At 5 p.m. Eve left me. "),
        ("It cost 3.50 today. He sat.", "It cost 3.50 today. "),
        ("Wait... what is it. He sat.", "Wait... what is it. "),
    ] {
        let max = token_estimate(first);
        assert_eq!(cut(text, max, max).first(), Some(&first));
    }
}

#[test]
fn a_line_that_goes_on_is_no_paragraph() {
    assert_eq!(cut("向けて、\n「ああ」\nいい。", 8, 9), ["向けて、\n「ああ」\n", "いい。"]);
    assert_eq!(cut("（ああ）\n　と思う。\nいい。", 9, 9), ["（ああ）\n　と思う。\n", "いい。"]);
    let wrapped = "The sea was\ncalm that day.\nHe sat.";
    assert_eq!(cut(wrapped, 7, 7), ["The sea was\ncalm that day.\n", "He sat."]);
}

#[test]
fn a_sentence_over_the_maximum_is_cut_at_commas_words_graphemes() {
    assert_eq!(cut("あああ、いいい、うう。", 4, 5), ["あああ、", "いいい、", "うう。"]);
    assert_eq!(cut("aaa bbb ccc", 1, 1), ["aaa ", "bbb ", "ccc"]);
    assert_eq!(cut("かか\u{3099}かか\u{3099}", 3, 3), ["かか\u{3099}", "かか\u{3099}"]);
    assert_eq!(
        cut("e\u{301}\u{301}\u{301}\u{301}\u{301}", 1, 1),
        ["e\u{301}\u{301}\u{301}", "\u{301}\u{301}"]
    );
}

#[test]
fn a_short_end_joins_the_segment_before_it() {
    let text = "あああああああああああああああ。\nいい。\n";
    assert_eq!(cut(text, 16, 20), [text]);
    assert_eq!(cut(text, 16, 19).len(), 2, "no room for it");
}

#[test]
fn an_empty_text_has_no_segments_and_white_space_is_blank() {
    assert!(cut("", 10, 20).is_empty());
    assert_eq!(cut(" \n\u{3000}\r\n", 10, 20), [" \n\u{3000}\r\n"]);
    assert!(is_blank(" \n\u{3000}\r\n") && !is_blank(" 。"));
}

#[test]
fn tokens_are_one_a_wide_character_and_a_quarter_for_others() {
    assert_eq!(token_estimate(""), 0);
    assert_eq!(token_estimate("銀河鉄道の夜。"), 7);
    assert_eq!(token_estimate("colophon"), 2);
    assert_eq!(token_estimate("夜 night"), 3);
}

#[test]
fn options_are_read_strictly() {
    let read = |json: &str| serde_json::from_str::<Options>(json);
    assert_eq!(read("{}").expect("defaults"), Options::default());
    assert_eq!(read(r#"{"target": 5}"#).expect("target").target.get(), 5);
    assert!(read(r#"{"max": 0}"#).is_err() && read(r#"{"maximum": 5}"#).is_err());
}

fn check(text: &str, options: Options) {
    let segments = segment(text, options);
    assert_eq!(segments.concat(), text);
    for segment in segments {
        assert!(!segment.is_empty());
        assert!(token_estimate(segment) <= options.max.get(), "{} tokens", token_estimate(segment));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn segments_are_the_text_and_within_the_maximum(text in "\\PC*|(?s).{0,200}", target in 1u32..40, max in 1u32..40) {
        check(&text, options(target, max));
    }

    #[test]
    fn segments_of_hostile_mixtures_are_the_text(
        parts in prop::collection::vec(prop::sample::select(vec![
            "\n", "\r\n", "\r", "\u{2029}", " ", "\u{3000}", "。", "」", "「", "！", "…", ".", "Mr.", "a", "A", "夜",
            "\u{301}", "\u{200d}", "👩‍👩‍👧", "、", ",", "\"", "と", "U.S.", "1", "{", "}",
        ]), 0..120),
        target in 1u32..30,
        max in 1u32..30,
    ) {
        check(&parts.concat(), options(target, max));
    }
}

#[test]
fn a_million_code_points_are_cut_to_their_end() {
    // Work quadratic in the length would take days.
    const MILLION: usize = 1_000_000;
    for unit in ["夜", "\n", "a.1,", "「", "」。", "\u{301}", "あいう。\n", "a ", "A.\""] {
        let text: String = unit.chars().cycle().take(MILLION).collect();
        check(&text, Options::default());
    }
}

#[test]
fn no_segment_of_a_novel_ends_in_mid_sentence() {
    let text = include_str!("../../../test-support/fixtures/novels/yoru-no-watashibune.txt");
    for (target, max) in [(1_200, 2_400), (600, 1_200), (300, 700)] {
        let segments = cut(text, target, max);
        assert_eq!(segments.concat(), text);
        let average = token_estimate(text) / u32::try_from(segments.len()).expect("few");
        assert!(average.abs_diff(target) < target / 3, "{average} tokens on average, {target} wanted");
        for pair in segments.windows(2) {
            let end = pair[0].trim_end();
            assert!(pair[0].ends_with('\n') || end.ends_with('。'), "cut in a line: {end}");
            assert!(end.ends_with(['。', '」', '）', '！', '？']), "cut in mid-sentence: {end}");
            assert!(!pair[1].trim_start().starts_with('と') || end.ends_with('。'), "cut before {}", pair[1]);
        }
    }
}
