//! API tokens.

use super::{Error, Reply, client};
use colophon_contract::{ApiToken, CreateToken, CreatedToken, Page, url};

/// A page of tokens, newest first; at most `limit` of them.
pub fn list(cursor: Option<String>, limit: u32) -> Reply<Page<ApiToken>> {
    let parameters = [("cursor", cursor), ("limit", Some(limit.to_string()))];
    client::get(client::with_query(url::tokens(), &parameters))
}

/// Makes one; its secret is in this answer alone, so that the server can give none again for a key.
pub fn create(body: &CreateToken) -> Reply<CreatedToken> {
    client::post(url::tokens(), body, None)
}

/// Has it refused from now on.
pub async fn revoke(token_id: i64) -> Result<(), Error> {
    client::delete(url::token(token_id)).await
}
