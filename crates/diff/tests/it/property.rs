use colophon_diff::{LineKind, TextDiff, diff_text_with_context};
use proptest::prelude::*;

/// The text of one side of a diff that leaves nothing out.
fn side(diff: &TextDiff, other: LineKind) -> String {
    let lines = diff.hunks.iter().flat_map(|hunk| &hunk.lines).filter(|line| line.kind != other);
    lines.flat_map(|line| &line.segments).map(|span| span.text.as_str()).collect()
}

/// Numbers run on without a gap, in hunks and lines, and counts fit.
fn check_numbers(diff: &TextDiff, old: &str, new: &str) {
    let (mut old_next, mut new_next) = (1, 1);
    let (mut deleted, mut inserted) = (0, 0);
    for hunk in &diff.hunks {
        old_next += hunk.unchanged_before;
        new_next += hunk.unchanged_before;
        assert_eq!(hunk.old_start, if hunk.old_lines == 0 { old_next - 1 } else { old_next });
        assert_eq!(hunk.new_start, if hunk.new_lines == 0 { new_next - 1 } else { new_next });
        let (old_first, new_first) = (old_next, new_next);
        for line in &hunk.lines {
            let (on_old, on_new) = (line.kind != LineKind::Insert, line.kind != LineKind::Delete);
            assert_eq!(line.old_line, on_old.then_some(old_next));
            assert_eq!(line.new_line, on_new.then_some(new_next));
            old_next += usize::from(on_old);
            new_next += usize::from(on_new);
            deleted += usize::from(!on_new);
            inserted += usize::from(!on_old);
            assert!(line.segments.iter().all(|span| !span.text.is_empty()));
            assert!(line.segments.windows(2).all(|pair| pair[0].changed != pair[1].changed));
        }
        assert_eq!((hunk.old_lines, hunk.new_lines), (old_next - old_first, new_next - new_first));
    }
    assert_eq!((diff.deleted, diff.inserted), (deleted, inserted));
    assert_eq!(old_next + diff.unchanged_after - 1, with_line_feeds(old).split_inclusive('\n').count());
    assert_eq!(new_next + diff.unchanged_after - 1, with_line_feeds(new).split_inclusive('\n').count());
}

/// As diffs show a text.
fn with_line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Few different pieces, so that texts have much in common and lines repeat.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r"), 3 => Just(" "), 2 => Just("word"), 2 => Just("red"),
        2 => Just("銀"), 2 => Just("河"), 1 => Just("カ"), 1 => Just("か\u{3099}"), 1 => Just("👩‍👩‍👧"),
        1 => Just("{x}"), 1 => Just("\u{feff}"), 1 => Just("é"), 1 => Just("\u{2028}"),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn both_texts_can_be_read_back_but_for_the_kind_of_their_line_ends(old in text(), new in text()) {
        let diff = diff_text_with_context(&old, &new, usize::MAX);
        let (old_lines, new_lines) = (with_line_feeds(&old), with_line_feeds(&new));
        if old_lines == new_lines {
            prop_assert_eq!(&diff.hunks, &[]);
            prop_assert_eq!(diff.line_ends_only, old != new);
        } else {
            prop_assert_eq!(diff.hunks.len(), 1);
            prop_assert_eq!(side(&diff, LineKind::Insert), old_lines);
            prop_assert_eq!(side(&diff, LineKind::Delete), new_lines);
            prop_assert!(!diff.line_ends_only);
        }
        check_numbers(&diff, &old, &new);
    }

    #[test]
    fn the_kind_of_line_ends_changes_nothing(old in text(), new in text()) {
        let plain = diff_text_with_context(&with_line_feeds(&old), &with_line_feeds(&new), 3);
        let diff = diff_text_with_context(&old, &new, 3);
        prop_assert_eq!(TextDiff { line_ends_only: plain.line_ends_only, ..diff }, plain);
    }

    #[test]
    fn numbers_fit_whatever_the_context(old in text(), new in text(), context in 0usize..5) {
        check_numbers(&diff_text_with_context(&old, &new, context), &old, &new);
    }

    #[test]
    fn any_text_reads_back(old in "\\PC{0,40}[\r\n]{0,3}\\PC{0,40}", new in "\\PC{0,40}[\r\n]{0,3}\\PC{0,40}") {
        let diff = diff_text_with_context(&old, &new, usize::MAX);
        let (old, new) = (with_line_feeds(&old), with_line_feeds(&new));
        prop_assert!(old == new || side(&diff, LineKind::Insert) == old);
        prop_assert!(old == new || side(&diff, LineKind::Delete) == new);
    }
}
