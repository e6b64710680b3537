//! A database with what most tests begin with.

use colophon_contract::{
    AppendVersion, Author, AuthorKind, CreateChapter, CreatePrompt, CreateWork, JsonObject, Prompt,
    PromptVersion,
};
use colophon_domain::{
    Actor, Db, Error, ModelEntry, Models, Options, Result, chapter, prompt,
    provider::Limits,
    run::{self, Claimant, Lease, NewAttempt, Start},
    work,
};
use colophon_test_support::{Engine, Fixture, TestDatabase};
use std::time::Duration;

pub(crate) struct Fresh {
    pub(crate) db: Db,
    /// Dropped last: it takes the database with it.
    pub(crate) place: TestDatabase,
}

impl Fixture for Fresh {
    async fn fresh(engine: Engine) -> Self {
        let place = TestDatabase::fresh(engine).await;
        let options = Options { url: place.url().to_owned(), ..Options::default() };
        Self { db: Db::connect(&options).await.expect("connects"), place }
    }
}

pub(crate) fn author() -> Author {
    Author { kind: AuthorKind::User, id: Some(7), name: "mika".into() }
}

pub(crate) fn models() -> Models {
    let entry = |id: &str, parameters: &[&str]| ModelEntry {
        id: id.into(),
        provider: id.split('/').next().unwrap_or_default().into(),
        parameters: parameters.iter().map(|p| (*p).to_owned()).collect(),
    };
    Models::new([entry("demo", &["temperature", "top_p"]), entry("local/tiny", &["temperature"])])
}

pub(crate) fn object(json: &str) -> JsonObject {
    serde_json::from_str(json).expect("an object")
}

pub(crate) fn new_work(title: &str) -> CreateWork {
    CreateWork {
        title: title.into(),
        author: "宮沢賢治".into(),
        source_language: "ja".into(),
        target_language: "en".into(),
    }
}

pub(crate) fn new_chapter(text: &str) -> CreateChapter {
    CreateChapter {
        title: "一　午後の授業".into(), source_text: text.into(), ..CreateChapter::default()
    }
}

pub(crate) fn new_prompt(template: &str) -> CreatePrompt {
    CreatePrompt {
        name: "House style".into(),
        model: "demo".into(),
        template: template.into(),
        parameters: object(r#"{"temperature": 0.3}"#),
        note: "first".into(),
    }
}

pub(crate) fn next(template: &str, base_version: i32) -> AppendVersion {
    AppendVersion {
        model: "demo".into(),
        template: template.into(),
        parameters: JsonObject::new(),
        note: String::new(),
        name: None,
        base_version,
    }
}

impl Fresh {
    pub(crate) async fn work(&self) -> i64 {
        let txn = self.db.begin_write().await.expect("begins");
        let work = work::create_work(&txn, &new_work("銀河鉄道の夜")).await.expect("a work");
        txn.commit().await.expect("commits");
        work.id
    }

    pub(crate) async fn chapter(&self, work_id: i64, text: &str) -> i64 {
        let txn = self.db.begin_write().await.expect("begins");
        let chapter = chapter::create_chapter(&txn, work_id, &new_chapter(text)).await.expect("a chapter");
        txn.commit().await.expect("commits");
        chapter.id
    }

    pub(crate) async fn prompt(&self, work_id: i64) -> Prompt {
        let txn = self.db.begin_write().await.expect("begins");
        let new = new_prompt("{source_text}");
        let prompt =
            prompt::create_prompt(&txn, &author(), work_id, &new, &models()).await.expect("a prompt");
        txn.commit().await.expect("commits");
        prompt
    }

    pub(crate) async fn append(&self, work_id: i64, new: &AppendVersion) -> Result<PromptVersion> {
        loop {
            let draft = prompt::draft_version(&self.db, &author(), work_id, new, None, &models()).await?;
            match prompt::store_version(&self.db, &Actor::system("test"), draft).await {
                // The next draft says which version was sooner.
                Err(Error::BaseMoved) => {}
                stored => return stored,
            }
        }
    }

    /// A run of a chapter whose segments are its lines, claimed.
    pub(crate) async fn running(&self, work_id: i64, chapter_id: i64) -> Lease {
        let id = self.queued(work_id, chapter_id).await.expect("a run");
        let txn = self.db.begin_write().await.expect("begins");
        let claimed = run::claim_run(&txn, id, &claimant("test")).await.expect("claims");
        txn.commit().await.expect("commits");
        claimed.expect("nobody else").lease
    }

    pub(crate) async fn queued(&self, work_id: i64, chapter_id: i64) -> Result<i64> {
        let txn = self.db.begin_write().await?;
        let (run, _) = run::create_run(&txn, &author(), work_id, chapter_id, &models(), lines).await?;
        txn.commit().await?;
        Ok(run.id)
    }

    pub(crate) async fn start(&self, lease: &Lease, position: i32) -> Result<i64> {
        let txn = self.db.begin_write().await?;
        let start = run::start_attempt(&txn, lease, &new_attempt(position), LIMITS).await?;
        txn.commit().await?;
        match start {
            Start::Begun { attempt_id, .. } => Ok(attempt_id),
            Start::Wait(wait) => panic!("no turn for {wait:?}"),
        }
    }

    pub(crate) async fn finish(&self, lease: &Lease, attempt_id: i64, text: &str) -> Result<()> {
        let txn = self.db.begin_write().await?;
        run::finish_attempt(&txn, lease, attempt_id, &answer(text)).await?;
        txn.commit().await
    }
}

/// More than any test sends at once.
pub(crate) const LIMITS: Limits = Limits { max_concurrency: 1_000, requests_per_minute: None };

pub(crate) fn claimant(owner: &str) -> Claimant {
    let (lease, probe_every) = (Duration::from_secs(60), Duration::from_secs(300));
    Claimant { owner: owner.into(), lease, probe_every, busy: run::BusyProviders::default() }
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

pub(crate) fn new_attempt(position: i32) -> NewAttempt {
    NewAttempt {
        position,
        messages: vec![colophon_contract::Message {
            role: colophon_contract::MessageRole::User,
            content: "銀河".into(),
        }],
        preceding: vec![],
        prompt_version_id: None,
        instruction: None,
        author: None,
        parameter_names: std::collections::BTreeMap::new(),
        request_sha256: "0".repeat(64),
        provider: "demo".into(),
        model_requested: "demo".into(),
    }
}

pub(crate) fn answer(text: &str) -> run::Answer {
    run::Answer {
        text: text.into(),
        model_reported: Some("demo-1".into()),
        response_id: Some("r1".into()),
        finish_reason: Some("stop".into()),
        finish: Some(colophon_contract::Finish::Done),
        usage: Some(colophon_contract::Usage {
            prompt_tokens: 3,
            completion_tokens: 4,
            total_tokens: 7,
            ..Default::default()
        }),
        cost_nano_usd: Some(1_500),
        ..run::Answer::default()
    }
}

/// Commits what an expression in a transaction gives, and gives it.
#[macro_export]
macro_rules! write {
    ($fresh:expr, |$txn:ident| $body:expr) => {{
        let $txn = $fresh.db.begin_write().await.expect("begins");
        let result = $body;
        match &result {
            Ok(_) => $txn.commit().await.expect("commits"),
            Err(_) => $txn.rollback().await.expect("rolls back"),
        }
        result
    }};
}
