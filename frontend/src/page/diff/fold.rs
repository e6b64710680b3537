//! Which lines of a diff are shown, and which fold.

use colophon_diff::{Line, LineKind};

/// Unchanged lines kept beside a change.
const CONTEXT: usize = 3;
/// A stretch that would hide fewer lines than this stays open.
const LEAST_HIDDEN: usize = 4;

/// A stretch of lines.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// Shown.
    Open(Vec<Line>),
    /// Unchanged and far from any change: shown when asked for.
    Folded(Vec<Line>),
}

/// Folds the unchanged stretches of a whole diff.
pub fn fold(lines: Vec<Line>) -> Vec<Block> {
    let is_context = |line: &Line| line.kind == LineKind::Context;
    let mut blocks: Vec<Block> = Vec::new();
    let total = lines.len();
    let mut at = 0;
    while at < total {
        let same = is_context(&lines[at]);
        let end = lines[at..].iter().position(|line| is_context(line) != same).map_or(total, |n| at + n);
        // Only beside a change: nothing above the first line or below the last one needs its context.
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
