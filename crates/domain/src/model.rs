//! The part of the model catalogue that this crate needs: plain data, built by the caller.

use std::collections::HashMap;

/// A model of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelEntry {
    /// The id that prompt versions refer to.
    pub id: String,
    /// The name of the model's provider.
    pub provider: String,
    /// The names of the parameters that the model accepts.
    pub parameters: Vec<String>,
}

/// The models that a version may name, by id.
#[derive(Debug, Clone, Default)]
pub struct Models(HashMap<String, ModelEntry>);

impl Models {
    /// Creates the map from the entries of a catalogue.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = ModelEntry>) -> Self {
        Self(entries.into_iter().map(|entry| (entry.id.clone(), entry)).collect())
    }

    /// Returns the model with an id, if any.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&ModelEntry> {
        self.0.get(id)
    }

    /// Returns the model with an id.
    ///
    /// # Errors
    /// [`crate::Error::ModelUnknown`].
    pub fn get(&self, id: &str) -> crate::Result<&ModelEntry> {
        self.find(id).ok_or_else(|| crate::Error::ModelUnknown { model: id.to_owned() })
    }
}
