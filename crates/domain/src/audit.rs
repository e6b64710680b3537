//! The audit log: who did what, when, from where. The functions that do it write its entry in the transaction of
//! the change, so that neither is there without the other; the database keeps it as it is.

use crate::{
    Db, Origin, PageRequest, Result, Txn,
    actor::{author_of, kind_as_str},
    chain::Head,
    entity::audit_entry as entity,
    secret,
    time::{self, timestamp},
};
use chrono::{DateTime, Utc};
use colophon_contract::{AuditAction, AuditEntry, AuditSubject, Author, AuthorKind, Page, SubjectKind};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Condition,
};

/// What is written down, apart from who and when, which the transaction knows.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    action: AuditAction,
    work_id: Option<i64>,
    kind: SubjectKind,
    id: Option<i64>,
    name: Option<String>,
    before_id: Option<i64>,
    after_id: Option<i64>,
    detail: Option<String>,
    chain: Option<Head>,
}

impl Entry {
    /// `action` on one thing.
    pub(crate) fn new(action: AuditAction, kind: SubjectKind, id: impl Into<Option<i64>>) -> Self {
        let id = id.into();
        Self {
            action,
            work_id: None,
            kind,
            id,
            name: None,
            before_id: None,
            after_id: None,
            detail: None,
            chain: None,
        }
    }

    /// That belongs to a work.
    pub(crate) fn in_work(mut self, work_id: i64) -> Self {
        self.work_id = Some(work_id);
        self
    }

    /// That has a name.
    pub(crate) fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What there was before and what there is since.
    pub(crate) fn between(mut self, before: Option<i64>, after: Option<i64>) -> Self {
        (self.before_id, self.after_id) = (before, after);
        self
    }

    /// With the end of the chain of the run that it is about; `None` for a run without a chain.
    pub(crate) fn at(mut self, head: Option<Head>) -> Self {
        self.chain = head;
        self
    }

    /// With something worth knowing.
    pub(crate) fn saying(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// Writes an entry by whom the transaction is.
pub(crate) async fn record(txn: &Txn, entry: Entry) -> Result<()> {
    let actor = txn.by();
    insert(txn, Some(&actor.author), &actor.from, entry).await
}

/// The same, by somebody who is only let in now.
pub(crate) async fn record_as(txn: &Txn, author: &Author, entry: Entry) -> Result<()> {
    insert(txn, Some(author), &txn.by().from, entry).await
}

/// Writes that a sign-in, or a one-time link, was refused, and whom it was for, where there is such a user; `by` whom,
/// where somebody signed in tried. The name that was typed is not kept: it may be a password in the wrong field.
///
/// # Errors
/// Of the database only.
pub async fn record_failed_sign_in(
    txn: &Txn,
    from: &Origin,
    by: Option<&Author>,
    user: Option<(i64, &str)>,
    detail: &str,
) -> Result<()> {
    let entry =
        Entry::new(AuditAction::SignInFailed, SubjectKind::User, user.map(|(id, _)| id)).saying(detail);
    let entry = match user {
        Some((_, name)) => entry.named(name),
        None => entry,
    };
    insert(txn, by, from, entry).await
}

async fn insert(txn: &Txn, author: Option<&Author>, from: &Origin, entry: Entry) -> Result<()> {
    let row = entity::ActiveModel {
        at: Set(time::now()),
        actor_kind: Set(author.map(|author| kind_as_str(author.kind).to_owned())),
        actor_id: Set(author.and_then(|author| author.id)),
        actor_name: Set(author.map(|author| author.name.clone())),
        address: Set(from.address.clone()),
        request_id: Set(from.request_id.clone()),
        action: Set(entry.action.as_str().to_owned()),
        work_id: Set(entry.work_id),
        subject_kind: Set(entry.kind.as_str().to_owned()),
        subject_id: Set(entry.id),
        subject_name: Set(entry.name),
        before_id: Set(entry.before_id),
        after_id: Set(entry.after_id),
        detail: Set(entry.detail),
        chain_length: Set(entry.chain.as_ref().map(|head| head.length)),
        chain_hash: Set(entry.chain.map(|head| head.hash)),
        ..Default::default()
    };
    entity::Entity::insert(row).exec_without_returning(txn.conn()).await?;
    Ok(())
}

/// Which entries are asked for: those that fit all that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By one of this kind.
    pub actor_kind: Option<AuthorKind>,
    /// By this user or token.
    pub actor: Option<(AuthorKind, i64)>,
    /// Of this kind.
    pub action: Option<AuditAction>,
    /// Of this work.
    pub work_id: Option<i64>,
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub to: Option<DateTime<Utc>>,
}

impl AuditFilter {
    /// What tells filters apart.
    fn fingerprint(&self) -> String {
        let Self { actor_kind, actor, action, work_id, from, to } = self;
        let actor = actor.map(|(kind, id)| (kind_as_str(kind), id));
        let (kind, action) = (actor_kind.map(kind_as_str), action.map(AuditAction::as_str));
        let parts = format!("{kind:?} {actor:?} {action:?} {work_id:?} {from:?} {to:?}");
        secret::sha256(&parts).chars().take(16).collect()
    }

    fn condition(&self) -> Condition {
        use entity::Column as C;
        Condition::all()
            .add_option(self.actor_kind.map(|kind| C::ActorKind.eq(kind_as_str(kind))))
            .add_option(self.actor.map(|(kind, id)| {
                Condition::all().add(C::ActorKind.eq(kind_as_str(kind))).add(C::ActorId.eq(id))
            }))
            .add_option(self.action.map(|action| C::Action.eq(action.as_str())))
            .add_option(self.work_id.map(|work_id| C::WorkId.eq(work_id)))
            .add_option(self.from.map(|from| C::At.gte(from)))
            .add_option(self.to.map(|to| C::At.lt(to)))
    }
}

/// Entries, newest first.
///
/// # Errors
/// `CursorInvalid`.
pub async fn list_audit(db: &Db, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEntry>> {
    let mut find = entity::Entity::find().filter(filter.condition());
    // A cursor says where one was among the entries of its filter, and nothing among others.
    let list = format!("audit {}", filter.fingerprint());
    if let Some(after) = page.after(&list)? {
        find = find.filter(entity::Column::Id.lt(after));
    }
    let limit = u64::try_from(page.rows()).unwrap_or(u64::MAX);
    let rows = find.order_by_desc(entity::Column::Id).limit(limit).all(db.read()).await?;
    let items = rows.into_iter().map(audit_entry).collect();
    Ok(page.page(&list, items, |entry| entry.id))
}

/// Actions and kinds are kept as they are: a newer version may have written some that this one does not know.
fn audit_entry(row: entity::Model) -> AuditEntry {
    AuditEntry {
        id: row.id,
        at: timestamp(row.at),
        actor: row.actor_kind.zip(row.actor_name).map(|(kind, name)| author_of(&kind, row.actor_id, name)),
        address: row.address,
        request_id: row.request_id,
        action: row.action,
        work_id: row.work_id,
        subject: AuditSubject { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
        before_id: row.before_id,
        after_id: row.after_id,
        detail: row.detail,
    }
}
