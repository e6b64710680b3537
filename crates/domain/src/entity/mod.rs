//! The tables as sea-orm sees them. Never on the wire: what crosses it is made beside each query.

pub(crate) mod api_token;
pub(crate) mod chapter;
pub(crate) mod idempotency_key;
pub(crate) mod prompt;
pub(crate) mod session;
pub(crate) mod user;
pub(crate) mod work;
