use proptest::prelude::*;

use super::*;
use crate::ending::restore_content;

/// Returns the text after all events, and the division, of a content in these pieces.
fn split<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, Split) {
    let (mut splitter, mut events) = (Splitter::default(), Vec::new());
    for piece in pieces {
        splitter.push(piece, &mut events);
    }
    let split = splitter.finish(&mut events);
    let mut told = String::new();
    for event in events {
        match event {
            Event::Delta(text) => {
                assert!(!text.is_empty());
                told.push_str(&text);
            }
            Event::Replaced(text) => told = text,
            Event::Reasoning(text) => assert!(!text.is_empty()),
            other => panic!("{other:?}"),
        }
    }
    (told, split)
}

/// Returns the text of a content. Checks all cuts into three pieces, and the cut into single characters.
fn text(content: &str) -> String {
    let (told, whole) = split([content]);
    check(content, &told, &whole);
    let ends: Vec<usize> = content.char_indices().map(|(at, _)| at).chain([content.len()]).collect();
    let (told, split_up) = split(ends.windows(2).map(|pair| &content[pair[0]..pair[1]]));
    check(content, &told, &split_up);
    assert_eq!(split_up, whole, "character by character: {content:?}");
    for first in &ends {
        for second in ends.iter().filter(|second| *second >= first) {
            let pieces = [&content[..*first], &content[*first..*second], &content[*second..]];
            let (told, cut) = split(pieces);
            assert_eq!((&cut, &told), (&whole, &whole.text), "{pieces:?}");
        }
    }
    whole.text
}

fn check(content: &str, told: &str, split: &Split) {
    assert_eq!(told, split.text, "{content:?}");
    assert_eq!(restore_content(&split.text, &split.removed).as_deref(), Some(content), "{split:?}");
    assert_eq!(split.content_sha256, hex::encode(Sha256::digest(content)));
    assert!(split.removed.iter().all(|removed| !removed.text.is_empty()));
}

#[test]
fn leading_reasoning_is_removed() {
    for content in [
        "<think>a</think>Text",
        "<think>\na\n</think>\n\nText",
        "\n <think></think>\n\nText",
        "<THINK>a</Think> Text",
        "<thinking>a</thinking>\nText",
        "<thought>a</thought>Text",
        "<reasoning>a <b> </think> c</reasoning>\r\n\r\nText",
        "◁think▷a◁/think▷Text",
        "[THINK]a[/THINK]Text",
        "<seed:think>a</seed:think>Text",
        "<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>Text<|END_RESPONSE|>",
        "<|begin_of_thought|>a<|end_of_thought|>\n<|begin_of_solution|>\nText<|end_of_solution|>",
        "<|channel>thought\na<channel|>Text",
        "<think>a</think>\n<answer>\nText</answer>\n",
        "<think>a</think><think>b</think>Text",
        "<think>a</think>\n\n</think>\n\nText",
        "</think>\nText",
        "<think>one <think> two</think>Text",
    ] {
        assert_eq!(text(content), "Text", "{content:?}");
    }
}

#[test]
fn a_closing_tag_without_an_opening_one_takes_everything_before_it() {
    for content in [
        "I should greet.\n</think>\n\nText",
        "I should greet.</thinking>Text",
        "First a < b, then.◁/think▷Text",
        "a</think>b</think>Text",
        "<think>a<think>b</think>c</think>Text",
        "<think>a</think>b</think>Text",
        "We translate.[/THINK]Text",
        "We need to translate.assistantfinalText",
        "We need to translate.<|end|><|start|>assistant<|channel|>final<|message|>Text",
    ] {
        assert_eq!(text(content), "Text", "{content:?}");
    }
    let (mut splitter, mut events) = (Splitter::default(), Vec::new());
    splitter.push("Hm, ", &mut events);
    splitter.push("so.</think>", &mut events);
    splitter.push("\nText", &mut events);
    let delta = |text: &str| Event::Delta(text.to_owned());
    let replaced = Event::Replaced(String::new());
    let space = Event::Reasoning("\n".to_owned());
    assert_eq!(events, [delta("Hm, "), replaced, space, delta("Text")]);
}

#[test]
fn harmony_is_read_with_and_without_its_brackets() {
    for content in [
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>Text<|return|>",
        "<|start|>assistant<|channel|>analysis<|message|>a<|end|>\n<|start|>assistant<|channel|>final<|message|>\nText",
        "<|channel|>commentary to=functions.x <|constrain|>json<|message|>{}<|call|><|start|>assistant<|channel|>final<|message|>Text",
        "<|channel|>final<|message|>Text<|end|>",
        "<|channel|>final <|constrain|>text<|message|>Text",
        "<|message|>Text<|return|>",
        "<|channel|>analysis<|message|>a<|end|><|channel|>analysis<|message|>b<|end|><|channel|>final<|message|>Te<|end|><|start|>assistant<|channel|>analysis<|message|>c<|end|><|start|>assistant<|channel|>final<|message|>xt",
        "analysisWe need English.assistantfinalText",
        "analysiswe need English.assistantfinalText",
        "assistantanalysisWe need English.assistantfinal Text",
        "analysis\nWe need English.assistantfinal\n\nText",
        "analysis: We need English.assistantfinalText",
        "analysisA.assistantcommentaryB.assistantfinalText",
        "<|channel|>analysis<|message|>a assistantfinalText",
        "assistantfinalText",
    ] {
        assert_eq!(text(content), "Text", "{content:?}");
    }
}

#[test]
fn a_header_that_does_not_end_is_reasoning_however_it_is_cut() {
    // With 240, the header limit cuts the channel marker, so the message has no channel.
    for (length, left) in [(200, "Text"), (240, ""), (300, "Text")] {
        let content = format!("<|start|>{}<|channel|>final<|message|>Text", "x".repeat(length));
        assert_eq!(text(&content), left, "{length}");
    }
}

#[test]
fn reasoning_that_does_not_end_is_all_there_is() {
    for content in [
        "<think>",
        "<think>a",
        "<think>a</thin",
        " <thinking>a</think>b",
        "◁think▷a",
        "<|channel|>analysis<|message|>a",
        "<|channel|>analysis<|message|>a<|end|><|start|>assistant",
        "<|channel|>analysis",
        "<|start|>",
        "analysisWe need English.",
        "analysiswe need English.",
        "assistantanalysisW",
        "<think>a</think>",
        "<think>a</think>\n\n",
        "a</think>\n",
    ] {
        assert_eq!(text(content), "", "{content:?}");
    }
}

#[test]
fn what_only_looks_like_it_stays() {
    for content in [
        "",
        "Text",
        " \n　Text",
        "She said: <think> about it.",
        "Write <think>so</think> and [THINK]so[/THINK].",
        "Line\n<think>a</think>\nLine",
        "a <b and a < b",
        "<th",
        "<thinker>a</thinker>",
        "<3 </3",
        "analysis of the sea",
        "analysis",
        "analysis的结果",
        "assistant",
        "Analysis\nassistant final",
        "The assistantfin",
        "◁ left",
        "<answer>42</answer>",
        "[THI",
        "“quotes” – a’s",
    ] {
        assert_eq!(text(content), content);
    }
    assert_eq!(text("<think>a</think>Text <think>b</think> more"), "Text <think>b</think> more");
    assert_eq!(text("<think>a</think>\n\n　　朝。"), "　　朝。", "an indent is no blank line");
    assert_eq!(text("<think>a</think>Te<answer>xt"), "Te<answer>xt");
}

#[test]
fn the_removed_characters_have_their_places() {
    let (_, split) = split(["<|channel|>final<|message|>銀河<|end|>x"]);
    let place = |offset, text: &str| Removed { offset, text: text.to_owned() };
    assert_eq!(split.text, "銀河");
    assert_eq!(split.removed, [place(0, "<|channel|>final<|message|>"), place(2, "<|end|>x")]);
}

#[test]
fn kept_reasoning_is_text() {
    let (mut splitter, mut events) = (Splitter::keeping(), Vec::new());
    splitter.push("<think>a</think>b", &mut events);
    assert_eq!(events, [Event::Delta("<think>a</think>b".to_owned())]);
    let split = splitter.finish(&mut events);
    assert_eq!((split.text.as_str(), split.removed.len(), events.len()), ("<think>a</think>b", 0, 1));
}

#[test]
fn long_contents_are_split_to_their_end() {
    // With quadratic work this test would take hours.
    for unit in
        ["</think>", "<think></think>", "<think>", "a", "<|channel|>", "<|message|>", "assistantfinal", "<"]
    {
        let content = unit.repeat(1 << 16);
        let (mut splitter, mut events) = (Splitter::default(), Vec::new());
        for at in (0..content.len()).step_by(unit.len()) {
            splitter.push(&content[at..at + unit.len()], &mut events);
        }
        let split = splitter.finish(&mut events);
        assert_eq!(restore_content(&split.text, &split.removed).map(|all| all.len()), Some(content.len()));
    }
}

fn pieces() -> impl Strategy<Value = Vec<String>> {
    let marks: Vec<String> = marks::PAIRS
        .iter()
        .flat_map(|(open, close)| [*open, *close])
        .chain(["<answer>", "</answer>", "<|START_RESPONSE|>", "<|END_RESPONSE|>"])
        .chain(["<|channel|>", "<|start|>", "<|end|>", "<|return|>", "<|message|>", "final", "analysis"])
        .chain([
            "assistant",
            "assistantfinal",
            "W",
            "\n",
            " ",
            "　",
            "é",
            "銀",
            "a",
            "<",
            "<|",
            "</th",
            "[",
            "x. ",
        ])
        .map(str::to_owned)
        .collect();
    let piece = prop_oneof![9 => prop::sample::select(marks), 1 => ".{0,3}"];
    prop::collection::vec(piece, 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2_000), ..ProptestConfig::default() })]

    #[test]
    fn text_and_removed_characters_make_the_content_however_it_is_cut(
        pieces in pieces(),
        cuts in prop::collection::vec(0usize..400, 0..12),
    ) {
        let content = pieces.concat();
        let (told, whole) = split([content.as_str()]);
        check(&content, &told, &whole);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (content.len() + 1)).collect();
        cuts.retain(|cut| content.is_char_boundary(*cut));
        cuts.extend([0, content.len()]);
        cuts.sort_unstable();
        let (told, cut) = split(cuts.windows(2).map(|pair| &content[pair[0]..pair[1]]));
        check(&content, &told, &cut);
        prop_assert_eq!(&cut, &whole);
        let (told, by_piece) = split(pieces.iter().map(String::as_str));
        check(&content, &told, &by_piece);
        prop_assert_eq!(&by_piece, &whole);
    }
}
