//! Determines the unit that the label of an entry or heading names.

use crate::headings::{self, Label, LabelUnit};

pub(super) use crate::headings::LabelUnit as Kind;

pub(super) fn kind(label: &str) -> Kind {
    headings::label(label).map_or(LabelUnit::Other, |label| label.unit)
}

/// Returns what labels of one kind and form share: `第3話` and `第12話`, but not `第3章`.
pub(super) fn form(label: &str) -> Option<Label> {
    headings::label(label)
}
