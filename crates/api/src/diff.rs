//! Compares two versions.

use colophon_contract::{
    DiffHunk, DiffLine, DiffLineKind, DiffSpan, KeyChange, KeyChangeKind, ModelChange, PromptVersion,
    PromptVersionSummary, VersionDiff, parameters::with_line_feeds_in_variables,
};
use colophon_diff::{ChangeKind, Hunk, Line, LineKind, diff_json, diff_text};
use serde_json::Value;

/// Returns the differences between two versions. All kinds of line ends are equal.
pub(crate) fn versions(mut from: PromptVersion, mut to: PromptVersion) -> VersionDiff {
    let (old, new) = (std::mem::take(&mut from.template), std::mem::take(&mut to.template));
    let model =
        (from.model != to.model).then(|| ModelChange { from: from.model.clone(), to: to.model.clone() });
    let object =
        |version: &PromptVersion| Value::Object(with_line_feeds_in_variables(version.parameters.clone()));
    let parameters = diff_json(&object(&from), &object(&to));
    let template = diff_text(&old, &new);
    let line_ends = template.line_ends_only || (parameters.is_empty() && from.parameters != to.parameters);
    VersionDiff {
        line_ends_only: line_ends && model.is_none() && template.hunks.is_empty() && parameters.is_empty(),
        model,
        template: template.hunks.into_iter().map(hunk).collect(),
        parameters: parameters.into_iter().map(key_change).collect(),
        from: summary(from, &old),
        to: summary(to, &new),
    }
}

fn summary(version: PromptVersion, template: &str) -> PromptVersionSummary {
    PromptVersionSummary {
        id: version.id,
        prompt_id: version.prompt_id,
        number: version.number,
        model: version.model,
        template_characters: i64::try_from(template.chars().count()).unwrap_or(i64::MAX),
        parameters: version.parameters,
        note: version.note,
        author: version.author,
        restored_from: version.restored_from,
        content_hash: version.content_hash,
        chain_hash: version.chain_hash,
        created_at: version.created_at,
    }
}

fn hunk(hunk: Hunk) -> DiffHunk {
    // A side without lines has no start.
    let start = |start: usize, lines: usize| if lines == 0 { 0 } else { count(start) };
    DiffHunk {
        old_start: start(hunk.old_start, hunk.old_lines),
        old_lines: count(hunk.old_lines),
        new_start: start(hunk.new_start, hunk.new_lines),
        new_lines: count(hunk.new_lines),
        lines: hunk.lines.into_iter().map(line).collect(),
    }
}

fn line(line: Line) -> DiffLine {
    let kind = match line.kind {
        LineKind::Context => DiffLineKind::Context,
        LineKind::Delete => DiffLineKind::Delete,
        LineKind::Insert => DiffLineKind::Insert,
    };
    let span = |span: colophon_diff::Span| DiffSpan { text: span.text, changed: span.changed };
    DiffLine {
        kind,
        old_line: line.old_line.map(count),
        new_line: line.new_line.map(count),
        spans: line.segments.into_iter().map(span).collect(),
        missing_newline: line.missing_newline,
    }
}

fn key_change(change: colophon_diff::KeyChange) -> KeyChange {
    let kind = match change.kind {
        ChangeKind::Added => KeyChangeKind::Added,
        ChangeKind::Removed => KeyChangeKind::Removed,
        ChangeKind::Changed => KeyChangeKind::Changed,
    };
    KeyChange { pointer: change.pointer, kind, old: change.old, new: change.new }
}

/// Templates have at most 50,000 lines.
fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
