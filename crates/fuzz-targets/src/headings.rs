//! Texts with headings of every form.

use std::io::Cursor;

use colophon_import::{Book, Chapter, Limits, Options, Ruby, Split};

use crate::file::check_imported;

const SPLITS: &[(&str, Option<&str>)] =
    &[("auto", None), ("headings", None), ("none", None), ("pattern", Some(r"^\P{L}*[第C]"))];

/// Warnings that say what was left out of the text, or put otherwise.
const LEFT_OUT: &[&str] = &[
    "ruby_removed",
    "emphasis_removed",
    "annotations_removed",
    "characters_unmapped",
    "notation_notes_skipped",
    "colophon_skipped",
    "contents_skipped",
    "page_furniture_removed",
    "chapter_without_text",
    "title_shortened",
];

/// The first byte chooses the options; what remains is a text.
///
/// Where no warning says what was left out, every line of it is in the book: in a title, in a volume's name or in a
/// chapter's text.
pub fn check_headings(data: &[u8]) {
    let Some((choice, text)) = data.split_first() else { return };
    let Ok(text) = str::from_utf8(text) else { return };
    let (split, pattern) = SPLITS[usize::from(choice & 3)];
    let split = Split::from_parts(split, pattern).expect("an option that there is");
    let keep = choice & 4 != 0;
    let options = Options {
        encoding: Some("utf-8".parse().expect("an encoding that there is")),
        ruby: if keep { Ruby::Keep } else { Ruby::Drop },
        split,
        ..Options::default()
    };
    let limits = Limits::default();
    let imported = colophon_import::import(Some("a.txt"), Cursor::new(text), &options, &limits);
    check_imported(&imported, &limits);
    if let Ok(book) = imported
        && !keep
        && !book.warnings.iter().any(|warning| LEFT_OUT.contains(&warning.code.as_str()))
    {
        check_lines(text, &book);
    }
}

fn check_lines(text: &str, book: &Book) {
    let mut kept = String::new();
    for part in [&book.title, &book.author].into_iter().flatten() {
        kept += &(squeezed(part) + "\n");
    }
    for chapter in &book.chapters {
        let (volume, title) =
            (chapter.volume.as_deref().map(squeezed).unwrap_or_default(), squeezed(&chapter.title));
        kept += &format!("{volume}\n{volume}{title}\n");
        for line in chapter.source_text.lines() {
            kept += &(squeezed(line) + "\n");
        }
    }
    // Labels (`Title:`, `by`), tags and notes go without a word.
    let is_plain = |line: &&str| {
        !line.contains([':', '：', '<', '［']) && !line.trim_start().to_lowercase().starts_with("by ")
    };
    let plain = text.split(['\n', '\r']).filter(is_plain);
    for line in plain {
        let is_kept = || {
            let line = squeezed(line);
            kept.contains(&line) || book.chapters.iter().any(|chapter| names_volume(&line, chapter))
        };
        assert!(is_kept(), "{line:?} is lost");
    }
}

/// A heading that names its volume repeats a part of the open volume's name.
fn names_volume(line: &str, chapter: &Chapter) -> bool {
    let before = line.strip_suffix(&squeezed(&chapter.title));
    let volume = chapter.volume.as_deref().map(squeezed);
    before.zip(volume).is_some_and(|(before, volume)| volume.contains(before))
}

/// Letters and digits alone: marks around headings may go.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}
