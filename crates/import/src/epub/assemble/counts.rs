//! Counts of what was left out or changed.

use crate::epub::document::Document;
use crate::warning::{Warning, WarningCode};

/// Counts of one walk along the reading order.
#[derive(Default)]
pub(super) struct Counts {
    /// Number of parts of files used.
    pub(super) pieces: usize,
    pub(super) ruby: usize,
    pub(super) pictures: usize,
    pub(super) characters: usize,
    pub(super) picture_pages: usize,
}

impl Counts {
    pub(super) fn add(&mut self, document: &Document) {
        self.ruby += document.ruby;
        self.pictures += document.pictures.len();
        self.characters += document.characters;
    }
}

impl Counts {
    pub(super) fn say(&self, remarks: &mut Vec<Warning>) {
        let mut say = |code, count: usize, detail: String| {
            if count > 0 {
                remarks.push(Warning::new(code, detail).counting(count));
            }
        };
        let (ruby, pictures, characters, pages) =
            (self.ruby, self.pictures, self.characters, self.picture_pages);
        say(
            WarningCode::RubyRemoved,
            ruby,
            format!("{ruby} readings (ruby) were left out; their base text stays."),
        );
        say(
            WarningCode::PicturesAsText,
            characters,
            format!("{characters} pictures of characters became text: the character, its reading, or 〓."),
        );
        say(
            WarningCode::PicturesLeftOut,
            pictures,
            format!(
                "{pictures} pictures were left out; their places are marked by ［図］ or the words for them."
            ),
        );
        say(
            WarningCode::PicturePagesSkipped,
            pages,
            format!("{pages} pages have nothing but pictures and are no chapters."),
        );
    }
}
