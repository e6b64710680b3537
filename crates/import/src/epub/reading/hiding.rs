//! Determines what the styles of a page hide, and which hidden text is read nevertheless: pop-up notes.

use super::{Frame, Reading};
use crate::epub::document::{Hidden, Manner};
use crate::epub::element;
use crate::epub::style::{Identity, LONGEST_SHEET, StyledElement};
use crate::epub::xml::Tag;

/// The reasons why an element is not read.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Hiding {
    /// Its kind has no text.
    pub(super) by_kind: bool,
    /// `display: none`, which also hides all children.
    is_gone: bool,
    /// `visibility: hidden`; children may be visible again.
    is_invisible: bool,
    /// Number of the outermost element that styles hide.
    number: usize,
}

impl Hiding {
    pub(super) fn is_hidden(self) -> bool {
        self.by_kind || self.by_style()
    }

    fn by_style(self) -> bool {
        self.is_gone || self.is_invisible
    }
}

/// The text of the open `<style>`.
pub(super) struct SheetText {
    text: String,
    media: Option<String>,
}

impl Reading {
    /// Adds style sheets that a page links to or contains.
    pub(super) fn open_sheet(&mut self, name: &str, tag: &Tag, manner: &Manner<'_>) {
        match name {
            "link" => self.styles.add_link(tag, manner.path, manner.sheets),
            "style" => {
                let media = tag.get("media").map(str::to_owned);
                self.sheet = Some(SheetText { text: String::new(), media });
            }
            _ => {}
        }
    }

    /// Adds text to the open style sheet; returns whether there is one.
    pub(super) fn push_text_of_sheet(&mut self, text: &str) -> bool {
        let Some(sheet) = &mut self.sheet else { return false };
        // A sheet that is too long hides nothing.
        if sheet.text.len() <= LONGEST_SHEET {
            sheet.text.push_str(text);
        }
        true
    }

    pub(super) fn close_sheet(&mut self, manner: &Manner<'_>) {
        if let Some(SheetText { text, media }) = self.sheet.take()
            && text.len() <= LONGEST_SHEET
        {
            self.styles.add_text(&text, media.as_deref(), manner.path, manner.sheets);
        }
    }

    /// Returns id and classes of an element, if any rule hides something.
    pub(super) fn identity(&self, tag: &Tag) -> Identity {
        if !self.styles.hides() {
            return Identity::default();
        }
        let value = |name: &str| tag.get(name).unwrap_or_default().into();
        Identity { id: value("id"), classes: value("class") }
    }

    pub(super) fn hiding(
        &mut self,
        name: &str,
        tag: &Tag,
        types: &[String],
        identity: &Identity,
        manner: &Manner<'_>,
    ) -> Hiding {
        let outer = self.frames.last().map(|frame| frame.hiding).unwrap_or_default();
        if outer.by_kind || element::is_hidden(name, types) {
            return Hiding { by_kind: true, ..outer };
        }
        let is_note = element::is_note(types) || element::is_note_list(types) || element::has_note_class(tag);
        if is_note || !manner.heeds_styles || manner.shown.contains(&self.opened) {
            return Hiding::default();
        }
        // A page is always read as a whole; readings depend on an option.
        if matches!(name, "html" | "body" | "br" | "hr" | "rb" | "rt" | "rtc") {
            return outer;
        }
        let own = StyledElement { name, identity };
        let around = self.frames.iter().map(Frame::styled);
        let look = self.styles.look(own, tag, around);
        let hiding = Hiding {
            by_kind: false,
            is_gone: outer.is_gone || look.is_gone,
            is_invisible: look.is_invisible.unwrap_or(outer.is_invisible),
            number: outer.number,
        };
        if outer.by_style() { hiding } else { Hiding { number: self.opened, ..hiding } }
    }

    /// Counts text that styles hide.
    pub(super) fn count_hidden(&mut self, text: &str) {
        let Some(frame) = self.frames.last().filter(|frame| !frame.hiding.by_kind) else { return };
        let chars = text.chars().filter(|c| c.is_alphanumeric()).count();
        if chars == 0 || !frame.hiding.by_style() {
            return;
        }
        if frame.heading == 0 {
            self.document.hidden.chars += chars;
        }
        if self.last_hidden != Some(frame.hiding.number) {
            self.last_hidden = Some(frame.hiding.number);
            self.document.hidden.passages += 1;
        }
    }

    /// Stores the id of an element that styles hide: it may be a pop-up note.
    pub(super) fn remember_hidden(&mut self, id: &str, frame: &Frame) {
        if frame.hiding.by_kind || !frame.hiding.by_style() || !self.document.hidden.has_room() {
            return;
        }
        let block = self.frames.iter().rev().find(|outer| outer.is_block && outer.hiding.by_style());
        let number = block.filter(|_| !frame.is_block).map_or(frame.number, |block| block.number);
        self.document.hidden.ids.entry(id.to_owned()).or_insert(number);
    }
}

impl Frame {
    fn styled(&self) -> StyledElement<'_> {
        StyledElement { name: &self.name, identity: &self.identity }
    }
}

impl Hidden {
    fn has_room(&self) -> bool {
        const MOST_IDS: usize = 10_000;
        self.ids.len() < MOST_IDS
    }
}
