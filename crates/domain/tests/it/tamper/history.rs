//! Honest histories: what people and runners do, at random or as a test says, down to the rows.

use crate::fixture::{
    Fresh, LIMITS, answer, author, claimant, models, new_attempt, new_chapter, new_prompt, new_work, next,
};
use colophon_contract::{
    FailureCode, Message, MessageRole, Mismatch, RestoreAttempt, RetranslateSegment, RetranslateVersion,
    RunError, Segment, TranslationVerification, UpdateSegment,
};
use colophon_domain::{
    Actor, Error, PageRequest, Result, Txn, chapter, prompt,
    run::{self, Claimant, FinishedPair, Lease, Retranslation, RunContext, Start},
    verify::{self, Recomputed, RequestHash, Sent, list_orphans},
    work,
};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, time::Duration};

/// How many finished pairs an attempt is shown.
const PRECEDING: u32 = 2;

/// A short chapter: two texts, white space between them, and one more text.
pub(super) const SOURCE: &str = "夜。\n　\n星。\n朝。\n";

/// A chapter with one text.
const SHORT: &str = "海。\n";

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers for the same seed on every machine.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("a small number")
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

/// What a runner does at the moment.
struct Work {
    lease: Lease,
    again: Option<Retranslation>,
    attempt_id: Option<i64>,
}

pub(super) struct History {
    pub(super) fresh: Fresh,
    pub(super) works: Vec<i64>,
    chapters: Vec<(i64, i64)>,
    pub(super) runs: Vec<i64>,
    work: Option<Work>,
}

/// The user that [`author`] names, as who asks.
pub(super) fn actor() -> Actor {
    Actor { author: author(), ..Actor::system("test") }
}

/// Claims anything that nobody has given a sign of life for since just now.
fn impatient() -> Claimant {
    Claimant { lease: Duration::ZERO, ..claimant("test") }
}

fn messages(context: &RunContext, source: &str, instruction: &str, pairs: &[FinishedPair]) -> Vec<Message> {
    let pairs: Vec<String> =
        pairs.iter().map(|pair| format!("{}={}", pair.source, pair.translation)).collect();
    let content = format!("{}|{instruction}|{}|{source}", context.template, pairs.join(";"));
    vec![Message { role: MessageRole::User, content }]
}

fn request_sha256(model: &str, messages: &[Message]) -> String {
    let sent = serde_json::to_vec(&(model, messages)).expect("JSON");
    hex::encode(Sha256::digest(sent))
}

fn failure(code: FailureCode) -> RunError {
    RunError { code, detail: code.meaning().to_owned() }
}

impl History {
    /// Two works with a prompt each; the first has two chapters.
    pub(super) async fn begin(fresh: Fresh) -> Self {
        let user = author();
        fresh.place.add_user(user.id.expect("an id"), &user.name).await;
        let mut history = Self { fresh, works: vec![], chapters: vec![], runs: vec![], work: None };
        for sources in [[SOURCE, SHORT].as_slice(), &[SHORT]] {
            let txn = history.fresh.db.begin_write_by(actor()).await.expect("begins");
            let work_id = work::create_work(&txn, &new_work("銀河鉄道の夜")).await.expect("a work").id;
            prompt::create_prompt(
                &txn,
                &author(),
                work_id,
                &new_prompt("{source_text}{instruction}"),
                &models(),
            )
            .await
            .expect("a prompt");
            for source in sources {
                let chapter = chapter::create_chapter(&txn, work_id, &new_chapter(source)).await;
                history.chapters.push((work_id, chapter.expect("a chapter").id));
            }
            txn.commit().await.expect("commits");
            history.works.push(work_id);
        }
        history
    }

    /// Begins a transaction of the person's.
    async fn by_hand(&self) -> Txn {
        self.fresh.db.begin_write_by(actor()).await.expect("begins")
    }

    pub(super) async fn start_run(&mut self, chapter: usize) -> Result<i64> {
        let (work_id, chapter_id) = self.chapters[chapter];
        let txn = self.by_hand().await;
        let (run, _) = run::create_run(&txn, &author(), work_id, chapter_id, &models(), |text| {
            text.split_inclusive('\n').collect()
        })
        .await?;
        txn.commit().await?;
        self.runs.push(run.id);
        Ok(run.id)
    }

    /// Claims the next run, also from another server. Returns whether there was a run to claim.
    pub(super) async fn claim(&mut self) -> Result<bool> {
        let txn = self.fresh.db.begin_write().await?;
        let Some(run_id) = run::find_claimable_run(&txn, true, &[], &run::BusyProviders::default()).await?
        else {
            return Ok(false);
        };
        let claimed = run::claim_run(&txn, run_id, &impatient()).await?;
        txn.commit().await?;
        let work = claimed.map(|claimed| Work {
            lease: claimed.lease,
            again: claimed.retranslation,
            attempt_id: None,
        });
        let is_there = work.is_some();
        self.work = work;
        Ok(is_there)
    }

    /// The runner dies: nothing is written.
    pub(super) fn crash(&mut self) {
        self.work = None;
    }

    /// Begins an attempt at what comes next, or ends the run where nothing does.
    pub(super) async fn go_on(&mut self) -> Result<()> {
        let Some(work) = &mut self.work else { return Ok(()) };
        let db = &self.fresh.db;
        let run_id = work.lease.run_id;
        let (position, source, again) = match &work.again {
            Some(again) => (again.position, again.source_text.clone(), Some(again.clone())),
            None => match run::find_next_segment(db, run_id).await? {
                Some(segment) => (segment.position, segment.source_text, None),
                None => return self.end().await,
            },
        };
        let context = match &again {
            Some(again) => run::get_context_under(db, run_id, again.prompt_version_id).await?,
            None => run::get_context(db, run_id).await?,
        };
        let pairs = run::list_preceding(db, run_id, position, PRECEDING).await?;
        let instruction = again.as_ref().and_then(|again| again.instruction.clone());
        let messages = messages(&context, &source, instruction.as_deref().unwrap_or_default(), &pairs);
        let mut attempt = new_attempt(position);
        attempt.request_sha256 = request_sha256("demo", &messages);
        attempt.messages = messages;
        attempt.preceding = pairs.iter().map(|pair| pair.attempt_id).collect();
        attempt.parameter_names = BTreeMap::from([("temperature".to_owned(), "temperature".to_owned())]);
        attempt.prompt_version_id = again.as_ref().map(|again| again.prompt_version_id);
        attempt.author = again.map(|again| again.author);
        attempt.instruction = instruction;
        let txn = db.begin_write().await?;
        if let Start::Begun { attempt_id, .. } =
            run::start_attempt(&txn, &work.lease, &attempt, LIMITS).await?
        {
            work.attempt_id = Some(attempt_id);
        }
        txn.commit().await
    }

    /// Ends the claimed run: with all its text, or because a segment failed.
    async fn end(&mut self) -> Result<()> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let failed = run::list_failed_segments(&self.fresh.db, work.lease.run_id).await?;
        let txn = self.fresh.db.begin_write().await?;
        match failed.into_iter().next() {
            Some((_, error)) => run::fail_run(&txn, &work.lease, &error).await?,
            None => run::complete_run(&txn, &work.lease).await?,
        };
        txn.commit().await
    }

    /// Ends the attempt under way.
    pub(super) async fn finish(&mut self, text: &str) -> Result<()> {
        let Some(work) = &mut self.work else { return Ok(()) };
        let Some(attempt_id) = work.attempt_id.take() else { return Ok(()) };
        let txn = self.fresh.db.begin_write().await?;
        run::finish_attempt(&txn, &work.lease, attempt_id, &answer(text)).await?;
        txn.commit().await?;
        if work.again.is_some() {
            self.work = None;
        }
        Ok(())
    }

    /// The attempt under way fails.
    pub(super) async fn fail(&mut self, will_retry: bool) -> Result<()> {
        let Some(work) = &mut self.work else { return Ok(()) };
        let Some(attempt_id) = work.attempt_id.take() else { return Ok(()) };
        let mut partial = answer("半");
        (partial.finish, partial.finish_reason) = (None, None);
        let error = failure(FailureCode::ProviderError);
        let txn = self.fresh.db.begin_write().await?;
        run::fail_attempt(&txn, &work.lease, attempt_id, &partial, &error, will_retry).await?;
        txn.commit().await?;
        if work.again.is_some() && !will_retry {
            self.work = None;
        }
        Ok(())
    }

    /// The runner keeps what came so far, or rests, gives its run back, or cannot render what comes next.
    async fn interrupt(&mut self, random: &mut Random) -> Result<()> {
        let Some(work) = &mut self.work else { return Ok(()) };
        let txn = self.fresh.db.begin_write().await?;
        match random.below(4) {
            0 => {
                let Some(attempt_id) = work.attempt_id else { return Ok(()) };
                run::checkpoint_attempt(&txn, &work.lease, attempt_id, "Half", &[]).await?;
            }
            1 => {
                run::begin_wait(&txn, &work.lease, "demo", Duration::from_secs(9)).await?;
            }
            2 => {
                run::park_run(&txn, &work.lease).await?;
                self.work = None;
            }
            _ => {
                if work.attempt_id.is_some() {
                    return Ok(());
                }
                let position = match &work.again {
                    Some(again) => again.position,
                    None => match run::find_next_segment(&self.fresh.db, work.lease.run_id).await? {
                        Some(segment) => segment.position,
                        None => return Ok(()),
                    },
                };
                let error = failure(FailureCode::TemplateRenderFailed);
                run::fail_segment(&txn, &work.lease, position, &error).await?;
                if work.again.is_some() {
                    self.work = None;
                }
            }
        }
        txn.commit().await
    }

    pub(super) async fn segments(&self, run_id: i64) -> Vec<Segment> {
        let page = PageRequest { limit: 100, cursor: None };
        run::list_segments(&self.fresh.db, run_id, &page).await.expect("segments").items
    }

    pub(super) async fn edit(&self, run_id: i64, position: i32, text: &str) -> Result<i64> {
        let base = run::get_segment(&self.fresh.db, run_id, position).await?;
        let base_attempt_id = base.attempt.map(|attempt| attempt.id);
        let txn = self.by_hand().await;
        let update = UpdateSegment { text: text.to_owned(), base_attempt_id };
        let (segment, _) = run::update_segment(&txn, &author(), run_id, position, &update).await?;
        txn.commit().await?;
        Ok(segment.attempt.map_or(0, |attempt| attempt.id))
    }

    async fn restore(&self, run_id: i64, position: i32, attempt_id: i64) -> Result<()> {
        let base = run::get_segment(&self.fresh.db, run_id, position).await?;
        let base_attempt_id = base.attempt.map(|attempt| attempt.id);
        let txn = self.by_hand().await;
        let restore = RestoreAttempt { base_attempt_id };
        run::restore_attempt(&txn, &author(), (run_id, position, attempt_id), &restore).await?;
        txn.commit().await
    }

    pub(super) async fn ask_again(
        &self,
        run_id: i64,
        position: i32,
        instruction: Option<&str>,
    ) -> Result<()> {
        let base = run::get_segment(&self.fresh.db, run_id, position).await?;
        let request = RetranslateSegment {
            instruction: instruction.map(str::to_owned),
            base_attempt_id: base.attempt.map(|attempt| attempt.id),
            version: instruction.is_none().then_some(RetranslateVersion::Latest),
        };
        let txn = self.by_hand().await;
        run::create_retranslation(&txn, &author(), (run_id, position), &request, &models()).await?;
        txn.commit().await
    }

    async fn append(&self, work_id: i64) -> Result<()> {
        let latest = prompt::get_prompt(&self.fresh.db, work_id).await?.latest_version.number;
        let new = next(&format!("{latest} {{source_text}}{{instruction}}"), latest);
        let draft = prompt::draft_version(&self.fresh.db, &author(), work_id, &new, None, &models()).await?;
        prompt::store_version(&self.fresh.db, &actor(), draft).await.map(|_| ())
    }

    pub(super) async fn cancel(&self, run_id: i64) -> Result<()> {
        let txn = self.by_hand().await;
        run::cancel_run(&txn, run_id).await?;
        txn.commit().await
    }

    async fn resume(&self, run_id: i64) -> Result<()> {
        let txn = self.by_hand().await;
        run::resume_run(&txn, run_id, &models()).await?;
        txn.commit().await
    }

    /// One step at random. What the rules refuse leaves no trace; any other error ends the test.
    pub(super) async fn step(&mut self, random: &mut Random) {
        let refused = match random.below(24) {
            0 | 1 => self.start_run(random.below(3)).await.map(|_| ()),
            2 => self.append(*random.pick(&self.works.clone()).expect("a work")).await,
            3 => self.interrupt(random).await,
            4 => {
                self.crash();
                Ok(())
            }
            5..=9 => self.act_by_hand(random).await,
            _ => self.runner_step(random).await,
        };
        match refused {
            Ok(()) => {}
            Err(Error::LeaseLost) => self.work = None,
            Err(
                Error::TranslationInProgress
                | Error::TranslationEnded
                | Error::TranslationCompleted
                | Error::StaleBaseAttempt(_)
                | Error::SegmentBlank
                | Error::AttemptWithoutText
                | Error::NotFound(_),
            ) => {}
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn runner_step(&mut self, random: &mut Random) -> Result<()> {
        match &self.work {
            None => self.claim().await.map(|_| ()),
            Some(work) if work.attempt_id.is_none() => self.go_on().await,
            Some(_) => match random.below(8) {
                0 => self.fail(true).await,
                1 => self.fail(false).await,
                _ => self.finish(&format!("Text {}.", random.below(1_000))).await,
            },
        }
    }

    async fn act_by_hand(&self, random: &mut Random) -> Result<()> {
        let Some(run_id) = random.pick(&self.runs).copied() else { return Ok(()) };
        let position = i32::try_from(1 + random.below(4)).expect("small");
        match random.below(8) {
            0 => self.cancel(run_id).await,
            1 | 2 => self.resume(run_id).await,
            3 => self.edit(run_id, position, &format!("By hand {}.", random.below(1_000))).await.map(|_| ()),
            4 => {
                let page = PageRequest { limit: 20, cursor: None };
                let attempts = run::list_attempts(&self.fresh.db, run_id, position, &page).await?.items;
                match random.pick(&attempts) {
                    Some(attempt) => self.restore(run_id, position, attempt.id).await,
                    None => Ok(()),
                }
            }
            5 => self.ask_again(run_id, position, Some("Softly.")).await,
            _ => self.ask_again(run_id, position, None).await,
        }
    }

    pub(super) async fn verify(&self, run_id: i64) -> Result<TranslationVerification> {
        verify::verify_run(&self.fresh.db, run_id, PRECEDING, recompute).await
    }

    /// The first thing that any verification finds.
    pub(super) async fn find_mismatch(&self) -> Option<Mismatch> {
        let db = &self.fresh.db;
        let mut runs = self.runs.clone();
        for work_id in &self.works {
            let found = verify::find_verification(db, *work_id).await.expect("reads");
            if let Some(mismatch) = found.and_then(|found| found.mismatch) {
                return Some(mismatch);
            }
            runs.extend(verify::list_run_ids(db, *work_id, 0).await.expect("reads"));
        }
        runs.sort_unstable();
        runs.dedup();
        for run_id in runs {
            match self.verify(run_id).await {
                Ok(found) if found.mismatch.is_some() => return found.mismatch,
                // That a run is gone is what the audit log tells.
                Ok(_) | Err(Error::NotFound(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        list_orphans(db).await.expect("reads").into_iter().next()
    }
}

fn recompute(context: &RunContext, sent: &Sent<'_>) -> std::result::Result<Recomputed, String> {
    let messages = messages(context, sent.source_text, sent.instruction, sent.preceding);
    let names = BTreeMap::from([("temperature".to_owned(), "temperature".to_owned())]);
    let sha256 = request_sha256(sent.model_requested, &messages);
    let is_same = sent.parameter_names == Some(&names) && sha256 == sent.request_sha256;
    let request = if is_same { RequestHash::Same } else { RequestHash::Other(Some(sha256)) };
    Ok(Recomputed { messages, request })
}
