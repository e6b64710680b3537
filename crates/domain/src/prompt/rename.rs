//! Changes a prompt's name.

use super::insert::get_locked;
use crate::{
    Error, Missing, Result, Txn,
    audit::{self, Entry},
    hot, text, time,
};
use colophon_contract::{AuditAction, Prompt, RenamePrompt, SubjectKind};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

/// Changes the name; creates no version.
///
/// # Errors
/// The work or its prompt is not found.
pub async fn rename_prompt(txn: &Txn, work_id: i64, change: &RenamePrompt) -> Result<Prompt> {
    let row = get_locked(txn, work_id).await?;
    text::refuse_nul([("/name", &*change.name)])?;
    if row.name != change.name {
        let mut row = row.into_active_model();
        row.name = Set(change.name.clone());
        row.updated_at = Set(time::now());
        let row = row.update(txn.conn()).await?;
        let entry = Entry::new(AuditAction::PromptRenamed, SubjectKind::Prompt, row.id);
        audit::record(txn, entry.in_work(work_id).named(row.name)).await?;
    }
    let prompt = hot::find(txn.conn(), work_id).await?;
    prompt.ok_or(Error::NotFound(Missing::Prompt))
}
