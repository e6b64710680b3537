//! The model catalogue.

use serde::{Deserialize, Serialize};

/// An entry of the model catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Model {
    /// The id that prompt versions refer to.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The provider that serves the model.
    pub provider: String,
    /// Context window in tokens; `null` if the catalogue does not state it.
    pub context_window: Option<u32>,
    /// The parameters that the model accepts.
    pub parameters: Vec<String>,
    /// Whether a run can start: the provider takes no key, or its key is in the environment.
    pub available: bool,
    /// The environment variable to set, if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_env: Option<String>,
}
