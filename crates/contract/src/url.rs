//! The API's addresses, built in one place.

/// The path prefix of the API.
pub const BASE: &str = "/api/v1";

/// `/works`
#[must_use]
pub fn works() -> String {
    format!("{BASE}/works")
}

/// `/works/import`
#[must_use]
pub fn import() -> String {
    format!("{BASE}/works/import")
}

/// `/works/import?dry_run=true`
#[must_use]
pub fn import_dry_run() -> String {
    format!("{BASE}/works/import?dry_run=true")
}

/// `/works/{work_id}`
#[must_use]
pub fn work(work_id: i64) -> String {
    format!("{BASE}/works/{work_id}")
}

/// `/works/{work_id}/chapters`
#[must_use]
pub fn chapters(work_id: i64) -> String {
    format!("{BASE}/works/{work_id}/chapters")
}

/// `/works/{work_id}/chapters/{chapter_id}`
#[must_use]
pub fn chapter(work_id: i64, chapter_id: i64) -> String {
    format!("{BASE}/works/{work_id}/chapters/{chapter_id}")
}

/// `/works/{work_id}/prompt`
#[must_use]
pub fn prompt(work_id: i64) -> String {
    format!("{BASE}/works/{work_id}/prompt")
}

/// `/works/{work_id}/prompt/versions`
#[must_use]
pub fn versions(work_id: i64) -> String {
    format!("{BASE}/works/{work_id}/prompt/versions")
}

/// `/works/{work_id}/prompt/versions/{number}`
#[must_use]
pub fn version(work_id: i64, number: i32) -> String {
    format!("{BASE}/works/{work_id}/prompt/versions/{number}")
}

/// `/works/{work_id}/prompt/versions/{number}/restore`
#[must_use]
pub fn restore(work_id: i64, number: i32) -> String {
    format!("{BASE}/works/{work_id}/prompt/versions/{number}/restore")
}

/// `/works/{work_id}/prompt/diff?from=…&to=…`
#[must_use]
pub fn diff(work_id: i64, from: i32, to: i32) -> String {
    format!("{BASE}/works/{work_id}/prompt/diff?from={from}&to={to}")
}

/// `/works/{work_id}/prompt/verify`
#[must_use]
pub fn prompt_verification(work_id: i64) -> String {
    format!("{BASE}/works/{work_id}/prompt/verify")
}

/// `/works/{work_id}/prompt/preview`
#[must_use]
pub fn preview(work_id: i64) -> String {
    format!("{BASE}/works/{work_id}/prompt/preview")
}

/// `/templates/check`
#[must_use]
pub fn template_check() -> String {
    format!("{BASE}/templates/check")
}

/// `/templates/variables`
#[must_use]
pub fn template_variables() -> String {
    format!("{BASE}/templates/variables")
}

/// `/models`
#[must_use]
pub fn models() -> String {
    format!("{BASE}/models")
}

/// `/works/{work_id}/chapters/{chapter_id}/translations`
#[must_use]
pub fn translations(work_id: i64, chapter_id: i64) -> String {
    format!("{BASE}/works/{work_id}/chapters/{chapter_id}/translations")
}

/// `/translations/{id}`
#[must_use]
pub fn translation(id: i64) -> String {
    format!("{BASE}/translations/{id}")
}

/// `/translations/{id}/verify`
#[must_use]
pub fn translation_verification(id: i64) -> String {
    format!("{BASE}/translations/{id}/verify")
}

/// `/translations/{id}/segments`
#[must_use]
pub fn segments(id: i64) -> String {
    format!("{BASE}/translations/{id}/segments")
}

/// `/translations/{id}/segments/{position}`
#[must_use]
pub fn segment(id: i64, position: i32) -> String {
    format!("{BASE}/translations/{id}/segments/{position}")
}

/// `/translations/{id}/segments/{position}/retranslate`
#[must_use]
pub fn retranslate(id: i64, position: i32) -> String {
    format!("{BASE}/translations/{id}/segments/{position}/retranslate")
}

/// `/translations/{id}/segments/{position}/attempts`
#[must_use]
pub fn attempts(id: i64, position: i32) -> String {
    format!("{BASE}/translations/{id}/segments/{position}/attempts")
}

/// `/translations/{id}/segments/{position}/attempts/{attempt_id}/removed`
#[must_use]
pub fn attempt_removed(id: i64, position: i32, attempt_id: i64) -> String {
    format!("{BASE}/translations/{id}/segments/{position}/attempts/{attempt_id}/removed")
}

/// `/translations/{id}/segments/{position}/attempts/{attempt_id}/messages`
#[must_use]
pub fn attempt_messages(id: i64, position: i32, attempt_id: i64) -> String {
    format!("{BASE}/translations/{id}/segments/{position}/attempts/{attempt_id}/messages")
}

/// `/translations/{id}/segments/{position}/attempts/{attempt_id}/reasoning`
#[must_use]
pub fn attempt_reasoning(id: i64, position: i32, attempt_id: i64) -> String {
    format!("{BASE}/translations/{id}/segments/{position}/attempts/{attempt_id}/reasoning")
}

/// `/translations/{id}/segments/{position}/attempts/{attempt_id}/restore`
#[must_use]
pub fn restore_attempt(id: i64, position: i32, attempt_id: i64) -> String {
    format!("{BASE}/translations/{id}/segments/{position}/attempts/{attempt_id}/restore")
}

/// `/translations/{id}/events`
#[must_use]
pub fn events(id: i64) -> String {
    format!("{BASE}/translations/{id}/events")
}

/// `/works/{work_id}/events`
#[must_use]
pub fn work_events(work_id: i64) -> String {
    format!("{BASE}/works/{work_id}/events")
}

/// `/translations/{id}/cancel`
#[must_use]
pub fn cancel(id: i64) -> String {
    format!("{BASE}/translations/{id}/cancel")
}

/// `/translations/{id}/resume`
#[must_use]
pub fn resume(id: i64) -> String {
    format!("{BASE}/translations/{id}/resume")
}

/// `/providers`
#[must_use]
pub fn providers() -> String {
    format!("{BASE}/providers")
}

/// `/providers/{name}/resume`. Names contain only characters that need no escaping.
#[must_use]
pub fn resume_provider(name: &str) -> String {
    format!("{BASE}/providers/{name}/resume")
}

/// `/session`
#[must_use]
pub fn session() -> String {
    format!("{BASE}/session")
}

/// `/setup`
#[must_use]
pub fn setup() -> String {
    format!("{BASE}/setup")
}

/// `/password`
#[must_use]
pub fn password() -> String {
    format!("{BASE}/password")
}

/// `/session/password`
#[must_use]
pub fn own_password() -> String {
    format!("{BASE}/session/password")
}

/// `/users`
#[must_use]
pub fn users() -> String {
    format!("{BASE}/users")
}

/// `/users/{user_id}`
#[must_use]
pub fn user(user_id: i64) -> String {
    format!("{BASE}/users/{user_id}")
}

/// `/users/{user_id}/link`
#[must_use]
pub fn user_link(user_id: i64) -> String {
    format!("{BASE}/users/{user_id}/link")
}

/// `/tokens`
#[must_use]
pub fn tokens() -> String {
    format!("{BASE}/tokens")
}

/// `/tokens/{token_id}`
#[must_use]
pub fn token(token_id: i64) -> String {
    format!("{BASE}/tokens/{token_id}")
}

/// `/audit`
#[must_use]
pub fn audit() -> String {
    format!("{BASE}/audit")
}

/// `/audit/export`
#[must_use]
pub fn audit_export() -> String {
    format!("{BASE}/audit/export")
}
