//! Hostile inputs of the size of the largest templates end in a bounded time, the same way each time.

use colophon_diff::diff_text;

const LARGE: usize = 50_000;

/// A small generator (xorshift64), so that the inputs are the same in each run.
fn noise(seed: u64, count: usize) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    })
    .take(count)
}

fn han(seed: u64, count: usize, alphabet: u64) -> String {
    noise(seed, count).filter_map(|n| char::from_u32(0x4E00 + (n % alphabet) as u32)).collect()
}

/// What is quadratic would not come back before the run's own limit. The work is bounded by sizes and not by a
/// clock, so that it comes out the same each time.
fn repeated(name: &str, old: &str, new: &str) {
    let diff = diff_text(old, new);
    assert_eq!(diff, diff_text(old, new), "{name} is not deterministic");
}

#[test]
fn a_long_line_changed_everywhere() {
    for alphabet in [2, 50, 5000] {
        let (old, new) = (han(1, LARGE, alphabet), han(2, LARGE, alphabet));
        repeated(&format!("one line of {LARGE} characters out of {alphabet}"), &old, &new);
    }
}

#[test]
fn a_long_line_changed_here_and_there() {
    let old = han(3, LARGE, 3000);
    let new: String = old.chars().enumerate().map(|(i, c)| if i % 40 == 0 { '新' } else { c }).collect();
    repeated("every 40th character", &old, &new);
    let diff = diff_text(&old, &new);
    let changed = diff.hunks[0].lines[1].segments.iter().filter(|span| span.changed).count();
    assert!(changed > 1000, "only {changed} changes were marked");
}

#[test]
fn all_lines_different_or_repeated() {
    let lines =
        |seed| -> String { noise(seed, LARGE / 8).map(|n| format!("{:07}\n", n % 10_000_000)).collect() };
    repeated("all lines different", &lines(4), &lines(5));
    let lines =
        |seed| -> String { noise(seed, LARGE / 2).map(|n| if n % 2 == 0 { "a\n" } else { "b\n" }).collect() };
    repeated("two lines over and over", &lines(6), &lines(7));
    repeated("only line breaks", &"\n".repeat(LARGE), &"\r\n".repeat(LARGE / 2));
    repeated(
        "reversed",
        &lines(8),
        &lines(8).lines().rev().map(|line| format!("{line}\n")).collect::<String>(),
    );
}

#[test]
fn words_over_and_over() {
    let words = |seed| -> String { noise(seed, LARGE / 3).map(|n| format!("w{} ", n % 9)).collect() };
    repeated("nine words over and over", &words(9), &words(10));
    repeated("one letter", &"a ".repeat(LARGE / 2), &"a b ".repeat(LARGE / 4));
    repeated("marks", &"\u{301}".repeat(LARGE), &"e\u{301}".repeat(LARGE / 2));
    repeated("flags", &"🇯🇵".repeat(LARGE / 2), &"🇫🇷🇯🇵".repeat(LARGE / 4));
    repeated("joiners", &"👩\u{200d}".repeat(LARGE / 2), &"👧\u{200d}".repeat(LARGE / 2));
}
