//! Compares an event with the row that it describes.

use crate::verify::{
    mismatch::{Checked, shown, stop},
    run::record::Record,
};
use colophon_contract::{MismatchCode, MismatchPlace};

/// An event about an attempt, or about the run if `attempt_id` is 0.
pub(super) struct Teller<'a> {
    pub(super) record: &'a Record,
    pub(super) place: MismatchPlace,
    pub(super) position: i32,
    pub(super) attempt_id: i64,
}

impl<'a> Teller<'a> {
    pub(super) fn new(place: &MismatchPlace, record: &'a Record, position: i32, attempt_id: i64) -> Self {
        let mut place = place.clone();
        if attempt_id > 0 {
            place.position = Some(position.into());
            place.attempt_id = Some(attempt_id);
        }
        Self { record, place, position, attempt_id }
    }

    pub(super) fn same(&self, what: &str, told: &str, stored: &str) -> Checked<()> {
        if told == stored { Ok(()) } else { self.contradicts(what, told, stored) }
    }

    pub(super) fn contradicts<T>(&self, what: &str, told: &str, stored: &str) -> Checked<T> {
        let detail = format!("A stored event tells another {what} than the row has.");
        let (expected, found) = (Some(shown(told)), Some(shown(stored)));
        stop(MismatchCode::EventContradicts, &self.place, expected, found, detail)
    }
}
