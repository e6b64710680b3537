//! API tokens.

use super::{Error, client};
use crate::route::with_query;
use colophon_contract::{ApiToken, CreateToken, CreatedToken, Page, url};

/// A page of tokens, newest first; at most `limit` of them.
pub async fn list(cursor: Option<String>, limit: u32) -> Result<Page<ApiToken>, Error> {
    let parameters = [("cursor", cursor), ("limit", Some(limit.to_string()))];
    client::get(with_query(url::tokens(), &parameters)).await
}

/// Makes one; its secret is in this answer alone, so that the server can give none again for a key.
pub async fn create(body: &CreateToken) -> Result<CreatedToken, Error> {
    client::post(url::tokens(), body, None).await
}

/// Has it refused from now on.
pub async fn revoke(token_id: i64) -> Result<(), Error> {
    client::delete(url::token(token_id)).await
}
