//! Folding: which lines of a diff are shown.

use colophon_diff::{Line, LineKind};

/// Unchanged lines kept beside a change.
const CONTEXT: usize = 3;
/// A block that would hide fewer lines than this stays open.
const LEAST_HIDDEN: usize = 4;

/// A block of lines.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Shown.
    Open(Vec<Line>),
    /// Unchanged and far from any change: shown on request.
    Folded(Vec<Line>),
}

/// Folds the unchanged blocks of a whole diff.
pub fn fold(lines: Vec<Line>) -> Vec<Block> {
    let is_context = |line: &Line| line.kind == LineKind::Context;
    let mut blocks: Vec<Block> = Vec::new();
    let total = lines.len();
    let mut at = 0;
    while at < total {
        let same = is_context(&lines[at]);
        let end = lines[at..].iter().position(|line| is_context(line) != same).map_or(total, |n| at + n);
        // Only beside a change: a block at the start or the end of the diff has a change on one side only.
        let head = if at == 0 { 0 } else { CONTEXT };
        let tail = if end == total { 0 } else { CONTEXT };
        if same && end - at >= head + tail + LEAST_HIDDEN {
            push(&mut blocks, &lines[at..at + head]);
            blocks.push(Block::Folded(lines[at + head..end - tail].to_vec()));
            push(&mut blocks, &lines[end - tail..end]);
        } else {
            push(&mut blocks, &lines[at..end]);
        }
        at = end;
    }
    blocks
}

fn push(blocks: &mut Vec<Block>, lines: &[Line]) {
    if lines.is_empty() {
        return;
    }
    match blocks.last_mut() {
        Some(Block::Open(open)) => open.extend_from_slice(lines),
        _ => blocks.push(Block::Open(lines.to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_diff::Span;

    /// Returns one line for each character of `kinds`: `=`, `-` or `+`.
    fn lines(kinds: &str) -> Vec<Line> {
        let line = |(index, kind)| Line {
            kind: match kind {
                '-' => LineKind::Delete,
                '+' => LineKind::Insert,
                _ => LineKind::Context,
            },
            old_line: Some(index + 1),
            new_line: None,
            segments: vec![Span { text: format!("{index}\n"), changed: false }],
            missing_newline: false,
        };
        kinds.chars().enumerate().map(line).collect()
    }

    /// Returns the lengths of the blocks: `open 4`, `folded 9`.
    fn folded(kinds: &str) -> Vec<String> {
        let blocks = fold(lines(kinds));
        let all: Vec<Line> = blocks
            .iter()
            .flat_map(|block| match block {
                Block::Open(lines) | Block::Folded(lines) => lines.clone(),
            })
            .collect();
        assert_eq!(all, lines(kinds), "no line is lost or moved");
        let name = |block: &Block| match block {
            Block::Open(lines) => format!("open {}", lines.len()),
            Block::Folded(lines) => format!("folded {}", lines.len()),
        };
        blocks.iter().map(name).collect()
    }

    #[test]
    fn three_unchanged_lines_stay_beside_a_change() {
        assert_eq!(folded("==========-+=========="), ["folded 7", "open 8", "folded 7"]);
        assert_eq!(folded("-==========+"), ["open 4", "folded 4", "open 4"]);
    }

    #[test]
    fn a_stretch_that_would_hide_fewer_than_four_lines_stays_open() {
        assert_eq!(folded("-=========+"), ["open 11"]);
        assert_eq!(folded("======-"), ["open 7"]);
        assert_eq!(folded("=======-"), ["folded 4", "open 4"]);
        assert_eq!(folded("-======="), ["open 4", "folded 4"]);
    }

    #[test]
    fn unchanged_text_folds_completely() {
        assert_eq!(folded("===="), ["folded 4"]);
        assert_eq!(folded("==="), ["open 3"]);
        assert!(folded("").is_empty());
    }
}
