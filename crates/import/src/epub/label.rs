//! What the label of an entry or a heading says that it is of.

use crate::headings::{self, Label, LabelUnit};

pub(super) use crate::headings::LabelUnit as Kind;

pub(super) fn kind(label: &str) -> Kind {
    headings::label(label).map_or(LabelUnit::Other, |label| label.unit)
}

/// What labels of one kind and look have in common: `第3話` and `第12話`, not `第3章`.
pub(super) fn form(label: &str) -> Option<Label> {
    headings::label(label)
}
