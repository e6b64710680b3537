//! Importing files.

use crate::{Warning, Work};
use serde::{Deserialize, Serialize};

/// A work made from a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportedWork {
    /// The work.
    pub work: Work,
    /// How many chapters it has.
    pub chapter_count: i64,
    /// What was left out or is worth a look.
    pub warnings: Vec<Warning>,
}
