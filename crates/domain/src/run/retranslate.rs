//! Creates retranslation requests for segments of ended runs.

use crate::{
    Error, Models, Result, Txn, actor, audit,
    db::statement,
    notice::{Notice, tell},
    prompt,
    run::{
        editable::lock_editable,
        read::segment::get,
        row::{event::find_head, retranslation::under, segment::about_segment},
    },
    stored::status_of,
    template, text, time,
};
use colophon_contract::{
    AuditAction, Author, FieldError, PromptVersion, RetranslateSegment, RetranslateVersion, Segment,
};
use sea_orm::ConnectionTrait;

/// Requests another translation of a segment of an ended run, under the run's own version or the latest. The
/// segment keeps its text until the new text is complete.
///
/// # Errors
/// The run, its work or chapter, or the segment is not found; `SegmentBlank`, `StaleBaseAttempt`,
/// `TranslationLegacy`, `ModelUnknown`; `TranslationInProgress` while the run is active or the segment has an
/// open retranslation; `ValidationFailed` for an instruction that the version's template does not use.
pub async fn create_retranslation(
    txn: &Txn,
    author: &Author,
    (run_id, position): (i64, i32),
    request: &RetranslateSegment,
    models: &Models,
) -> Result<Segment> {
    let instruction = request.instruction.as_deref().filter(|text| !text.trim().is_empty());
    text::refuse_nul(instruction.map(|text| ("/instruction", text)))?;
    let (run, segment) = lock_editable(txn, run_id, position, request.base_attempt_id).await?;
    let Some(own) = run.prompt_version_id else { return Err(Error::TranslationLegacy) };
    if !status_of(&run.status)?.is_ended() {
        return Err(Error::TranslationInProgress);
    }
    let mut version = prompt::get_by_id(txn.conn(), own).await?;
    if request.version == Some(RetranslateVersion::Latest) {
        version = prompt::get_latest(txn.conn(), version.prompt_id).await?;
    }
    let provider = models.get(&version.model)?.provider.as_str();
    if instruction.is_some() {
        require_place(&version)?;
    }
    let sql = "INSERT INTO retranslations (run_id, segment_id, prompt_version_id, provider, instruction,
            author_kind, author_id, author_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = [
        run_id.into(),
        segment.id.into(),
        version.id.into(),
        provider.into(),
        instruction.into(),
        actor::kind_as_str(author.kind).into(),
        author.id.into(),
        author.name.as_str().into(),
        time::now().into(),
    ];
    txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?;
    let entry = about_segment(txn, AuditAction::SegmentRetranslated, &segment).await?;
    let entry = entry.between(segment.current_attempt_id, None).at(find_head(txn, run_id)?);
    audit::record(txn, entry.saying(under(version.number))).await?;
    tell(txn, Notice::Queue).await?;
    get(txn.conn(), run_id, position).await
}

/// Refuses an instruction that the version's template would not send.
fn require_place(version: &PromptVersion) -> Result<()> {
    let used = template::check_template(&version.template, &version.parameters).variables_used;
    if used.iter().any(|name| name == "instruction") {
        return Ok(());
    }
    let detail =
        format!("version {} has no {{instruction}} in its template, so it would not be sent", version.number);
    Err(Error::ValidationFailed(vec![FieldError::at("/instruction", "instruction_unused", detail)]))
}
