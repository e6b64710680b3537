use colophon_diff::{LineKind, diff_text};

/// Each changed line with its changed pieces in brackets.
fn marked(old: &str, new: &str) -> Vec<String> {
    let diff = diff_text(old, new);
    let lines = diff.hunks.iter().flat_map(|hunk| &hunk.lines);
    lines
        .filter(|line| line.kind != LineKind::Context)
        .map(|line| {
            let sign = if line.kind == LineKind::Delete { '-' } else { '+' };
            let text: String = line
                .segments
                .iter()
                .map(|span| if span.changed { format!("[{}]", span.text) } else { span.text.clone() })
                .collect();
            format!("{sign}{text}")
        })
        .collect()
}

#[test]
fn latin_changes_are_whole_words() {
    assert_eq!(
        marked("Translate into plain English.\n", "Translate into vivid English.\n"),
        ["-Translate into [plain] English.\n", "+Translate into [vivid] English.\n"]
    );
}

#[test]
fn japanese_and_chinese_changes_are_characters() {
    assert_eq!(
        marked("午后の授業を受けました。\n", "午後の授業を受けます。\n"),
        ["-午[后]の授業を受けま[した]。\n", "+午[後]の授業を受けま[す]。\n"]
    );
    assert_eq!(marked("カムパネルラ", "カンパネルラ"), ["-カ[ム]パネルラ", "+カ[ン]パネルラ"]);
    assert_eq!(marked("请翻译成英文", "请翻译为英文"), ["-请翻译[成]英文", "+请翻译[为]英文"]);
}

#[test]
fn mixed_lines_use_both() {
    assert_eq!(
        marked("銀河をGalaxyと訳す", "銀河をMilky Wayと訳せ"),
        ["-銀河を[Galaxy]と訳[す]", "+銀河を[Milky Way]と訳[せ]"]
    );
}

#[test]
fn two_changed_words_in_a_row_are_one_piece() {
    assert_eq!(
        marked("keep the old dull tone here please", "keep the new bright tone here please"),
        ["-keep the [old dull] tone here please", "+keep the [new bright] tone here please"]
    );
}

#[test]
fn a_line_end_that_was_added_is_a_changed_piece() {
    assert_eq!(marked("same", "same\n"), ["-same", "+same[\n]"]);
}

#[test]
fn one_edited_word_among_other_line_ends_marks_one_line() {
    let old = "Be plain.\r\nKeep every name.\r\n\r\n{source_text}\r\n";
    for line_end in ["\n", "\r\n", "\r"] {
        let new = old.replace("every", "each").replace("\r\n", line_end);
        assert_eq!(marked(old, &new), ["-Keep [every] name.\n", "+Keep [each] name.\n"], "{line_end:?}");
        assert!(!diff_text(old, &new).line_ends_only);
    }
    let line_ends = diff_text(old, &old.replace("\r\n", "\n"));
    assert!(line_ends.line_ends_only && line_ends.hunks.is_empty());
    assert_eq!((line_ends.unchanged_after, line_ends.deleted, line_ends.inserted), (4, 0, 0));
    assert!(!diff_text(old, old).line_ends_only);
}

#[test]
fn lines_without_a_counterpart_or_a_likeness_are_not_marked() {
    assert_eq!(marked("", "brand new\n"), ["+brand new\n"]);
    assert_eq!(
        marked("Be faithful to the text.\n", "登場人物の口調を保つ。\n"),
        ["-Be faithful to the text.\n", "+登場人物の口調を保つ。\n"]
    );
}

#[test]
fn a_line_broken_in_two_is_compared_across_its_break() {
    assert_eq!(
        marked("one two three four five\n", "one two three\nfour five\n"),
        ["-one two three[ ]four five\n", "+one two three[\n]", "+four five\n"]
    );
}

#[test]
fn a_bracket_of_one_line_is_not_taken_for_that_of_another() {
    assert_eq!(
        marked("{source_text}\n", "{glossary}\n{source_text} now\n"),
        ["-{source_text}\n", "+[{glossary}\n]", "+{source_text}[ now]\n"]
    );
    assert_eq!(marked("of {a}{b} only\n", "of {b} only\n"), ["-of [{a}]{b} only\n", "+of {b} only\n"]);
    assert_eq!(
        marked("a big house here", "a very big house here"),
        ["-a big house here", "+a [very ]big house here"]
    );
    assert_eq!(
        marked("彼は「夜」と言った", "彼は「朝」「夜」と言った"),
        ["-彼は「夜」と言った", "+彼は[「朝」]「夜」と言った"]
    );
}
