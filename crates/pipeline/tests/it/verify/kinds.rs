//! The kinds of rows of a history that [`Story`](super::story::Story) has.

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
            ("{under_way}", "running"),
            ("{waiting}", "queued, and never begun"),
            ("{cancelled}", "cancelled before it began"),
        ],
    ),
    (
        "translation_segments",
        &[
            ("{s1}", "with a person's text"),
            ("{s2}", "with a model's"),
            ("{b2}", "failed"),
            ("{b3}", "never tried"),
            ("{u1}", "with the model"),
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
            ("{begun}", "under way"),
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
    ("retranslations", &[("{asked}", "answered"), ("{wished}", "open")]),
];
