//! `colophon verify`

use colophon_domain::verify;
use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use clap::Args;
use colophon_contract::{Anchor, Mismatch, RunAnchor, TranslationVerification};
use colophon_domain::{Db, work};
use colophon_provider::Catalogue;

use crate::{Failure, command::say, settings::Settings};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only this work; can be given several times. Without it all works, deleted ones too.
    #[arg(long = "work", value_name = "ID")]
    works: Vec<i64>,
    /// Compares with the chain heads that `colophon anchors` printed into this file.
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
}

/// Recomputes the history of works and prints what was checked. Fails if anything does not verify.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<(), Failure> {
    let catalogue = settings.catalogue()?;
    if let Some(file) = &arguments.anchor {
        // Finds an unreadable file before hours of work, not after.
        let anchors = read_anchors(file)?.try_fold(0, |count, anchor| anchor.map(|_| count + 1))?;
        if anchors == 0 {
            return Err(format!("{} has no anchors", file.display()).into());
        }
    }
    let db = super::open_as_it_is(settings).await?;
    let mut report = Report::default();
    if arguments.works.is_empty() {
        let mut after = 0;
        loop {
            let works = work::list_ids(&db, after).await?;
            let Some(last) = works.last() else { break };
            after = *last;
            for work_id in works {
                report.verify_work(&db, &catalogue, work_id).await?;
            }
        }
        for orphan in verify::list_orphans(&db).await? {
            report.tell("no work", &orphan);
        }
    } else {
        for work_id in &arguments.works {
            if work::list_ids(&db, work_id.saturating_sub(1)).await?.first() != Some(work_id) {
                return Err(format!("there is no work {work_id}").into());
            }
            report.verify_work(&db, &catalogue, *work_id).await?;
        }
    }
    if let Some(file) = &arguments.anchor {
        report.verify_anchors(&db, file, &arguments.works).await?;
    }
    report.conclude()
}

/// Counts of checked items and of mismatches.
#[derive(Default)]
struct Report {
    works: usize,
    versions: i64,
    translations: usize,
    attempts: i64,
    anchors: usize,
    unverifiable: i64,
    mismatches: usize,
}

impl Report {
    async fn verify_work(&mut self, db: &Db, catalogue: &Catalogue, work_id: i64) -> Result<(), Failure> {
        self.works += 1;
        match verify::find_verification(db, work_id).await? {
            None => say!("work {work_id}: no prompt"),
            Some(prompt) => {
                self.versions += prompt.versions;
                match (&prompt.mismatch, &prompt.head) {
                    (Some(mismatch), _) => self.tell(&format!("work {work_id}, prompt"), mismatch),
                    (None, Some(head)) => say!(
                        "work {work_id}: prompt verified, {} versions, chain head {}",
                        prompt.versions,
                        head.chain_hash
                    ),
                    (None, None) => {}
                }
            }
        }
        let (mut after, mut verified) = (0, 0);
        loop {
            let runs = verify::list_run_ids(db, work_id, after).await?;
            let Some(last) = runs.last() else { break };
            after = *last;
            for run_id in runs {
                let translation = colophon_pipeline::verify_run(db, catalogue, run_id).await?;
                verified += usize::from(self.take(work_id, &translation));
            }
        }
        if verified > 0 {
            say!("work {work_id}: translations verified: {verified}");
        }
        Ok(())
    }

    /// Counts a translation and prints its problems; returns whether it verifies.
    fn take(&mut self, work_id: i64, translation: &TranslationVerification) -> bool {
        self.translations += 1;
        self.attempts += translation.attempts;
        let place = format!("work {work_id}, translation {}", translation.translation_id);
        for unverifiable in &translation.unverifiable {
            self.unverifiable += unverifiable.count;
            let (count, code) = (unverifiable.count, unverifiable.code.as_str());
            say!("{place}: cannot be verified: {count} {code}: {}", unverifiable.detail);
        }
        if let Some(mismatch) = &translation.mismatch {
            self.tell(&place, mismatch);
        }
        translation.verified
    }

    async fn verify_anchors(&mut self, db: &Db, file: &Path, works: &[i64]) -> Result<(), Failure> {
        for anchor in read_anchors(file)? {
            let (line, anchor) = anchor?;
            let work_id = anchor.work_id();
            if !works.is_empty() && !works.contains(&work_id) {
                continue;
            }
            self.anchors += 1;
            let (of, mismatch) = match anchor {
                Line::Prompt(anchor) => (String::new(), verify::verify_anchor(db, &anchor).await?),
                Line::Run(anchor) => (
                    format!(", translation {}", anchor.translation_id),
                    verify::verify_run_anchor(db, &anchor).await?,
                ),
            };
            if let Some(mismatch) = mismatch {
                self.tell(&format!("work {work_id}{of}, anchor of line {line}"), &mismatch);
            }
        }
        Ok(())
    }

    fn tell(&mut self, place: &str, mismatch: &Mismatch) {
        self.mismatches += 1;
        let at = &mismatch.place;
        let parts = [
            ("version", at.version_number),
            ("segment", at.position),
            ("attempt", at.attempt_id),
            ("event", at.event),
        ];
        let parts = parts.into_iter().filter_map(|(what, number)| Some(format!(", {what} {}", number?)));
        let values = [("expected", &mismatch.expected), ("found", &mismatch.found)];
        let values =
            values.into_iter().filter_map(|(what, value)| Some(format!("{what} {}", value.as_ref()?)));
        let values = values.collect::<Vec<_>>().join(", ");
        let values = if values.is_empty() { values } else { format!(" ({values})") };
        let (code, detail) = (mismatch.code.as_str(), &mismatch.detail);
        say!("MISMATCH: {place}{}: {code}: {detail}{values}", parts.collect::<String>());
    }

    fn conclude(self) -> Result<(), Failure> {
        let Self { works, versions, translations, attempts, anchors, unverifiable, mismatches } = self;
        say!(
            "checked: {works} works, {versions} versions, {translations} translations, {attempts} attempts, \
             {anchors} anchors; cannot be verified: {unverifiable}"
        );
        if mismatches > 0 {
            return Err(format!(
                "the history is not what it was: {mismatches} of the prompts, translations and anchors do not verify"
            )
            .into());
        }
        say!("everything that can be verified is as it should be");
        Ok(())
    }
}

/// Returns the anchors of a file, each with its line number.
fn read_anchors(file: &Path) -> Result<impl Iterator<Item = Result<(usize, Line), Failure>>, Failure> {
    let name = file.display().to_string();
    let opened = File::open(file).map_err(|e| format!("cannot read {name}: {e}"))?;
    let lines = BufReader::new(opened).lines().enumerate();
    Ok(lines.filter_map(move |(index, line)| {
        let line = line.map_err(|e| e.to_string());
        if line.as_ref().is_ok_and(|line| line.trim().is_empty()) {
            return None;
        }
        let anchor = line.and_then(|line| anchor_of(&line));
        let number = index + 1;
        let malformed = |why| format!("{name}: line {number} is not an anchor: {why}").into();
        Some(anchor.map(|anchor| (number, anchor)).map_err(malformed))
    }))
}

/// An anchor of a prompt or of a run.
#[derive(Debug)]
enum Line {
    Prompt(Anchor),
    Run(RunAnchor),
}

impl Line {
    fn work_id(&self) -> i64 {
        match self {
            Self::Prompt(anchor) => anchor.work_id,
            Self::Run(anchor) => anchor.work_id,
        }
    }
}

fn anchor_of(line: &str) -> Result<Line, String> {
    let value: serde_json::Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
    let is_hash = |hash: &str| {
        hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    // Only anchors of runs contain a translation's id.
    let (line, hashes) = if value.get("translation_id").is_some() {
        let anchor: RunAnchor = serde_json::from_value(value).map_err(|e| e.to_string())?;
        let hashes = vec![anchor.chain_hash.clone()];
        (Line::Run(anchor), hashes)
    } else {
        let anchor: Anchor = serde_json::from_value(value).map_err(|e| e.to_string())?;
        let hashes = vec![anchor.content_hash.clone(), anchor.chain_hash.clone()];
        (Line::Prompt(anchor), hashes)
    };
    if !hashes.iter().all(|hash| is_hash(hash)) {
        return Err("a hash is 64 of 0-9 a-f".to_owned());
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_anchor_or_an_error() {
        let line = |hash: &str, more: &str| {
            format!(
                r#"{{"work_id": 1, "prompt_id": 1, "number": 2, "content_hash": "{hash}", "chain_hash": "{hash}",
                "exported_at": "2026-11-23T00:00:00.000000Z"{more}}}"#
            )
        };
        let hash = "a1".repeat(32);
        assert!(matches!(anchor_of(&line(&hash, "")), Ok(Line::Prompt(anchor)) if anchor.number == 2));
        let of_run = |hash: &str, more: &str| {
            format!(
                r#"{{"work_id": 1, "translation_id": 3, "events": 9, "chain_hash": "{hash}",
                "exported_at": "2026-11-23T00:00:00.000000Z"{more}}}"#
            )
        };
        assert!(matches!(anchor_of(&of_run(&hash, "")), Ok(Line::Run(anchor)) if anchor.events == 9));
        for wrong in [of_run(&hash, r#", "number": 1"#), of_run("a1", "")] {
            assert!(anchor_of(&wrong).is_err(), "{wrong}");
        }
        for wrong in [line(&hash, r#", "x": 1"#), line("a1", ""), line(&"A1".repeat(32), ""), "[]".into()] {
            assert!(anchor_of(&wrong).is_err(), "{wrong}");
        }
    }
}
