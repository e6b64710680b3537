//! What this crate needs to know of the model catalogue: plain data, made by the caller.

use std::collections::HashMap;

/// An entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// What a prompt version names.
    pub id: String,
    /// The name of the provider that serves it.
    pub provider: String,
    /// The names of the parameters that it takes.
    pub parameters: Vec<String>,
}

/// The models that a version may name, by id.
#[derive(Debug, Clone, Default)]
pub struct Models(HashMap<String, ModelEntry>);

impl Models {
    /// Those of a catalogue.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = ModelEntry>) -> Self {
        Self(entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect())
    }

    /// The entry of an id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&ModelEntry> {
        self.0.get(id)
    }

    /// The entry of an id.
    ///
    /// # Errors
    /// [`crate::Error::ModelUnknown`].
    pub fn get(&self, id: &str) -> crate::Result<&ModelEntry> {
        self.find(id).ok_or_else(|| crate::Error::ModelUnknown { model: id.to_owned() })
    }
}
