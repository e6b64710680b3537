//! Each column of the history on each kind of row: what somebody writes there who has dropped all triggers, and what is
//! found; or why nothing is.

use colophon_contract::MismatchCode::{self, *};

/// Which rows of a table there are, by what they say: a name of the story, or a condition on the run's events.
pub(super) const KINDS: &[(&str, &[(&str, &str)])] = &[
    ("prompts", &[("{prompt}", "of a work")]),
    ("prompt_versions", &[("{v1}", "the first"), ("{v2}", "appended"), ("{v3}", "restored")]),
    (
        "chapter_translations",
        &[
            ("{run}", "completed"),
            ("{broken}", "failed"),
            ("{other_run}", "whose template shows nothing of it"),
        ],
    ),
    (
        "translation_segments",
        &[
            ("{s1}", "with a person's text"),
            ("{s2}", "with a model's"),
            ("{b2}", "failed"),
            ("{b3}", "never tried"),
        ],
    ),
    (
        "segment_attempts",
        &[
            ("{second}", "by a model"),
            ("{failed}", "failed"),
            ("{again}", "asked for by name"),
            ("{hand}", "by a person"),
            ("{back}", "restored"),
        ],
    ),
    (
        "run_events",
        &[
            ("seq = 1", "the run is asked for"),
            ("seq = 2", "it is worked on"),
            ("seq = 3", "an attempt begins"),
            ("seq = 4", "one fails"),
            ("seq = 8", "one is completed"),
            ("seq = 11", "the run ends"),
            ("seq = 12", "a person's text"),
        ],
    ),
    ("retranslations", &[("{asked}", "answered")]),
];

/// A table's columns: what is written, and the code that is found on each kind of row in the order of [`KINDS`]; `None`
/// where that row has a line in [`ALSO`](super::places::ALSO) or [`NOT_FOUND`] instead.
pub(super) type Matrix =
    (&'static str, &'static [(&'static str, &'static str, &'static [Option<MismatchCode>])]);

const ZEROS: &str = "'0000000000000000000000000000000000000000000000000000000000000000'";
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
            ("id", "9999", &[f(SegmentCount); 3]),
            ("chapter_id", "{next_chapter}", &[f(Record), f(Record), f(VersionOfOtherWork)]),
            ("status", "'cancelled'", &[f(RunStatus); 3]),
            ("error_code", "'internal'", &[f(RunStatus); 3]),
            ("error_detail", "'It is not known why.'", &[f(RunStatus); 3]),
            ("prompt_version_id", "{v2}", &[f(ModelSnapshot), f(ModelSnapshot), f(VersionOfOtherWork)]),
            ("model_snapshot", "'fake/other'", &[f(ModelSnapshot); 3]),
            ("template_snapshot", "template_snapshot || '!'", &[f(TemplateSnapshot); 3]),
            ("parameters_snapshot", r#"'{"top_p":1}'"#, &[f(ParametersSnapshot); 3]),
            ("work_title_snapshot", "'夜'", &[f(Messages), f(Messages), f(Record)]),
            ("work_author_snapshot", "'夜'", &[f(Messages), f(Messages), f(Record)]),
            ("source_language_snapshot", "'zh'", &[f(Messages), f(Messages), f(Record)]),
            ("target_language_snapshot", "'de'", &[f(Messages), f(Messages), f(Record)]),
            ("chapter_title_snapshot", "'夜'", &[f(Messages), f(Messages), f(Record)]),
            ("chapter_number_snapshot", "9", &[f(Messages), f(Messages), f(Record)]),
            ("source_sha256", ZEROS, &[f(SourceHash); 3]),
            ("created_by_kind", "'token'", &[f(Record); 3]),
            ("created_by_id", "99", &[f(Record); 3]),
            ("created_by_name", "'Mallory'", &[f(Record); 3]),
            ("segments_total", "7", &[f(SegmentCount); 3]),
            ("segments_done", "0", &[f(SegmentCount); 3]),
            ("provider", "'mallory'", &[f(Record); 3]),
            ("cancel_requested_at", TIME, &[f(Record); 3]),
            ("created_at", TIME, &[f(Record); 3]),
            ("started_at", TIME, &[f(Record); 3]),
            ("finished_at", TIME, &[f(Record); 3]),
        ],
    ),
    (
        "translation_segments",
        &[
            ("id", "9999", &[f(CurrentAttempt), f(CurrentAttempt), f(EventContradicts), NO]),
            (
                "chapter_translation_id",
                "9999",
                &[f(SegmentPosition), f(SegmentPosition), f(SegmentPosition), f(SegmentCount)],
            ),
            ("position", "7", &[f(SegmentPosition); 4]),
            ("source_text", "'夜。'", &[f(SourceHash); 4]),
            ("status", "'pending'", &[f(SegmentStatus), f(SegmentStatus), NO, NO]),
            (
                "current_attempt_id",
                "{refused}",
                &[f(CurrentAttempt), f(CurrentAttempt), f(SegmentStatus), f(SegmentStatus)],
            ),
            ("error_code", "'internal'", &[f(SegmentFailure); 4]),
            ("error_detail", "'It is not known why.'", &[f(SegmentFailure); 4]),
        ],
    ),
    (
        "segment_attempts",
        &[
            (
                "id",
                "9999",
                &[
                    f(CurrentAttempt),
                    f(EventContradicts),
                    f(EventContradicts),
                    f(CurrentAttempt),
                    f(CurrentAttempt),
                ],
            ),
            (
                "segment_id",
                "{b3}",
                &[
                    f(CurrentAttempt),
                    f(EventContradicts),
                    f(EventContradicts),
                    f(CurrentAttempt),
                    f(CurrentAttempt),
                ],
            ),
            ("kind", "'legacy'", &[f(AttemptKind); 5]),
            (
                "status",
                "'failed'",
                &[f(CurrentAttempt), NO, f(AttemptKind), f(CurrentAttempt), f(CurrentAttempt)],
            ),
            (
                "text",
                "'Zwei.'",
                &[f(ResponseHash), f(Record), f(ResponseHash), f(ResponseHash), f(AttemptRestoredFrom)],
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
                ],
            ),
            (
                "messages",
                r#"'[{"content":"x","role":"user"}]'"#,
                &[f(Messages), f(Messages), f(Messages), f(AttemptKind), f(AttemptKind)],
            ),
            (
                "preceding",
                "'[{third}]'",
                &[f(Preceding), f(Preceding), f(Preceding), f(AttemptKind), f(AttemptKind)],
            ),
            (
                "parameter_names",
                r#"'{"top_p":"top_p"}'"#,
                &[f(RequestHash), f(RequestHash), f(RequestHash), f(AttemptKind), f(AttemptKind)],
            ),
            (
                "instruction",
                "'Loudly.'",
                &[f(AttemptKind), f(AttemptKind), f(AttemptRequest), f(AttemptKind), f(AttemptKind)],
            ),
            (
                "request_sha256",
                ZEROS,
                &[f(RequestHash), f(RequestHash), f(RequestHash), f(AttemptKind), f(AttemptKind)],
            ),
            (
                "response_sha256",
                ZEROS,
                &[f(ResponseHash), f(AttemptKind), f(ResponseHash), f(ResponseHash), f(ResponseHash)],
            ),
            ("provider", "'mallory'", BY_MODEL),
            (
                "model_requested",
                "'mallory'",
                &[f(RequestHash), f(RequestHash), f(RequestHash), f(AttemptKind), f(AttemptKind)],
            ),
            ("model_reported", "'mallory'", BY_MODEL),
            ("response_id", "'mallory'", BY_MODEL),
            (
                "finish_reason",
                "'length'",
                &[f(AttemptKind), f(Record), f(AttemptKind), f(AttemptKind), f(AttemptKind)],
            ),
            ("prompt_tokens", "12345", COUNTED),
            ("completion_tokens", "12345", COUNTED),
            ("total_tokens", "12345", COUNTED),
            ("cost_nano_usd", "12345", COUNTED),
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
                ],
            ),
            (
                "error_code",
                "'internal'",
                &[f(AttemptKind), f(EventContradicts), f(AttemptKind), f(AttemptKind), f(AttemptKind)],
            ),
            (
                "error_detail",
                "'It is not known why.'",
                &[f(Record), f(EventContradicts), f(Record), f(AttemptKind), f(AttemptKind)],
            ),
            ("lease_epoch", "77", BY_MODEL),
            ("started_at", TIME, &[f(Record); 5]),
            ("finished_at", TIME, &[f(Record); 5]),
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
                    NO,
                    f(EventMissing),
                    f(EventMissing),
                    f(EventMissing),
                    f(RunStatus),
                    f(EventMissing),
                ],
            ),
            ("data", "data || ' '", TOLD),
            ("created_at", TIME, TOLD),
            ("record_sha256", ZEROS, TOLD),
        ],
    ),
    (
        "retranslations",
        &[
            ("run_id", "{other_run}", &[f(AttemptRequest)]),
            ("segment_id", "{s1}", &[f(AttemptRequest)]),
            ("prompt_version_id", "{v1}", &[f(AttemptRequest)]),
            ("instruction", "'Loudly.'", &[f(AttemptRequest)]),
            ("author_kind", "'token'", &[f(AttemptRequest)]),
            ("author_id", "99", &[f(AttemptRequest)]),
            ("author_name", "'Mallory'", &[f(AttemptRequest)]),
        ],
    ),
];

const BY_MODEL: &[Option<MismatchCode>] = &[f(Record), f(Record), f(Record), f(AttemptKind), f(AttemptKind)];
const COUNTED: &[Option<MismatchCode>] =
    &[f(EventContradicts), f(Record), f(EventContradicts), f(AttemptKind), f(AttemptKind)];
const AUTHOR: &[Option<MismatchCode>] =
    &[f(RowUnreadable), f(RowUnreadable), f(AttemptRequest), f(AuditContradicts), f(AuditContradicts)];
const TOLD: &[Option<MismatchCode>] = &[f(Record), NO, f(Record), f(Record), f(Record), f(Record), f(Record)];

/// What nothing finds: table, column, rows (all where none is named), what is written, and why that is so. It is in
/// the list of ADR 8 too.
pub(super) const NOT_FOUND: &[(&str, &str, &[&str], &str, &str)] = &[
    ("prompts", "name", &[], "'Mallory'", "a label that may be changed at any time, and makes no version"),
    ("prompts", "created_at", &[], TIME, "version 1 says when, and is hashed"),
    ("prompts", "updated_at", &[], TIME, "when the label was changed last"),
    (
        "chapter_translations",
        "lease_owner",
        &[],
        "'x'",
        "who works on it at the moment: a working state, not a history",
    ),
    ("chapter_translations", "lease_epoch", &[], "77", "the same; what attempts had of it is found"),
    ("chapter_translations", "lease_expires_at", &[], TIME, "the same"),
    ("translation_segments", "id", &["{b3}"], "9999", "nothing refers to a segment that was never tried"),
    (
        "translation_segments",
        "status",
        &["{b2}"],
        "'pending'",
        "whether a segment without a text is given up or waits: a resume changes it, and its failure is held",
    ),
    ("translation_segments", "status", &["{b3}"], "'failed'", "the same"),
    (
        "run_events",
        "name",
        &["seq = 2"],
        "'odd'",
        "of the events of a run itself the first and the last are held: between, its row was what it is no more",
    ),
    ("run_events", "data", &["seq = 2"], "data || ' '", "the same"),
    ("run_events", "created_at", &["seq = 2"], TIME, "the same"),
    ("run_events", "record_sha256", &["seq = 2"], ZEROS, "the same"),
    (
        "run_events",
        "position",
        &[],
        "77777",
        "where it stands among the events of all runs, for who follows live: the database's own count, in no order on \
         PostgreSQL",
    ),
    ("retranslations", "id", &[], "9999", "nothing refers to it"),
    (
        "retranslations",
        "provider",
        &[],
        "'mallory'",
        "whose turn it waits for, and at another time: the attempt says who answered, and is held",
    ),
    ("retranslations", "created_at", &[], TIME, "when it was asked: the attempt's own times are held"),
    ("retranslations", "finished_at", &[], TIME, "the same"),
];
