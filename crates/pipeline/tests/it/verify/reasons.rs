//! What nothing finds that somebody writes who has dropped all triggers, and why that is so.

use super::changes::TIME;

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
    (
        "chapter_translations",
        "waiting_provider",
        &[],
        "'mallory', waiting_code = 'x', waiting_until = '2026-01-01T00:00:00.000000+00:00'",
        "for whom it rests at the moment: the same",
    ),
    (
        "chapter_translations",
        "waiting_code",
        &[],
        "'x', waiting_provider = 'x', waiting_until = '2026-01-01T00:00:00.000000+00:00'",
        "the same",
    ),
    ("chapter_translations", "waiting_until", &[], TIME, "the same"),
    ("translation_segments", "id", &["{b3}"], "9999", "nothing refers to a segment that was never tried"),
    (
        "translation_segments",
        "status",
        &["{b2}"],
        "'pending'",
        "whether a segment without a text is given up or waits: a resume changes it, and its failure is held",
    ),
    ("translation_segments", "status", &["{b3}", "{u1}"], "'failed'", "the same"),
    (
        "chapter_translations",
        "provider",
        &["{waiting}"],
        "'mallory'",
        "whose turn it waits for: an attempt says who answered, and is held",
    ),
    (
        "segment_attempts",
        "text",
        &["{begun}"],
        "'Zwei.'",
        "what has come so far: it is replaced every second until the whole is there, which is held",
    ),
    (
        "segment_attempts",
        "removed",
        &["{begun}"],
        r#"'[{"offset":0,"text":"x"}]'"#,
        "what text that has come so far replaced: the same",
    ),
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
        "instruction",
        &["{wished}"],
        "'Loudly.'",
        "nothing was sent with it yet: the attempt says what was, and is held",
    ),
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
