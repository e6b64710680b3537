//! Each column of the history on each kind of row: what somebody writes there who has dropped all triggers, and what is
//! found; or why nothing is.

use colophon_contract::MismatchCode::{self, *};

/// A table's columns: what is written, and the code that is found on each kind of row in the order of
/// [`KINDS`](super::kinds::KINDS); `None`
/// where that row has a line in [`ALSO`](super::places::ALSO) or [`NOT_FOUND`](super::reasons::NOT_FOUND) instead.
pub(super) type Matrix =
    (&'static str, &'static [(&'static str, &'static str, &'static [Option<MismatchCode>])]);

pub(super) const ZEROS: &str = "'0000000000000000000000000000000000000000000000000000000000000000'";
pub(super) const TIME: &str = "'2026-01-01T00:00:00.000000+00:00'";
const NO: Option<MismatchCode> = None;

const fn f(code: MismatchCode) -> Option<MismatchCode> {
    Some(code)
}

pub(super) const MATRIX: &[Matrix] = &[
    ("prompts", &[("id", "9999", &[f(PromptEmpty)]), ("work_id", "9999", &[f(AuditMissing)])]),
    (
        "prompt_versions",
        &[
            ("id", "9999", &[f(VersionOrder), f(VersionOrder), f(AuditMissing)]),
            ("prompt_id", "9999", &[f(VersionNumber), f(VersionNumber), f(AuditMissing)]),
            ("number", "7", &[f(VersionNumber); 3]),
            ("model", "'fake/none'", &[f(ContentHash); 3]),
            ("template", "'x' || substr(template, 2)", &[f(ContentHash); 3]),
            ("template_characters", "1", &[f(TemplateCharacters); 3]),
            ("parameters", r#"'{"temperature":0.4}'"#, &[f(ContentHash); 3]),
            ("note", "'better'", &[f(ContentHash); 3]),
            ("author_kind", "'token'", &[f(ContentHash); 3]),
            ("author_id", "99", &[f(ContentHash); 3]),
            ("author_name", "'Mallory'", &[f(ContentHash); 3]),
            ("restored_from", "2", &[f(ContentHash); 3]),
            ("content_hash", ZEROS, &[f(ContentHash); 3]),
            ("chain_hash", ZEROS, &[f(ChainHash); 3]),
            ("created_at", TIME, &[f(ContentHash); 3]),
        ],
    ),
    (
        "chapter_translations",
        &[
            ("id", "9999", &[f(SegmentCount); 6]),
            (
                "chapter_id",
                "{next_chapter}",
                &[f(Record), f(Record), f(VersionOfOtherWork), f(Record), f(Record), f(Record)],
            ),
            (
                "status",
                "'cancelled'",
                &[f(RunStatus), f(RunStatus), f(RunStatus), f(RunStatus), f(RunStatus), NO],
            ),
            ("error_code", "'internal'", &[f(RunStatus); 6]),
            ("error_detail", "'It is not known why.'", &[f(RunStatus); 6]),
            (
                "prompt_version_id",
                "{v2}",
                &[
                    f(ModelSnapshot),
                    f(ModelSnapshot),
                    f(VersionOfOtherWork),
                    f(ModelSnapshot),
                    f(ModelSnapshot),
                    f(ModelSnapshot),
                ],
            ),
            ("model_snapshot", "'fake/other'", &[f(ModelSnapshot); 6]),
            ("template_snapshot", "template_snapshot || '!'", &[f(TemplateSnapshot); 6]),
            ("parameters_snapshot", r#"'{"top_p":1}'"#, &[f(ParametersSnapshot); 6]),
            ("work_title_snapshot", "'夜'", SHOWN),
            ("work_author_snapshot", "'夜'", SHOWN),
            ("source_language_snapshot", "'zh'", SHOWN),
            ("target_language_snapshot", "'de'", SHOWN),
            ("chapter_title_snapshot", "'夜'", SHOWN),
            ("chapter_number_snapshot", "9", SHOWN),
            ("volume_title_snapshot", "'夜'", &[f(Record); 6]),
            ("summary_snapshot", "'夜'", &[f(Record); 6]),
            ("glossary_snapshot", "'夜'", &[f(Record); 6]),
            ("source_sha256", ZEROS, &[f(SourceHash); 6]),
            ("created_by_kind", "'token'", &[f(Record); 6]),
            ("created_by_id", "99", &[f(Record); 6]),
            ("created_by_name", "'Mallory'", &[f(Record); 6]),
            ("segments_total", "7", &[f(SegmentCount); 6]),
            ("segments_done", "CASE segments_done WHEN 0 THEN 1 ELSE 0 END", &[f(SegmentCount); 6]),
            ("provider", "'mallory'", &[f(Record), f(Record), f(Record), f(Record), NO, f(Record)]),
            ("cancel_requested_at", TIME, &[f(Record); 6]),
            ("created_at", TIME, &[f(Record); 6]),
            ("started_at", TIME, &[f(Record); 6]),
            ("finished_at", TIME, &[f(Record); 6]),
            ("chain_hash", ZEROS, &[f(EventChain); 6]),
            ("chain_length", "77", &[f(EventChain); 6]),
        ],
    ),
    (
        "translation_segments",
        &[
            (
                "id",
                "9999",
                &[f(CurrentAttempt), f(CurrentAttempt), f(EventContradicts), NO, f(EventContradicts)],
            ),
            (
                "chapter_translation_id",
                "9999",
                &[
                    f(SegmentPosition),
                    f(SegmentPosition),
                    f(SegmentPosition),
                    f(SegmentCount),
                    f(SegmentCount),
                ],
            ),
            ("position", "7", &[f(SegmentPosition); 5]),
            ("kind", "'title'", &[f(RowUnreadable); 5]),
            ("source_text", "'夜。'", &[f(SourceHash); 5]),
            ("status", "'pending'", &[f(SegmentStatus), f(SegmentStatus), NO, NO, NO]),
            (
                "current_attempt_id",
                "{refused}",
                &[f(CurrentAttempt), f(CurrentAttempt), f(SegmentStatus), f(SegmentStatus), f(SegmentStatus)],
            ),
            ("error_code", "'internal'", &[f(SegmentFailure); 5]),
            ("error_detail", "'It is not known why.'", &[f(SegmentFailure); 5]),
        ],
    ),
    (
        "segment_attempts",
        &[
            ("id", "9999", MOVED),
            ("segment_id", "{b3}", MOVED),
            ("kind", "'legacy'", &[f(AttemptKind); 6]),
            (
                "status",
                "'failed'",
                &[
                    f(CurrentAttempt),
                    NO,
                    f(AttemptKind),
                    f(CurrentAttempt),
                    f(CurrentAttempt),
                    f(AttemptKind),
                ],
            ),
            (
                "text",
                "'Zwei.'",
                &[f(ResponseHash), f(Record), f(ResponseHash), f(ResponseHash), f(AttemptRestoredFrom), NO],
            ),
            (
                "prompt_version_id",
                "{v3}",
                &[
                    f(AttemptVersion),
                    f(AttemptVersion),
                    f(AttemptRequest),
                    f(AttemptKind),
                    f(AttemptRestoredFrom),
                    NO,
                ],
            ),
            (
                "messages",
                r#"'[{"content":"x","role":"user"}]'"#,
                &[f(Messages), f(Messages), f(Messages), f(AttemptKind), f(AttemptKind), f(Messages)],
            ),
            (
                "preceding",
                "'[{third}]'",
                &[f(Preceding), f(Preceding), f(Preceding), f(AttemptKind), f(AttemptKind), f(Preceding)],
            ),
            (
                "parameter_names",
                r#"'{"top_p":"top_p"}'"#,
                &[
                    f(RequestHash),
                    f(RequestHash),
                    f(RequestHash),
                    f(AttemptKind),
                    f(AttemptKind),
                    f(RequestHash),
                ],
            ),
            (
                "instruction",
                "'Loudly.'",
                &[
                    f(AttemptKind),
                    f(AttemptKind),
                    f(AttemptRequest),
                    f(AttemptKind),
                    f(AttemptKind),
                    f(AttemptKind),
                ],
            ),
            (
                "request_sha256",
                ZEROS,
                &[
                    f(RequestHash),
                    f(RequestHash),
                    f(RequestHash),
                    f(AttemptKind),
                    f(AttemptKind),
                    f(RequestHash),
                ],
            ),
            (
                "response_sha256",
                ZEROS,
                &[
                    f(ResponseHash),
                    f(AttemptKind),
                    f(ResponseHash),
                    f(ResponseHash),
                    f(ResponseHash),
                    f(AttemptKind),
                ],
            ),
            ("provider", "'mallory'", BY_MODEL),
            (
                "model_requested",
                "'mallory'",
                &[
                    f(RequestHash),
                    f(RequestHash),
                    f(RequestHash),
                    f(AttemptKind),
                    f(AttemptKind),
                    f(RequestHash),
                ],
            ),
            ("model_reported", "'mallory'", REPORTED),
            ("response_id", "'mallory'", REPORTED),
            ("finish_reason", "'length'", REPORTED),
            (
                "finish",
                "'truncated'",
                &[f(AttemptKind), f(Record), f(AttemptKind), f(AttemptKind), f(AttemptKind), f(AttemptKind)],
            ),
            ("provider_message", "'It is not known why.'", REPORTED),
            (
                "removed",
                r#"'[{"offset":0,"text":"x"}]'"#,
                &[f(ResponseHash), f(Record), f(ResponseHash), f(AttemptKind), f(AttemptKind), NO],
            ),
            ("reasoning", "'Hm.'", REASONED),
            ("reasoning_bytes", "3", REASONED),
            ("reasoning_sha256", ZEROS, REASONED),
            ("prompt_tokens", "12345", COUNTED),
            ("completion_tokens", "12345", COUNTED),
            ("total_tokens", "12345", COUNTED),
            ("cached_tokens", "12345", COUNTED),
            ("reasoning_tokens", "12345", COUNTED),
            ("cost_nano_usd", "12345", COUNTED),
            ("reported_cost_nano_usd", "12345", REPORTED),
            ("carried_from", "{first}", &[f(AttemptKind); 6]),
            ("author_kind", "'token'", AUTHOR),
            ("author_id", "99", AUTHOR),
            ("author_name", "'Mallory'", AUTHOR),
            (
                "restored_from",
                "{first}",
                &[
                    f(AttemptKind),
                    f(AttemptKind),
                    f(AttemptKind),
                    f(AttemptRestoredFrom),
                    f(AttemptRestoredFrom),
                    f(AttemptKind),
                ],
            ),
            (
                "error_code",
                "'internal'",
                &[
                    f(AttemptKind),
                    f(EventContradicts),
                    f(AttemptKind),
                    f(AttemptKind),
                    f(AttemptKind),
                    f(AttemptKind),
                ],
            ),
            (
                "error_detail",
                "'It is not known why.'",
                &[f(Record), f(EventContradicts), f(Record), f(AttemptKind), f(AttemptKind), f(AttemptKind)],
            ),
            ("lease_epoch", "77", BY_MODEL),
            ("started_at", TIME, &[f(Record); 6]),
            ("finished_at", TIME, &[f(Record), f(Record), f(Record), f(Record), f(Record), f(AttemptKind)]),
        ],
    ),
    (
        "run_events",
        &[
            ("run_id", "9999", &[f(EventNumber); 7]),
            ("seq", "99", &[f(EventNumber); 7]),
            (
                "name",
                "'odd'",
                &[
                    f(EventMissing),
                    f(EventChain),
                    f(EventChain),
                    f(EventChain),
                    f(EventChain),
                    f(EventChain),
                    f(EventChain),
                ],
            ),
            ("data", "data || ' '", TOLD),
            ("created_at", TIME, TOLD),
            ("record_sha256", ZEROS, TOLD),
            ("chain_hash", ZEROS, &[f(EventChain); 7]),
        ],
    ),
    (
        "retranslations",
        &[
            ("run_id", "{other_run}", &[f(AttemptRequest), f(AuditMissing)]),
            ("segment_id", "{s1}", &[f(AttemptRequest), f(AuditMissing)]),
            ("prompt_version_id", "{v1}", &[f(AttemptRequest), f(AuditContradicts)]),
            ("instruction", "'Loudly.'", &[f(AttemptRequest), NO]),
            ("author_kind", "'token'", &[f(AttemptRequest), f(AuditContradicts)]),
            ("author_id", "99", &[f(AttemptRequest), f(AuditContradicts)]),
            ("author_name", "'Mallory'", &[f(AttemptRequest), f(AuditContradicts)]),
        ],
    ),
];

const SHOWN: &[Option<MismatchCode>] =
    &[f(Messages), f(Messages), f(Record), f(Messages), f(Record), f(Record)];
const MOVED: &[Option<MismatchCode>] = &[
    f(CurrentAttempt),
    f(EventContradicts),
    f(EventContradicts),
    f(CurrentAttempt),
    f(CurrentAttempt),
    f(EventContradicts),
];
const BY_MODEL: &[Option<MismatchCode>] =
    &[f(Record), f(Record), f(Record), f(AttemptKind), f(AttemptKind), f(Record)];
const REPORTED: &[Option<MismatchCode>] =
    &[f(Record), f(Record), f(Record), f(AttemptKind), f(AttemptKind), f(AttemptKind)];
const REASONED: &[Option<MismatchCode>] =
    &[f(ResponseHash), f(ResponseHash), f(ResponseHash), f(AttemptKind), f(AttemptKind), f(AttemptKind)];
const COUNTED: &[Option<MismatchCode>] =
    &[f(EventContradicts), f(Record), f(EventContradicts), f(AttemptKind), f(AttemptKind), f(AttemptKind)];
const AUTHOR: &[Option<MismatchCode>] = &[
    f(RowUnreadable),
    f(RowUnreadable),
    f(AttemptRequest),
    f(AuditContradicts),
    f(AuditContradicts),
    f(RowUnreadable),
];
const TOLD: &[Option<MismatchCode>] =
    &[f(Record), f(EventChain), f(Record), f(Record), f(Record), f(EventChain), f(Record)];
