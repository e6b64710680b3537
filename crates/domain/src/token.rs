//! API tokens: `clp_` and 256 random bits. The database holds their SHA-256.

use crate::{Actor, Db, Result, Txn, unfinished};
use colophon_contract::Role;

/// What a token that was found allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUse {
    /// Who it stands for.
    pub actor: Actor,
    /// The token's id.
    pub token_id: i64,
    /// Whether its last use is a minute or more ago, so that [`touch_token`] is due.
    pub touch_due: bool,
}

/// Makes a token and answers with it: it is nowhere else.
///
/// # Errors
/// `ValidationFailed` for a name that is blank, too long or has control characters.
pub async fn create_token(txn: &Txn, name: &str, role: Role) -> Result<String> {
    let _ = (txn, name, role);
    unfinished()
}

/// Who a token stands for, in one statement; `None` where it is not known, revoked or expired.
///
/// # Errors
/// Of the database only.
pub async fn find_token(db: &Db, token: &str) -> Result<Option<TokenUse>> {
    let _ = (db, token);
    unfinished()
}

/// Notes that a token is used. Not in the way of a request: call it beside.
///
/// # Errors
/// Of the database only.
pub async fn touch_token(db: &Db, token_id: i64) -> Result<()> {
    let _ = (db, token_id);
    unfinished()
}
