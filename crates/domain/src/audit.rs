//! The audit log: who did what, when and from where. The functions that make a change write its entry in the
//! same transaction, so that neither exists without the other. The database rejects changes of entries.

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

/// An entry without actor and time, which come from the transaction.
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
    /// Returns an entry about `action` on a subject.
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

    /// Sets the work that the subject belongs to.
    pub(crate) fn in_work(mut self, work_id: i64) -> Self {
        self.work_id = Some(work_id);
        self
    }

    /// Sets the name of the subject.
    pub(crate) fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the ids before and after the change.
    pub(crate) fn between(mut self, before: Option<i64>, after: Option<i64>) -> Self {
        (self.before_id, self.after_id) = (before, after);
        self
    }

    /// Sets the end of the chain of the run that the entry is about; `None` for a run without a chain.
    pub(crate) fn at(mut self, head: Option<Head>) -> Self {
        self.chain = head;
        self
    }

    /// Sets a detail.
    pub(crate) fn saying(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// Writes an entry with the actor of the transaction.
pub(crate) async fn record(txn: &Txn, entry: Entry) -> Result<()> {
    let actor = txn.by();
    insert(txn, Some(&actor.author), &actor.from, entry).await
}

/// Writes an entry with another author: a user who is being signed in.
pub(crate) async fn record_as(txn: &Txn, author: &Author, entry: Entry) -> Result<()> {
    insert(txn, Some(author), &txn.by().from, entry).await
}

/// Records a refused sign-in or one-time link. `user` is the user it was for, if there is one; `by` is the
/// author, if the client was signed in. The typed name is not kept, because it may be a password in the wrong
/// field.
///
/// # Errors
/// Returns database errors only.
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

/// Selects entries that match all given conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The kind of the actor.
    pub actor_kind: Option<AuthorKind>,
    /// The user or token that acted.
    pub actor: Option<(AuthorKind, i64)>,
    /// The action.
    pub action: Option<AuditAction>,
    /// The work.
    pub work_id: Option<i64>,
    /// The earliest time, inclusive.
    pub from: Option<DateTime<Utc>>,
    /// The latest time, exclusive.
    pub to: Option<DateTime<Utc>>,
}

impl AuditFilter {
    /// Returns a text that differs between different filters.
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

/// Returns entries, newest first.
///
/// # Errors
/// `CursorInvalid`.
pub async fn list_audit(db: &Db, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEntry>> {
    let mut find = entity::Entity::find().filter(filter.condition());
    // A cursor is only valid for the filter that it was made with.
    let list = format!("audit {}", filter.fingerprint());
    if let Some(after) = page.after(&list)? {
        find = find.filter(entity::Column::Id.lt(after));
    }
    let limit = u64::try_from(page.rows()).unwrap_or(u64::MAX);
    let rows = find.order_by_desc(entity::Column::Id).limit(limit).all(db.read()).await?;
    let items = rows.into_iter().map(audit_entry).collect();
    Ok(page.page(&list, items, |entry| entry.id))
}

/// Actions and kinds are returned as stored: a newer version may have written values that this version does
/// not know.
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
