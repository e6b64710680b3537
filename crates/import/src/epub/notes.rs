//! Finds the notes of a book, and which reference belongs to which note.

use super::document::{Document, NoteTarget};
use super::inline;
use super::path;
use crate::book::trim_blank_lines;
use crate::options::Notes;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The notes of each file's references.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// By file in which the note is read: the byte after which the note is due, and its text.
    notes: HashMap<usize, Vec<(usize, String)>>,
    /// Number of notes.
    pub(super) count: usize,
}

impl Placed {
    /// Returns the texts of the notes that are due in a part of a file.
    pub(super) fn of(&self, file: usize, part: &Range<usize>) -> impl Iterator<Item = &str> {
        let notes = self.notes.get(&file).map(Vec::as_slice).unwrap_or_default();
        let start = notes.partition_point(|(at, _)| *at < part.start);
        notes[start..].iter().take_while(|(at, _)| *at < part.end).map(|(_, text)| text.as_str())
    }
}

/// Removes all notes from the files' texts; with [`Notes::Drop`] also the references to them.
pub(super) fn place(paths: &[&str], documents: &mut [Option<Document>], notes: Notes) -> Placed {
    let found = find(paths, documents);
    let mut placed = Placed::default();
    let mut left_out: HashMap<usize, Vec<Range<usize>>> = HashMap::new();
    let mut taken: HashSet<(usize, usize)> = HashSet::new();
    for (file, document) in documents.iter().enumerate() {
        let Some(document) = document else { continue };
        let mut here: Vec<(usize, String)> = Vec::new();
        for (nth, reference) in document.references.iter().enumerate() {
            let text = match (&reference.to, found.references.get(&(file, nth))) {
                (NoteTarget::Text(text), _) => text.clone(),
                (_, Some((owner, note))) => {
                    if notes == Notes::Drop {
                        left_out.entry(file).or_default().push(reference.range.clone());
                    }
                    // Several references may point to one note.
                    if !taken.insert((*owner, *note)) {
                        continue;
                    }
                    text_of(documents, *owner, *note)
                }
                _ => continue,
            };
            if matches!(reference.to, NoteTarget::Text(_)) && notes == Notes::Drop {
                left_out.entry(file).or_default().push(reference.range.clone());
            }
            let begins = inline::begins_with_label(&text, &reference.label);
            let text = if begins { text } else { format!("{} {text}", inline::marked(&reference.label)) };
            here.push((reference.range.start, text));
        }
        for (nth, note) in document.notes.iter().enumerate() {
            if note.is_certain && found.accepted.contains(&(file, nth)) && !found.is_referenced(file, nth) {
                here.push((note.range.start, text_of(documents, file, nth)));
            }
        }
        placed.count += here.len();
        // In the order of references; the stable sort keeps the order at equal places.
        here.sort_by_key(|(at, _)| *at);
        if notes == Notes::Keep {
            placed.notes.insert(file, here);
        }
    }
    for (file, nth) in &found.accepted {
        if let Some(document) = &documents[*file] {
            left_out.entry(*file).or_default().push(document.notes[*nth].range.clone());
        }
    }
    for (file, parts) in left_out {
        if let Some(document) = &mut documents[file] {
            document.leave_out(parts);
        }
    }
    placed
}

#[derive(Default)]
struct Found {
    /// The notes, as file and index in the file.
    accepted: HashSet<(usize, usize)>,
    /// The note of a reference, each as file and index.
    references: HashMap<(usize, usize), (usize, usize)>,
    referenced: HashSet<(usize, usize)>,
}

impl Found {
    fn is_referenced(&self, file: usize, note: usize) -> bool {
        self.referenced.contains(&(file, note))
    }
}

fn find(paths: &[&str], documents: &[Option<Document>]) -> Found {
    let mut places: HashMap<(&str, &str), (usize, usize)> = HashMap::new();
    for (file, document) in documents.iter().enumerate() {
        let notes = document.iter().flat_map(|document| document.notes.iter().enumerate());
        for (nth, note) in notes {
            for id in &note.ids {
                // An inner element overwrites the outer one: it is the note. It comes later.
                places.insert((paths[file], id), (file, nth));
            }
        }
    }
    let mut found = Found::default();
    for (file, document) in documents.iter().enumerate() {
        let references = document.iter().flat_map(|document| document.references.iter().enumerate());
        for (nth, reference) in references {
            let NoteTarget::Place { path, id } = &reference.to else { continue };
            let target = path::linked(paths[file], path);
            let place = target.and_then(|path| places.get(&(path.as_str(), id.as_str())).copied());
            if let Some((owner, note)) = place
                && let Some(range) = documents[owner].as_ref().map(|document| &document.notes[note].range)
                && !(owner == file && range.contains(&reference.range.start))
            {
                found.references.insert((file, nth), (owner, note));
                found.referenced.insert((owner, note));
            }
        }
    }
    for (file, document) in documents.iter().enumerate() {
        let mut end = 0;
        let notes = document.iter().flat_map(|document| document.notes.iter().enumerate());
        for (nth, note) in notes {
            let is_note = note.is_certain || found.is_referenced(file, nth);
            // Elements inside a note are removed with it.
            if is_note && note.range.start >= end {
                found.accepted.insert((file, nth));
                end = note.range.end;
            }
        }
    }
    let accepted = &found.accepted;
    found.references.retain(|_, note| accepted.contains(note));
    found
}

fn text_of(documents: &[Option<Document>], file: usize, nth: usize) -> String {
    let text = documents[file].as_ref().map(|document| &document.text[document.notes[nth].range.clone()]);
    let lines = trim_blank_lines(text.unwrap_or_default()).lines().filter(|line| !line.trim().is_empty());
    lines.collect::<Vec<_>>().join("\n")
}
