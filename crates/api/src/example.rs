//! An example of every type of the API, built from the types, so that none becomes outdated.

mod access;
mod prompt;
mod run;
mod verify;

use colophon_contract::*;
use run::{attempt_messages, attempt_reasoning, attempt_removed, provider, run, segment, segment_attempt};
use serde::Serialize;
use serde_json::{Value, json};

/// Returns the example of a schema of the document, by its name.
pub(crate) fn of_schema(name: &str) -> Option<Value> {
    match name {
        "Work" => value(work()),
        "Page_Work" => page(work()),
        "CreateWork" => value(CreateWork {
            title: "銀河鉄道の夜".into(),
            author: "宮沢賢治".into(),
            source_language: "ja".into(),
            target_language: "en".into(),
        }),
        "UpdateWork" => value(UpdateWork { author: Some("宮沢賢治".into()), ..UpdateWork::default() }),
        "ImportedWork" => {
            value(ImportedWork { work: work(), chapter_count: 9, warnings: vec![import_warning()] })
        }
        "ImportPreview" => value(import_preview()),
        "ImportForm" => Some(json!({"file": "(binary)", "title": "銀河鉄道の夜", "source_language": "ja"})),
        "Chapter" => value(Chapter {
            id: 1,
            work_id: 1,
            number: 1,
            volume: None,
            title: "一　午後の授業".into(),
            source_text: SOURCE.into(),
            created_at: time(),
            updated_at: time(),
        }),
        "Page_ChapterSummary" => page(chapter_summary()),
        "CreateChapter" => value(CreateChapter {
            title: "一　午後の授業".into(),
            source_text: SOURCE.into(),
            ..CreateChapter::default()
        }),
        "UpdateChapter" => {
            value(UpdateChapter { title: Some("午後の授業".into()), ..UpdateChapter::default() })
        }
        _ => prompt::of_schema(name).or_else(|| of_other_schema(name)),
    }
}

fn of_other_schema(name: &str) -> Option<Value> {
    match name {
        "CheckTemplate" => {
            value(CheckTemplate { template: "Translate: {sorce_text}".into(), parameters: JsonObject::new() })
        }
        "TemplateCheck" => value(TemplateCheck {
            problems: vec![prompt::template_problem()],
            problem_count: 1,
            warnings: Vec::new(),
            variables_used: vec!["sorce_text".into()],
        }),
        "[TemplateVariable]" => list(TemplateVariable {
            name: "source_text".into(),
            kind: "string".into(),
            description: "The segment to translate.".into(),
            example: SOURCE.into(),
        }),
        "[Model]" => list(Model {
            id: "demo".into(),
            name: "Demo".into(),
            provider: "demo".into(),
            context_window: Some(8192),
            parameters: vec!["temperature".into(), "max_tokens".into()],
            available: true,
            missing_env: None,
        }),
        "[Provider]" => list(provider(Some(ProviderPause::new("local", FailureCode::ProviderQuota, time())))),
        "Provider" => value(provider(None)),
        "Run" => value(run()),
        "Page_Run" => page(run()),
        "TranslationVerification" => value(verify::translation()),
        "Segment" => value(segment()),
        "Page_Segment" => page(segment()),
        "Page_SegmentAttempt" => page(segment_attempt()),
        "AttemptMessages" => value(attempt_messages()),
        "AttemptRemoved" => value(attempt_removed()),
        "AttemptReasoning" => value(attempt_reasoning()),
        "UpdateSegment" => value(UpdateSegment { text: TRANSLATION.into(), base_attempt_id: Some(1) }),
        "RetranslateSegment" => value(RetranslateSegment {
            instruction: Some("Keep it closer to the original.".into()),
            base_attempt_id: Some(1),
            version: Some(RetranslateVersion::Latest),
        }),
        "RestoreAttempt" => value(RestoreAttempt { base_attempt_id: Some(2) }),
        "Session" => value(Session { author: author(), role: Role::Admin, token: None }),
        "CreateSession" => {
            value(CreateSession { name: "mika".into(), password: "correct horse battery".into() })
        }
        "SetUp" => value(SetUp {
            token: "from-the-link".into(),
            name: "mika".into(),
            password: "correct horse battery".into(),
        }),
        _ => access::of_schema(name),
    }
}

/// Returns an example of a problem.
pub(crate) fn problem(code: Code) -> Problem {
    let mut problem = Problem::new(code, code.meaning());
    problem.errors = match code {
        Code::MalformedPath => {
            vec![FieldError::in_parameter("work_id", "type", "must be a whole number from 1, within range")]
        }
        Code::MalformedQuery => {
            vec![FieldError::in_parameter("limit", "malformed", "must be a whole number from 1 to 100")]
        }
        Code::MalformedHeader => vec![FieldError::in_parameter(
            "Idempotency-Key",
            "malformed",
            "must be given once, 1 to 255 visible ASCII characters",
        )],
        Code::MalformedMultipart => vec![FieldError::at("/file", "missing", "must be given")],
        Code::ValidationFailed => {
            vec![FieldError::at("/title", "length", "must be 1 to 255 characters long")]
        }
        Code::TemplateInvalid => vec![prompt::template_problem().into()],
        Code::ParametersInvalid => {
            vec![FieldError::at("/parameters/temperatur", "unknown_parameter", "the model does not take it")]
        }
        Code::ModelUnknown => vec![FieldError::at("/model", "model_unknown", "is not in the catalogue")],
        Code::ChapterNumberTaken => {
            vec![FieldError::at("/number", "taken", "is the number of another chapter")]
        }
        Code::ImportFailed => {
            vec![FieldError::at("/file", "no_text", "The file contains no text that could become a chapter.")]
        }
        _ => Vec::new(),
    };
    match code {
        Code::StaleBaseVersion => problem.latest_version = Some(Box::new(prompt::version())),
        Code::StaleBaseAttempt => problem.present_segment = Some(Box::new(segment())),
        _ => {}
    }
    problem
}

const SOURCE: &str = "「ではみなさんは、そういうふうに川だと言われたり、…」";
const TRANSLATION: &str = "“Now then, all of you: some have called it a river, …”";
const TEMPLATE: &str = "Translate from {source_language} into {target_language}:\n\n{source_text}";

fn value(example: impl Serialize) -> Option<Value> {
    serde_json::to_value(example).ok()
}

fn list(item: impl Serialize) -> Option<Value> {
    value([item])
}

fn page(item: impl Serialize) -> Option<Value> {
    value(Page { items: vec![item], next_cursor: None })
}

fn time() -> Timestamp {
    Timestamp("2026-11-22T15:43:48.000001Z".into())
}

fn author() -> Author {
    Author { kind: AuthorKind::User, id: Some(1), name: "mika".into() }
}

fn parameters() -> JsonObject {
    let mut parameters = JsonObject::new();
    parameters.insert("temperature".into(), json!(0.3));
    parameters.insert("metadata".into(), json!({"team": "night shift"}));
    parameters
}

fn work() -> Work {
    Work {
        id: 1,
        title: "銀河鉄道の夜".into(),
        author: "宮沢賢治".into(),
        source_language: "ja".into(),
        target_language: "en".into(),
        chapters: 9,
        translated: 1,
        created_at: time(),
        updated_at: time(),
    }
}

fn import_warning() -> ImportWarning {
    ImportWarning {
        code: "ruby_removed".into(),
        detail: "273 readings were removed; their base text is kept.".into(),
        count: Some(273),
        ..ImportWarning::default()
    }
}

fn import_preview() -> ImportPreview {
    ImportPreview {
        upload_id: "q8Zr0vX2m4Tj6Yc1".into(),
        title: Some("銀河鉄道の夜".into()),
        author: "宮沢賢治".into(),
        source_language: Some("ja".into()),
        target_language: "en".into(),
        format: ImportFormat::Text,
        encoding: Some("Shift_JIS".into()),
        chapters: vec![PreviewChapter {
            number: 1,
            volume: None,
            title: "一　午後の授業".into(),
            characters: 2345,
            first_line: "「ではみなさんは、そういうふうに川だと言われたり、".into(),
        }],
        warnings: vec![import_warning()],
    }
}

fn chapter_summary() -> ChapterSummary {
    ChapterSummary {
        id: 1,
        work_id: 1,
        number: 1,
        volume: None,
        title: "一　午後の授業".into(),
        characters: 2345,
        latest_translation: Some(RunSummary {
            id: 1,
            status: RunStatus::Completed,
            prompt_version_number: Some(1),
            model_snapshot: "demo".into(),
            progress: Progress { done: 3, total: 3 },
            created_at: time(),
            finished_at: Some(time()),
        }),
        created_at: time(),
        updated_at: time(),
    }
}
