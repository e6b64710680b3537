//! Rows as SQL, with everything a test does not care about filled in.

/// A time, as SQLite keeps it and PostgreSQL reads it.
pub(crate) const NOW: &str = "'2026-11-22T10:00:00.000001+00:00'";

/// An INSERT in the making. Values are SQL literals.
#[derive(Clone)]
pub(crate) struct Row {
    table: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Row {
    fn new(table: &'static str, values: &[(&'static str, &str)]) -> Self {
        Self { table, values: values.iter().map(|(column, value)| (*column, (*value).to_owned())).collect() }
    }

    pub(crate) fn set(mut self, column: &'static str, value: impl ToString) -> Self {
        self.values.retain(|(name, _)| *name != column);
        self.values.push((column, value.to_string()));
        self
    }

    pub(crate) fn insert(&self) -> String {
        self.sql("INSERT")
    }

    /// SQLite.
    pub(crate) fn replace(&self) -> String {
        self.sql("INSERT OR REPLACE")
    }

    fn sql(&self, verb: &str) -> String {
        let columns: Vec<&str> = self.values.iter().map(|(column, _)| *column).collect();
        format!("{verb} INTO {} ({}) VALUES {}", self.table, columns.join(", "), self.tuple())
    }

    /// Another row of the same columns after this one, in one statement.
    pub(crate) fn and(&self, verb: &str, other: &Self) -> String {
        format!("{}, {}", self.sql(verb), other.tuple())
    }

    fn tuple(&self) -> String {
        let values: Vec<&str> = self.values.iter().map(|(_, value)| value.as_str()).collect();
        format!("({})", values.join(", "))
    }
}

pub(crate) fn hash(digit: char) -> String {
    format!("'{}'", digit.to_string().repeat(64))
}

pub(crate) fn work() -> Row {
    Row::new(
        "works",
        &[
            ("title", "'銀河鉄道の夜'"),
            ("author", "'宮沢賢治'"),
            ("source_language", "'ja'"),
            ("target_language", "'en'"),
            ("created_at", NOW),
            ("updated_at", NOW),
        ],
    )
}

pub(crate) fn chapter(work: i64, number: i32) -> Row {
    Row::new(
        "chapters",
        &[
            ("title", "'午后の授業'"),
            ("source_text", "'ではみなさんは'"),
            ("characters", "7"),
            ("created_at", NOW),
            ("updated_at", NOW),
        ],
    )
    .set("work_id", work)
    .set("number", number)
}

pub(crate) fn prompt(work: i64) -> Row {
    Row::new("prompts", &[("name", "'House style'"), ("created_at", NOW), ("updated_at", NOW)])
        .set("work_id", work)
}

pub(crate) fn version(prompt: i64, number: i32) -> Row {
    Row::new(
        "prompt_versions",
        &[
            ("model", "'demo'"),
            ("template", "'Translate: {source_text}'"),
            ("template_characters", "24"),
            ("parameters", r#"'{"temperature":0.3}'"#),
            ("note", "''"),
            ("author_kind", "'user'"),
            ("author_id", "1"),
            ("author_name", "'Ada'"),
            ("restored_from", "NULL"),
            ("created_at", NOW),
        ],
    )
    .set("content_hash", hash('a'))
    .set("chain_hash", hash('b'))
    .set("prompt_id", prompt)
    .set("number", number)
}

pub(crate) fn run(chapter: i64, version: i64) -> Row {
    Row::new(
        "chapter_translations",
        &[
            ("status", "'queued'"),
            ("model_snapshot", "'demo'"),
            ("template_snapshot", "'Translate: {source_text}'"),
            ("parameters_snapshot", r#"'{"temperature":0.3}'"#),
            ("work_title_snapshot", "'銀河鉄道の夜'"),
            ("work_author_snapshot", "'宮沢賢治'"),
            ("source_language_snapshot", "'ja'"),
            ("target_language_snapshot", "'en'"),
            ("chapter_title_snapshot", "'午后の授業'"),
            ("chapter_number_snapshot", "1"),
            ("created_by_kind", "'user'"),
            ("created_by_id", "1"),
            ("created_by_name", "'Ada'"),
            ("segments_total", "2"),
            ("segments_done", "0"),
            ("lease_epoch", "0"),
            ("created_at", NOW),
        ],
    )
    .set("source_sha256", hash('c'))
    .set("chapter_id", chapter)
    .set("prompt_version_id", version)
}

pub(crate) fn segment(run: i64, position: i32) -> Row {
    Row::new("translation_segments", &[("source_text", "'ではみなさんは'"), ("status", "'pending'")])
        .set("chapter_translation_id", run)
        .set("position", position)
}

/// By a model, under way.
pub(crate) fn attempt(segment: i64, version: i64) -> Row {
    Row::new(
        "segment_attempts",
        &[
            ("kind", "'model'"),
            ("status", "'running'"),
            ("messages", r#"'[{"content":"x","role":"user"}]'"#),
            ("preceding", "'[]'"),
            ("provider", "'demo'"),
            ("model_requested", "'demo'"),
            ("started_at", NOW),
        ],
    )
    .set("request_sha256", hash('d'))
    .set("segment_id", segment)
    .set("prompt_version_id", version)
}

/// By a model, finished and successful.
pub(crate) fn finished_attempt(segment: i64, version: i64) -> Row {
    attempt(segment, version)
        .set("status", "'completed'")
        .set("text", "'“Now then, all of you”'")
        .set("response_sha256", hash('e'))
        .set("finish_reason", "'stop'")
        .set("finish", "'done'")
        .set("finished_at", NOW)
}

/// By a person.
pub(crate) fn edit(segment: i64) -> Row {
    Row::new(
        "segment_attempts",
        &[
            ("kind", "'person'"),
            ("status", "'completed'"),
            ("text", "'Well then'"),
            ("author_kind", "'user'"),
            ("author_id", "1"),
            ("author_name", "'Ada'"),
            ("started_at", NOW),
            ("finished_at", NOW),
        ],
    )
    .set("response_sha256", hash('e'))
    .set("segment_id", segment)
}

/// The text of [`finished_attempt`] `from`, carried over.
pub(crate) fn carried(from: i64) -> Row {
    Row::new(
        "segment_attempts",
        &[
            ("kind", "'carried'"),
            ("status", "'completed'"),
            ("text", "'“Now then, all of you”'"),
            ("started_at", NOW),
            ("finished_at", NOW),
        ],
    )
    .set("response_sha256", hash('e'))
    .set("carried_from", from)
}

pub(crate) fn event(run: i64, seq: i64) -> Row {
    Row::new(
        "run_events",
        &[("name", "'segment-start'"), ("data", r#"'{"position":1}'"#), ("created_at", NOW)],
    )
    .set("run_id", run)
    .set("seq", seq)
}

/// Asked for by a person, and waiting.
pub(crate) fn retranslation(run: i64, segment: i64, version: i64) -> Row {
    Row::new(
        "retranslations",
        &[
            ("provider", "'demo'"),
            ("author_kind", "'user'"),
            ("author_id", "1"),
            ("author_name", "'Ada'"),
            ("created_at", NOW),
        ],
    )
    .set("run_id", run)
    .set("segment_id", segment)
    .set("prompt_version_id", version)
}
