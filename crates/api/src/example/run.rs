//! Examples of runs and their parts.

use super::{SOURCE, TEMPLATE, TRANSLATION, author, parameters, time};
use colophon_contract::*;

fn usage() -> Usage {
    Usage {
        prompt_tokens: 812,
        completion_tokens: 640,
        total_tokens: 1452,
        cached_tokens: Some(512),
        reasoning_tokens: None,
    }
}

pub(super) fn provider(paused: Option<ProviderPause>) -> Provider {
    Provider {
        name: "local".into(),
        models: vec!["local/tiny".into()],
        limits: ProviderLimits { max_concurrency: 4, requests_per_minute: Some(600) },
        available: true,
        missing_env: None,
        paused,
    }
}

pub(super) fn run() -> Run {
    Run {
        id: 1,
        work_id: 1,
        chapter_id: 1,
        status: RunStatus::Completed,
        waiting_reason: None,
        prompt_version_id: Some(1),
        prompt_version_number: Some(1),
        latest_prompt_version_number: Some(2),
        prompt_name: Some("House style".into()),
        model_snapshot: "demo".into(),
        template_snapshot: TEMPLATE.into(),
        parameters_snapshot: parameters(),
        progress: Progress { done: 3, total: 3 },
        made_by: vec![
            MadeBy { kind: AttemptKind::Model, prompt_version_number: Some(1), segments: 2 },
            MadeBy { kind: AttemptKind::Person, prompt_version_number: None, segments: 1 },
        ],
        usage: Some(usage()),
        cost_usd: Some("0.001234".into()),
        reported_cost_usd: None,
        error: None,
        created_by: author(),
        created_at: time(),
        started_at: Some(time()),
        finished_at: Some(time()),
    }
}

pub(super) fn segment() -> Segment {
    Segment {
        position: 1,
        source_text: SOURCE.into(),
        text: Some(TRANSLATION.into()),
        status: SegmentStatus::Completed,
        error: None,
        attempt: Some(Attempt {
            id: 1,
            kind: AttemptKind::Model,
            prompt_version_number: Some(1),
            author: None,
            restored_from: None,
            finish_reason: Some("stop".into()),
            finish: Some(Finish::Done),
            usage: Some(usage()),
            cost_usd: Some("0.000411".into()),
            reported_cost_usd: None,
            finished_at: Some(time()),
        }),
        retranslation: None,
    }
}

pub(super) fn segment_attempt() -> SegmentAttempt {
    SegmentAttempt {
        id: 1,
        kind: AttemptKind::Model,
        status: AttemptStatus::Completed,
        current: true,
        text: Some(TRANSLATION.into()),
        prompt_version_id: Some(1),
        prompt_version_number: Some(1),
        model: Some("demo".into()),
        parameters: Some(parameters()),
        has_messages: true,
        preceding: Some(Vec::new()),
        instruction: None,
        request_sha256: Some("0b2e3d".repeat(11)[..64].into()),
        response_sha256: Some("9f41c7".repeat(11)[..64].into()),
        removed_characters: 42,
        reasoning_bytes: None,
        provider: Some("demo".into()),
        model_requested: Some("demo".into()),
        model_reported: Some("demo".into()),
        response_id: Some("chatcmpl-1".into()),
        finish_reason: Some("stop".into()),
        finish: Some(Finish::Done),
        provider_message: None,
        usage: Some(usage()),
        cost_usd: Some("0.000411".into()),
        reported_cost_usd: None,
        author: None,
        restored_from: None,
        error: None,
        started_at: time(),
        finished_at: Some(time()),
    }
}

pub(super) fn attempt_messages() -> AttemptMessages {
    let content = format!("Translate from ja into en:\n\n{SOURCE}");
    AttemptMessages { attempt_id: 1, messages: Some(vec![Message { role: MessageRole::User, content }]) }
}

pub(super) fn attempt_removed() -> AttemptRemoved {
    let text = "<think>A lesson in the afternoon.</think>\n".to_owned();
    AttemptRemoved { attempt_id: 1, removed: vec![Removed { offset: 0, text }] }
}

pub(super) fn attempt_reasoning() -> AttemptReasoning {
    AttemptReasoning {
        attempt_id: 1,
        text: Some("A lesson in the afternoon.".into()),
        bytes: Some(26),
        sha256: Some("9f41c7".repeat(11)[..64].into()),
    }
}
