//! Times on the wire.

use serde::{Deserialize, Serialize};

/// A time in UTC: RFC 3339 with exactly six decimals and `Z`, as in `2026-11-22T15:43:48.000001Z`. Texts of
/// this form sort in order of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime, example = "2026-11-22T15:43:48.000001Z"))]
#[serde(transparent)]
pub struct Timestamp(pub String);
