//! Each column of the history on each kind of row, changed by somebody who has dropped all triggers, and where that is
//! found.

use super::{
    changes::MATRIX,
    kinds::KINDS,
    places::{ALSO, SQLITE_ONLY},
    reasons::NOT_FOUND,
    story::Story,
};
use crate::stage::Stage;
use colophon_contract::{Mismatch, MismatchCode};
use colophon_domain::verify;
use colophon_test_support::{Engine, Unguarded, on_both_engines};
use std::collections::BTreeSet;

fn place_of(mismatch: &Mismatch) -> String {
    let place = &mismatch.place;
    let of_run = place.translation_id.is_some();
    let parts = [
        ("version", place.version_number.filter(|_| !of_run)),
        ("segment", place.position),
        ("attempt", place.attempt_id),
        ("event", place.event),
    ];
    let parts = parts.into_iter().filter_map(|(what, number)| Some(format!("{what} {}", number?)));
    parts.collect::<Vec<_>>().join(", ")
}

/// Somebody at work on a story, who puts everything back.
struct Mallory {
    stage: Stage,
    story: Story,
    hands: Unguarded,
    wrong: Vec<String>,
}

impl Mallory {
    async fn at_work(stage: Stage) -> Self {
        let mut story = Story::tell(&stage).await;
        story.go_on(&stage).await;
        let hands = stage.database.unguard().await;
        hands.keep().await;
        Self { stage, story, hands, wrong: Vec::new() }
    }

    /// What is found once a column of a row holds a value; with the statement.
    async fn find(&self, table: &str, column: &str, row: &str, value: &str) -> (String, Option<Mismatch>) {
        let of =
            if row.starts_with('{') { format!("id = {row}") } else { format!("run_id = {{run}} AND {row}") };
        let sql = self.story.fill(&format!("UPDATE {table} SET {column} = {value} WHERE {of}"));
        assert!(self.hands.try_to(&sql).await, "{sql}: is refused");
        assert!(self.hands.is_changed(table).await, "{sql}: changes nothing");
        let mismatch = if table.starts_with("prompt") {
            let found = verify::find_verification(&self.stage.db, self.story.work_id).await;
            found.expect("a verification").expect("a prompt").mismatch
        } else {
            let run = match row {
                "{broken}" | "{b2}" | "{b3}" | "{wished}" => "{broken}",
                "{under_way}" | "{u1}" | "{begun}" => "{under_way}",
                "{other_run}" | "{waiting}" | "{cancelled}" => row,
                _ => "{run}",
            };
            let run = if table == "chapter_translations" && column == "id" { value } else { run };
            self.stage.verify(self.story.fill(run).parse().expect("an id")).await.mismatch
        };
        self.hands.put_back().await;
        if let Some(mismatch) = &mismatch {
            assert!(mismatch.detail.ends_with(['.', ')']), "{}", mismatch.detail);
            let values = [&mismatch.expected, &mismatch.found];
            assert!(values.into_iter().flatten().all(|value| value.chars().count() <= 130), "{mismatch:?}");
        }
        (sql, mismatch)
    }

    /// Notes what is not found as it should be, at `place` where that is given.
    async fn expect(
        &mut self,
        (table, column, row, value): (&str, &str, &str, &str),
        code: Option<MismatchCode>,
        place: Option<&str>,
    ) {
        let (sql, mismatch) = self.find(table, column, row, value).await;
        let found = mismatch.as_ref().map(|mismatch| (mismatch.code, place_of(mismatch)));
        let at = found.as_ref().map(|(_, at)| at.clone()).unwrap_or_default();
        let place = place.map_or(at, |place| self.story.fill(place));
        if found != code.map(|code| (code, place.clone())) {
            self.wrong.push(format!("{sql}\n    expected {code:?} at {place:?}, found {found:?}"));
        }
    }

    async fn conclude(self) {
        assert!(self.wrong.is_empty(), "\n{}", self.wrong.join("\n"));
        assert_eq!(self.stage.verify(self.story.run_id).await.mismatch, None, "all is put back");
    }
}

/// That each combination of a column and a kind of row is tried or has a reason, and none both.
fn verify_combinations(table: &str, columns: &[String]) {
    let kinds = KINDS.iter().find(|(of, _)| *of == table).map(|(_, kinds)| *kinds).expect("its kinds");
    let also =
        ALSO.iter().filter(|(of, ..)| *of == table).map(|(_, column, row, ..)| ((*column).to_owned(), *row));
    let matrix = MATRIX.iter().find(|(of, _)| *of == table).expect("its columns").1;
    let cells = matrix.iter().flat_map(|(column, _, codes)| {
        assert_eq!(codes.len(), kinds.len(), "{table}.{column}");
        let found = kinds.iter().zip(*codes).filter(|(_, code)| code.is_some());
        found.map(|((row, _), _)| ((*column).to_owned(), *row))
    });
    let tried = also.chain(cells).filter(|(_, row)| kinds.iter().any(|(kind, _)| kind == row));
    let reasons = NOT_FOUND.iter().filter(|(of, ..)| *of == table).flat_map(|(_, column, rows, _, why)| {
        assert!(!why.is_empty(), "{table}.{column}");
        let rows = kinds.iter().filter(|(row, _)| rows.is_empty() || rows.contains(row));
        rows.map(|(row, _)| ((*column).to_owned(), *row))
    });
    let (tried, reasons): (BTreeSet<_>, BTreeSet<_>) = (tried.collect(), reasons.collect());
    assert!(tried.is_disjoint(&reasons), "{table}");
    let known: BTreeSet<_> = tried.union(&reasons).cloned().collect();
    let all = columns.iter().flat_map(|column| kinds.iter().map(|(row, _)| (column.clone(), *row)));
    let all: BTreeSet<_> = all.collect();
    assert_eq!(
        known, all,
        "{table}: each column of each kind of row is found changed, or it is said why not"
    );
}

#[on_both_engines]
async fn every_column_of_every_kind_of_row_is_found_changed_or_has_a_reason(stage: Stage) {
    let mut mallory = Mallory::at_work(stage).await;
    for (table, columns) in MATRIX {
        let all = mallory.hands.columns(table).await;
        verify_combinations(table, &all);
        let kinds = KINDS.iter().find(|(of, _)| of == table).map(|(_, kinds)| *kinds).expect("its kinds");
        for (column, value, codes) in *columns {
            for ((row, _), code) in kinds.iter().zip(*codes).filter(|(_, code)| code.is_some()) {
                mallory.expect((table, column, row, value), *code, None).await;
            }
        }
    }
    mallory.conclude().await;
}

#[on_both_engines]
async fn what_is_found_is_named_with_its_place(stage: Stage) {
    let mut mallory = Mallory::at_work(stage).await;
    let more = if mallory.stage.database.engine() == Engine::Sqlite { SQLITE_ONLY } else { &[] };
    for (table, column, row, value, code, place) in ALSO.iter().chain(more) {
        mallory.expect((table, column, row, value), Some(*code), Some(place)).await;
    }
    mallory.conclude().await;
}

#[on_both_engines]
async fn what_is_said_not_to_be_found_is_not(stage: Stage) {
    let mut mallory = Mallory::at_work(stage).await;
    for (table, column, rows, value, _) in NOT_FOUND {
        let kinds = KINDS.iter().find(|(of, _)| of == table).map(|(_, kinds)| *kinds).expect("its kinds");
        for (row, _) in kinds.iter().filter(|(row, _)| rows.is_empty() || rows.contains(row)) {
            mallory.expect((table, column, row, value), None, None).await;
        }
    }
    mallory.conclude().await;
}
