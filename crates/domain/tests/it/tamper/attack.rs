//! Changes of one row, or of two that change places, by somebody who has dropped what guards the database and computes
//! no hash anew. What may stay undetected is in [`MAY_PASS`] with its reason, and in ADR 8 under "not covered".

use super::history::{History, Random};
use colophon_contract::Mismatch;
use colophon_test_support::Unguarded;

/// The tables of a history, with the columns that are a row's key.
const TABLES: [(&str, &[&str]); 8] = [
    ("prompts", &["id"]),
    ("prompt_versions", &["id"]),
    ("chapter_translations", &["id"]),
    ("translation_segments", &["id"]),
    ("segment_attempts", &["id"]),
    ("run_events", &["run_id", "seq"]),
    ("retranslations", &["id"]),
    ("audit_log", &["id"]),
];

/// Entries of the audit log about runs and their segments: verifications of runs compare no others.
const ABOUT_RUNS: &str = "subject_kind IN ('translation', 'segment')";

/// Columns of rows that may be changed undetected: table, columns, which rows, and why.
const MAY_PASS: &[(&str, &[&str], &str, &str)] = &[
    ("prompts", &["name", "created_at", "updated_at"], "1 = 1", "a label, and when it was made and changed"),
    (
        "chapter_translations",
        &[
            "lease_owner",
            "lease_epoch",
            "lease_expires_at",
            "waiting_provider",
            "waiting_code",
            "waiting_until",
        ],
        "1 = 1",
        "who works on it at the moment, and for whom it rests: a working state",
    ),
    ("chapter_translations", &["provider"], "started_at IS NULL", "whose turn a run waits for that never began"),
    ("translation_segments", &["status"], "current_attempt_id IS NULL", "whether it is given up or waits"),
    ("segment_attempts", &["text", "removed"], "status = 'running'", "what has come so far"),
    ("run_events", &["position"], "1 = 1", "the order in which those who follow live are told"),
    (
        "retranslations",
        &["provider", "created_at", "finished_at"],
        "1 = 1",
        "when it was asked and done: its attempt says when and by whom it was answered",
    ),
    (
        "retranslations",
        &["instruction"],
        "NOT EXISTS (SELECT 1 FROM kept_segment_attempts a WHERE a.segment_id = t.segment_id
            AND a.author_id = t.author_id AND a.kind = 'model'
            AND a.prompt_version_id = t.prompt_version_id AND a.instruction IS NOT DISTINCT FROM t.instruction)
        OR (SELECT count(*) FROM kept_retranslations o WHERE o.segment_id = t.segment_id
            AND o.instruction IS NOT DISTINCT FROM t.instruction
            AND o.prompt_version_id = t.prompt_version_id) > 1",
        "nothing was sent with it, or another request says the same",
    ),
    (
        "audit_log",
        &["at", "address", "request_id", "subject_name"],
        "1 = 1",
        "when and from where: the rows have their own times",
    ),
    (
        "audit_log",
        &["actor_kind", "actor_id", "actor_name"],
        "action IN ('run_ended', 'run_cancelled', 'run_resumed')",
        "who ended, cancelled or resumed a run is in no other row",
    ),
];

pub(super) struct Attacker {
    history: History,
    hands: Unguarded,
    undetected: Vec<String>,
    done: usize,
}

impl Attacker {
    pub(super) async fn at_work(history: History) -> Self {
        let hands = history.fresh.place.unguard().await;
        hands.keep().await;
        Self { history, hands, undetected: Vec::new(), done: 0 }
    }

    /// One change at random, which must be detected or have a reason why not.
    pub(super) async fn attack(&mut self, random: &mut Random) {
        let (table, keys) = TABLES[random.below(TABLES.len())];
        let rows = self.rows(table, keys).await;
        let Some(row) = random.pick(&rows).cloned() else { return };
        let Some(other) = random.pick(&rows).cloned() else { return };
        match random.below(5) {
            0 => self.expect(table, format!("DELETE FROM {table} AS t WHERE {row}")).await,
            1 => self.insert(table, &row).await,
            2 => self.swap(table, keys, &row, &other).await,
            _ => self.change(random, table, &row, &other).await,
        }
    }

    /// Conditions that find one row each.
    async fn rows(&self, table: &str, keys: &[&str]) -> Vec<String> {
        let key = keys.iter().map(|key| format!("'t.{key} = ' || t.{key}")).collect::<Vec<_>>();
        let which = if table == "audit_log" { ABOUT_RUNS } else { "1 = 1" };
        let sql = format!("SELECT {} FROM {table} t WHERE {which} ORDER BY 1", key.join(" || ' AND ' || "));
        self.hands.texts(&sql).await
    }

    /// A copy of a row under a key that is free.
    async fn insert(&mut self, table: &str, row: &str) {
        let columns = self.hands.columns(table).await;
        let free = |column: &str| match (table, column) {
            ("run_events", "seq") => {
                "(SELECT max(l.seq) + 1 FROM run_events l WHERE l.run_id = t.run_id)".into()
            }
            ("translation_segments", "position") => "(SELECT max(l.position) + 1 FROM translation_segments l
                WHERE l.chapter_translation_id = t.chapter_translation_id)"
                .into(),
            ("prompt_versions", "number") => "(SELECT max(l.number) + 1 FROM prompt_versions l
                WHERE l.prompt_id = t.prompt_id)"
                .into(),
            (_, "id") => format!("(SELECT max(l.id) + 1 FROM {table} l)"),
            (_, column) => format!("t.{column}"),
        };
        let values: Vec<String> = columns.iter().map(|column| free(column)).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {table} t WHERE {row}",
            columns.join(", "),
            values.join(", ")
        );
        self.expect(table, sql).await;
    }

    /// Two rows that have each other's contents.
    async fn swap(&mut self, table: &str, keys: &[&str], row: &str, other: &str) {
        // Nothing refers to a request, and entries of different runs have no order among each other.
        if row == other || matches!(table, "retranslations" | "prompts" | "audit_log") {
            return;
        }
        let place: &[&str] = match table {
            "translation_segments" => &["position", "chapter_translation_id"],
            "prompt_versions" => &["number", "prompt_id"],
            // Of the contents only where the events stand, for who follows live.
            "run_events" => &["position"],
            _ => &[],
        };
        let columns = self.hands.columns(table).await;
        let kept = |column: &&String| !keys.contains(&column.as_str()) && !place.contains(&column.as_str());
        let set: Vec<String> = columns
            .iter()
            .filter(kept)
            .map(|column| {
                let of = |row: &str| {
                    format!("(SELECT k.{column} FROM kept_{table} k WHERE {})", row.replace("t.", "k."))
                };
                format!("{column} = CASE WHEN {row} THEN {} ELSE {} END", of(other), of(row))
            })
            .collect();
        let sql = format!("UPDATE {table} AS t SET {} WHERE ({row}) OR ({other})", set.join(", "));
        self.expect(table, sql).await;
    }

    /// A column that holds what it holds in another row, or nothing.
    async fn change(&mut self, random: &mut Random, table: &str, row: &str, other: &str) {
        let columns = self.hands.columns(table).await;
        let column = random.pick(&columns).expect("a column").clone();
        let value = match random.below(4) {
            0 => "NULL".to_owned(),
            _ => format!("(SELECT k.{column} FROM kept_{table} k WHERE {})", other.replace("t.", "k.")),
        };
        for (of, columns, which, why) in MAY_PASS {
            if *of == table && columns.contains(&column.as_str()) {
                assert!(!why.is_empty());
                let sql = format!("SELECT count(*) FROM {table} t WHERE ({row}) AND ({which})");
                if self.hands.number(&sql).await > 0 {
                    return;
                }
            }
        }
        self.expect(table, format!("UPDATE {table} AS t SET {column} = {value} WHERE {row}")).await;
    }

    /// Notes a change that nothing detects. One that the database's types or unique indexes refuse, or that changes
    /// nothing, is none.
    async fn expect(&mut self, table: &str, sql: String) {
        if !self.hands.try_to(&sql).await || !self.differs(table).await {
            self.put_back(table).await;
            return;
        }
        self.done += 1;
        let found: Option<Mismatch> = self.history.find_mismatch().await;
        if found.is_none() {
            self.undetected.push(sql);
        }
        self.put_back(table).await;
    }

    async fn differs(&self, table: &str) -> bool {
        let sql = format!("SELECT (SELECT count(*) FROM {table}) - (SELECT count(*) FROM kept_{table})");
        self.hands.number(&sql).await != 0 || self.hands.is_changed(table).await
    }

    async fn put_back(&self, table: &str) {
        self.hands.execute(&format!("DELETE FROM {table}")).await;
        self.hands.execute(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
    }

    /// All that was done was detected, it was at least so much, and the history is whole again.
    pub(super) async fn conclude(self, seed: u64, at_least: usize) {
        assert!(self.undetected.is_empty(), "seed {seed}, undetected:\n{}", self.undetected.join("\n"));
        assert!(self.done >= at_least, "seed {seed}: only {} changes", self.done);
        assert_eq!(self.history.find_mismatch().await, None, "seed {seed}: all is put back");
    }
}
