use colophon_diff::{LineKind, TextDiff, diff_text, diff_text_with_context};

/// `-2 text` for each line, with its kind, number and text.
fn shown(diff: &TextDiff) -> Vec<String> {
    let mut shown = Vec::new();
    for line in diff.hunks.iter().flat_map(|hunk| &hunk.lines) {
        let text: String = line.segments.iter().map(|span| span.text.as_str()).collect();
        let text = text.trim_end_matches('\n');
        shown.push(match (line.kind, line.old_line, line.new_line) {
            (LineKind::Context, Some(old), Some(new)) => format!(" {old},{new} {text}"),
            (LineKind::Delete, Some(old), None) => format!("-{old} {text}"),
            (LineKind::Insert, None, Some(new)) => format!("+{new} {text}"),
            other => panic!("numbers do not fit the kind: {other:?}"),
        });
    }
    shown
}

fn numbered(lines: std::ops::RangeInclusive<usize>) -> String {
    lines.map(|n| format!("line {n}\n")).collect()
}

#[test]
fn equal_texts_have_no_hunks() {
    for text in ["", "a", "a\n", "a\r\nb", "\n\n"] {
        let diff = diff_text(text, text);
        assert_eq!(diff.hunks, []);
        assert_eq!(diff.unchanged_after, text.split_inclusive('\n').count());
        assert_eq!((diff.deleted, diff.inserted), (0, 0));
    }
}

#[test]
fn a_change_has_three_lines_of_context_and_tells_what_is_folded() {
    let old = numbered(1..=20);
    let new = old.replace("line 10\n", "LINE ten\n");
    let diff = diff_text(&old, &new);
    assert_eq!(
        shown(&diff),
        [
            " 7,7 line 7",
            " 8,8 line 8",
            " 9,9 line 9",
            "-10 line 10",
            "+10 LINE ten",
            " 11,11 line 11",
            " 12,12 line 12",
            " 13,13 line 13"
        ]
    );
    let hunk = &diff.hunks[0];
    assert_eq!((hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines), (7, 7, 7, 7));
    assert_eq!((hunk.unchanged_before, diff.unchanged_after), (6, 7));
    assert_eq!((diff.deleted, diff.inserted), (1, 1));
}

#[test]
fn changes_far_apart_are_hunks_of_their_own_with_the_lines_between_counted() {
    let old = numbered(1..=30);
    let new = old.replace("line 2\n", "").replace("line 25\n", "line 25\nmore\n");
    let diff = diff_text(&old, &new);
    let heads: Vec<_> = diff
        .hunks
        .iter()
        .map(|h| (h.unchanged_before, h.old_start, h.old_lines, h.new_start, h.new_lines))
        .collect();
    assert_eq!(heads, [(0, 1, 5, 1, 4), (17, 23, 6, 22, 7)]);
    assert_eq!(diff.unchanged_after, 2);
}

#[test]
fn no_context_leaves_the_changes_alone_and_all_context_folds_nothing() {
    let old = numbered(1..=9);
    let new = old.replace("line 5\n", "");
    assert_eq!(shown(&diff_text_with_context(&old, &new, 0)), ["-5 line 5"]);
    let hunk = &diff_text_with_context(&old, &new, 0).hunks[0];
    assert_eq!((hunk.new_start, hunk.new_lines), (4, 0));
    let all = diff_text_with_context(&old, &new, usize::MAX);
    assert_eq!((all.hunks.len(), all.hunks[0].lines.len(), all.unchanged_after), (1, 9, 0));
}

#[test]
fn from_and_to_nothing() {
    let diff = diff_text("", "a\nb");
    assert_eq!(shown(&diff), ["+1 a", "+2 b"]);
    assert_eq!((diff.hunks[0].old_start, diff.hunks[0].old_lines), (0, 0));
    assert_eq!(shown(&diff_text("a\nb", "")), ["-1 a", "-2 b"]);
}

#[test]
fn a_missing_newline_is_told() {
    let diff = diff_text("a\nb", "a\nb\n");
    let flags: Vec<_> = diff.hunks[0].lines.iter().map(|line| (line.kind, line.missing_newline)).collect();
    assert_eq!(flags, [(LineKind::Context, false), (LineKind::Delete, true), (LineKind::Insert, false)]);
}

#[test]
fn the_wire_form_reads_back() {
    let diff = diff_text("a\nb c\n", "a\nb d");
    let wire = serde_json::to_value(&diff).unwrap();
    assert_eq!(wire["hunks"][0]["lines"][1]["kind"], "delete");
    assert_eq!(wire["hunks"][0]["lines"][1].get("new_line"), None);
    assert_eq!(serde_json::from_value::<TextDiff>(wire).unwrap(), diff);
}
