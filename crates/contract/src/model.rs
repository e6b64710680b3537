//! The model catalogue.

use serde::{Deserialize, Serialize};

/// An entry of the model catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Model {
    /// What a prompt version names.
    pub id: String,
    /// For people.
    pub name: String,
    /// Where it is served.
    pub provider: String,
    /// In tokens; `null` where the catalogue does not say.
    pub context_window: Option<u32>,
    /// The parameters that it takes.
    pub parameters: Vec<String>,
    /// Whether a run could start: the provider's key, if it takes one, is in the environment.
    pub available: bool,
    /// The environment variable to set, where its absence is what is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_env: Option<String>,
}
