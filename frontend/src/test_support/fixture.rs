//! Values as the server sends them.

use colophon_contract::{
    Attempt, AttemptKind, Author, AuthorKind, Chapter, ImportFormat, ImportPreview, JsonObject, Page,
    PreviewChapter, Progress, Prompt, PromptVersion, Run, RunStatus, Segment, SegmentStatus, Timestamp,
};
use serde_json::{Value, json};

/// Returns the person who made everything here.
pub fn author() -> Author {
    Author { kind: AuthorKind::User, id: Some(1), name: "mika".to_owned() }
}

/// Returns a moment; all are on the same day.
pub fn moment(time: &str) -> Timestamp {
    Timestamp(format!("2026-11-22T{time}.000000Z"))
}

/// Returns `value` as a JSON object.
///
/// # Panics
/// If `value` is not an object.
pub fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is not an object"),
    }
}

/// Returns a version of a prompt.
pub fn version(number: i32) -> PromptVersion {
    PromptVersion {
        id: i64::from(number),
        prompt_id: 1,
        number,
        model: "demo".to_owned(),
        template: "Translate: {source_text}\n".to_owned(),
        parameters: object(json!({"temperature": 0.5, "variables": {"tone": "calm"}})),
        note: String::new(),
        author: author(),
        restored_from: None,
        content_hash: String::new(),
        chain_hash: String::new(),
        created_at: moment("15:43:48"),
    }
}

/// Returns a prompt whose latest version is `version`.
pub fn prompt(version: PromptVersion) -> Prompt {
    Prompt {
        id: 1,
        work_id: 1,
        name: "House style".to_owned(),
        created_at: version.created_at.clone(),
        updated_at: version.created_at.clone(),
        latest_version: version,
        versions: Page { items: Vec::new(), next_cursor: None },
    }
}

/// Returns a run of version 3 with 3 of 8 segments done.
pub fn run(status: RunStatus) -> Run {
    Run {
        id: 1,
        work_id: 1,
        chapter_id: 1,
        status,
        waiting_reason: None,
        prompt_version_id: Some(3),
        prompt_version_number: Some(3),
        latest_prompt_version_number: Some(3),
        prompt_name: Some("House style".to_owned()),
        model_snapshot: "demo".to_owned(),
        template_snapshot: String::new(),
        parameters_snapshot: JsonObject::new(),
        progress: Progress { done: 3, total: 8 },
        made_by: Vec::new(),
        usage: None,
        cost_usd: None,
        reported_cost_usd: None,
        error: None,
        created_by: author(),
        created_at: moment("15:43:48"),
        started_at: None,
        finished_at: None,
    }
}

/// Returns a chapter without a volume.
pub fn chapter(number: i32) -> Chapter {
    Chapter {
        id: i64::from(number),
        work_id: 1,
        number,
        volume: None,
        title: format!("第{number}話"),
        source_text: "夜の川は静かだった。".to_owned(),
        created_at: moment("15:43:48"),
        updated_at: moment("15:43:48"),
    }
}

/// Returns a segment; `text` is the id and the text of its chosen attempt.
pub fn segment(position: i32, source: &str, text: Option<(i64, &str)>) -> Segment {
    let attempt = |id| Attempt {
        id,
        kind: AttemptKind::Model,
        prompt_version_number: Some(3),
        author: None,
        restored_from: None,
        finish_reason: None,
        finish: None,
        usage: None,
        cost_usd: None,
        reported_cost_usd: None,
        finished_at: None,
    };
    Segment {
        position,
        source_text: source.to_owned(),
        text: text.map(|(_, text)| text.to_owned()),
        status: if text.is_some() { SegmentStatus::Completed } else { SegmentStatus::Pending },
        error: None,
        attempt: text.map(|(id, _)| attempt(id)),
        retranslation: None,
    }
}

/// Returns the preview of a text with that many chapters.
pub fn import_preview(chapters: i32) -> ImportPreview {
    let chapter = |number| PreviewChapter {
        number,
        volume: None,
        title: format!("第{number}話"),
        characters: 1_000,
        first_line: "夜の川は静かだった。".to_owned(),
    };
    ImportPreview {
        upload_id: "u-1".to_owned(),
        title: Some("夜の川".to_owned()),
        author: "試験太郎".to_owned(),
        source_language: Some("ja".to_owned()),
        target_language: "en".to_owned(),
        format: ImportFormat::Text,
        encoding: Some("UTF-8".to_owned()),
        chapters: (1..=chapters).map(chapter).collect(),
        warnings: Vec::new(),
    }
}
