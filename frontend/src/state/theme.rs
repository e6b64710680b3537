//! The theme: light, dark, or the system's.

use crate::ui::storage;
use leptos::prelude::*;

const STORED_AS: &str = "theme";

/// The colours that the person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// The system's setting.
    System,
    /// Dark text on a light background.
    Light,
    /// Light text on a dark background.
    Dark,
}

impl Theme {
    /// All themes in the order of the menu.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Returns the stored name, which is also the `data-theme` attribute.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Returns the name for people.
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

    /// Returns the theme that was last chosen in this browser.
    pub fn stored() -> Self {
        storage::read(STORED_AS).and_then(|text| Self::find(&text)).unwrap_or(Self::System)
    }

    /// Applies the theme to the page and stores it.
    pub fn apply(self) {
        storage::write(STORED_AS, self.as_str());
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", self.as_str());
        }
    }
}
