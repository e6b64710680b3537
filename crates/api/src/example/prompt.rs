//! Examples of prompts, their versions, and checks of templates.

use super::{SOURCE, TEMPLATE, author, page, parameters, time, value, verify};
use colophon_contract::*;
use serde_json::{Value, json};

/// Returns the example of a schema about prompts, by its name.
pub(super) fn of_schema(name: &str) -> Option<Value> {
    match name {
        "Prompt" => value(prompt()),
        "SavedPrompt" => value(SavedPrompt { prompt: prompt(), warnings: Vec::new() }),
        "PromptVersion" => value(version()),
        "SavedVersion" => value(SavedVersion { version: version(), warnings: vec![escaped_variable()] }),
        "Page_PromptVersionSummary" => page(version_summary()),
        "CreatePrompt" => value(CreatePrompt {
            name: "House style".into(),
            model: "demo".into(),
            template: TEMPLATE.into(),
            parameters: parameters(),
            note: "First draft".into(),
        }),
        "RenamePrompt" => value(RenamePrompt { name: "Railway at night".into() }),
        "AppendVersion" => value(AppendVersion {
            model: "demo".into(),
            template: TEMPLATE.into(),
            parameters: parameters(),
            note: "Calmer".into(),
            name: None,
            base_version: 1,
        }),
        "RestoreVersion" => value(RestoreVersion { base_version: 2, note: String::new() }),
        "VersionDiff" => value(diff()),
        "PromptVerification" => value(verify::prompt()),
        "PreviewPrompt" => value(PreviewPrompt {
            template: TEMPLATE.into(),
            model: "demo".into(),
            parameters: parameters(),
            chapter_id: 1,
            segment: Some(1),
        }),
        "Preview" => value(Preview {
            rendered: Some(format!("Translate from ja into en:\n\n{SOURCE}")),
            messages: vec![Message {
                role: MessageRole::User,
                content: format!("Translate from ja into en:\n\n{SOURCE}"),
            }],
            truncated: false,
            variables_used: vec!["source_language".into(), "target_language".into(), "source_text".into()],
            token_estimate: 42,
            problems: Vec::new(),
            problem_count: 0,
            warnings: Vec::new(),
        }),
        _ => None,
    }
}

fn prompt() -> Prompt {
    Prompt {
        id: 1,
        work_id: 1,
        name: "House style".into(),
        created_at: time(),
        updated_at: time(),
        latest_version: version(),
        versions: Page { items: vec![version_summary()], next_cursor: None },
    }
}

pub(super) fn version() -> PromptVersion {
    PromptVersion {
        id: 1,
        prompt_id: 1,
        number: 1,
        model: "demo".into(),
        template: TEMPLATE.into(),
        parameters: parameters(),
        note: "First draft".into(),
        author: author(),
        restored_from: None,
        content_hash: "0b2e3d".repeat(11)[..64].into(),
        chain_hash: "9f41c7".repeat(11)[..64].into(),
        created_at: time(),
    }
}

fn version_summary() -> PromptVersionSummary {
    let version = version();
    PromptVersionSummary {
        id: version.id,
        prompt_id: version.prompt_id,
        number: version.number,
        model: version.model,
        template_characters: 72,
        parameters: version.parameters,
        note: version.note,
        author: version.author,
        restored_from: version.restored_from,
        content_hash: version.content_hash,
        chain_hash: version.chain_hash,
        created_at: version.created_at,
    }
}

fn diff() -> VersionDiff {
    let span = |text: &str, changed| DiffSpan { text: text.into(), changed };
    let line =
        |kind, old_line, new_line, spans| DiffLine { kind, old_line, new_line, spans, missing_newline: true };
    VersionDiff {
        from: version_summary(),
        to: PromptVersionSummary { id: 2, number: 2, note: "Calmer".into(), ..version_summary() },
        model: None,
        template: vec![DiffHunk {
            old_start: 1,
            old_lines: 1,
            new_start: 1,
            new_lines: 1,
            lines: vec![
                line(
                    DiffLineKind::Delete,
                    Some(1),
                    None,
                    vec![span("Translate ", false), span("freely", true)],
                ),
                line(
                    DiffLineKind::Insert,
                    None,
                    Some(1),
                    vec![span("Translate ", false), span("closely", true)],
                ),
            ],
        }],
        parameters: vec![KeyChange {
            pointer: "/temperature".into(),
            kind: KeyChangeKind::Changed,
            old: Some(json!(0.7)),
            new: Some(json!(0.3)),
        }],
        line_ends_only: false,
    }
}

fn escaped_variable() -> TemplateWarning {
    TemplateWarning {
        code: "variable_escaped".into(),
        detail:
            "Doubled braces are text: the model receives “{preceding}”, not the value of the variable. Write \
                 {preceding} with single braces to send the value."
                .into(),
        variable: Some("preceding".into()),
        pointer: Some("/template".into()),
        line: Some(1),
        column: Some(1),
        length: Some(13),
        text: Some("{{preceding}}".into()),
        suggestion: Some("{preceding}".into()),
    }
}

pub(super) fn template_problem() -> TemplateProblem {
    TemplateProblem {
        code: "unknown_variable".into(),
        pointer: "/template".into(),
        line: 1,
        column: 13,
        length: 10,
        text: "sorce_text".into(),
        detail: "There is no variable “sorce_text”. Did you mean “source_text”?".into(),
        suggestion: Some("source_text".into()),
    }
}
