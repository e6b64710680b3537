//! API tokens.

use super::{Error, client};
use crate::route::with_query;
use colophon_contract::{ApiToken, CreateToken, CreatedToken, Page, url};

/// Returns a page of at most `limit` tokens, newest first.
pub async fn list(cursor: Option<String>, limit: u32) -> Result<Page<ApiToken>, Error> {
    let parameters = [("cursor", cursor), ("limit", Some(limit.to_string()))];
    client::get(with_query(url::tokens(), &parameters)).await
}

/// Creates a token. Only this reply has the secret, so the server cannot repeat it for an idempotency key.
pub async fn create(body: &CreateToken) -> Result<CreatedToken, Error> {
    client::post(url::tokens(), body, None).await
}

/// Revokes a token at once.
pub async fn revoke(token_id: i64) -> Result<(), Error> {
    client::delete(url::token(token_id)).await
}
