//! Light, dark, or as the system has it.

use crate::ui::storage;
use leptos::prelude::*;

const STORED_AS: &str = "theme";

/// Which colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    System,
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

impl Theme {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As stored and as the `data-theme` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::System => "As the system",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text)
    }

    /// What was chosen last in this browser.
    pub fn stored() -> Self {
        storage::read(STORED_AS).and_then(|text| Self::find(&text)).unwrap_or(Self::System)
    }

    /// Shows the page in it and remembers it.
    pub fn apply(self) {
        storage::write(STORED_AS, self.as_str());
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", self.as_str());
        }
    }
}
