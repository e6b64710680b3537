//! A provider's answer, and the columns in which an attempt stores it.

use crate::{
    Error, Result, entity::attempt as attempts, hash::sha256, run::row::content::restore, text, time,
};
use colophon_contract::{Finish, Removed, Usage};
use sea_orm::{ActiveValue::Set, IntoActiveModel};

/// Maximum length of a stored provider message, in code points.
pub const PROVIDER_MESSAGE_MAX: usize = 2_000;

/// A provider's answer; values that the provider did not report are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The text: complete on success, the part received on failure. U+0000 becomes U+FFFD.
    pub text: String,
    /// Text removed from the answer's content, with offsets in `text`; free of U+0000.
    pub removed: Vec<Removed>,
    /// SHA-256, hexadecimal, of the content as received. If `None`, it is computed from `text` with `removed`
    /// put back.
    pub content_sha256: Option<String>,
    /// Reasoning that the provider sent in a separate field.
    pub reasoning: Option<Reasoning>,
    /// The model reported by the provider.
    pub model_reported: Option<String>,
    /// The provider's id for the answer.
    pub response_id: Option<String>,
    /// Why the answer ended, in the provider's own word.
    pub finish_reason: Option<String>,
    /// The class of `finish_reason`.
    pub finish: Option<Finish>,
    /// The provider's message about a failure, redacted. Only the first [`PROVIDER_MESSAGE_MAX`] code points
    /// are stored.
    pub provider_message: Option<String>,
    /// Tokens, if the provider counted them.
    pub usage: Option<Usage>,
    /// Cost in nano-dollars, if prices and token counts are known.
    pub cost_nano_usd: Option<i64>,
    /// Cost reported by the provider, in nano-dollars.
    pub reported_cost_nano_usd: Option<i64>,
}

/// Reasoning that the provider sent in a separate field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasoning {
    /// The stored part: at most 256 KiB, free of U+0000.
    pub text: String,
    /// Length of the complete reasoning, in bytes of UTF-8.
    pub bytes: i64,
    /// SHA-256, hexadecimal, of the complete reasoning.
    pub sha256: String,
}

/// Returns the SHA-256, hexadecimal, of the content as received.
pub(crate) fn content_sha256(answer: &Answer) -> Result<String> {
    if let Some(sha256) = &answer.content_sha256 {
        return Ok(sha256.clone());
    }
    let text = text::replace_nul(&answer.text);
    let content = restore(&text, &answer.removed);
    let content = content.ok_or_else(|| Error::internal("removed characters that fit nowhere"))?;
    Ok(sha256(content))
}

/// Sets the columns that every ended attempt stores of its answer. The caller sets text and status.
pub(crate) fn ended(attempt: attempts::Model, answer: &Answer) -> Result<attempts::ActiveModel> {
    let clean = |text: &Option<String>| text.as_deref().map(|text| text::replace_nul(text).into_owned());
    let mut row = attempt.into_active_model();
    row.removed = Set(removed_json(&answer.removed)?);
    let reasoning = answer.reasoning.as_ref();
    row.reasoning = Set(reasoning.map(|reasoning| reasoning.text.clone()));
    row.reasoning_bytes = Set(reasoning.map(|reasoning| reasoning.bytes));
    row.reasoning_sha256 = Set(reasoning.map(|reasoning| reasoning.sha256.clone()));
    row.model_reported = Set(clean(&answer.model_reported));
    row.response_id = Set(clean(&answer.response_id));
    row.finish_reason = Set(clean(&answer.finish_reason));
    row.finish = Set(answer.finish.map(|finish| finish.as_str().to_owned()));
    let message = clean(&answer.provider_message);
    row.provider_message = Set(message.map(|message| message.chars().take(PROVIDER_MESSAGE_MAX).collect()));
    row.prompt_tokens = Set(answer.usage.map(|usage| usage.prompt_tokens));
    row.completion_tokens = Set(answer.usage.map(|usage| usage.completion_tokens));
    row.total_tokens = Set(answer.usage.map(|usage| usage.total_tokens));
    row.cached_tokens = Set(answer.usage.and_then(|usage| usage.cached_tokens));
    row.reasoning_tokens = Set(answer.usage.and_then(|usage| usage.reasoning_tokens));
    row.cost_nano_usd = Set(answer.cost_nano_usd);
    row.reported_cost_nano_usd = Set(answer.reported_cost_nano_usd);
    row.finished_at = Set(Some(time::now()));
    Ok(row)
}

/// Returns the part of the answer that an attempt under way has stored, for an attempt that ends before its
/// answer.
pub(crate) fn kept_so_far(attempt: &attempts::Model) -> Result<Answer> {
    let removed = attempt.removed.clone().map(serde_json::from_value).transpose();
    Ok(Answer {
        text: attempt.text.clone().unwrap_or_default(),
        removed: removed
            .map_err(|e| Error::internal(format!("removed characters: {e}")))?
            .unwrap_or_default(),
        ..Answer::default()
    })
}

/// Returns the JSON of removed text, or `None` (NULL) if nothing was removed.
pub(crate) fn removed_json(removed: &[Removed]) -> Result<Option<serde_json::Value>> {
    if removed.is_empty() {
        return Ok(None);
    }
    serde_json::to_value(removed).map(Some).map_err(|e| Error::internal(format!("removed characters: {e}")))
}
