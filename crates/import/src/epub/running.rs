//! Removes running titles: a first or last line that many files share.

use super::contents::squeezed;
use super::document::Document;
use super::label::{self, Kind};
use std::collections::HashMap;
use std::ops::Range;

/// Finds the line at one end of a text.
type Edge = fn(&str) -> Option<Range<usize>>;

/// Leaves out the book's title at the start or end of files, and other titles at the start of most files.
/// Returns the number of lines left out.
pub(super) fn remove(documents: &mut [Option<Document>], title: Option<&str>) -> usize {
    let title = title.map(squeezed).unwrap_or_default();
    let edges: [Edge; 2] = [first_line, last_line];
    let mut count = 0;
    for (nth, edge) in edges.into_iter().enumerate() {
        let mut lines: HashMap<String, Vec<(usize, Range<usize>)>> = HashMap::new();
        let mut files = 0;
        for (index, document) in documents.iter().enumerate() {
            let Some(document) = document else { continue };
            // A page with only this line is not a running title.
            let line = edge(&document.text).filter(|line| document.has_text(0..document.text.len(), line));
            let Some(line) = line else { continue };
            files += 1;
            lines.entry(squeezed(&document.text[line.clone()])).or_default().push((index, line));
        }
        for (text, places) in lines {
            let is_book = text == title && places.len() >= 2;
            let is_common = nth == 0 && is_common(documents, &text, &places, files);
            if text.is_empty() || !(is_book || is_common) {
                continue;
            }
            for (index, line) in places {
                let Some(document) = &mut documents[index] else { continue };
                let is_elsewhere = |lines: &Range<usize>| lines.start > line.start || lines.end < line.end;
                document.headings.retain(|heading| is_elsewhere(&heading.lines));
                document.leave_out(std::iter::once(line.start..line.end + 1).collect());
                count += 1;
            }
        }
    }
    count
}

/// Returns whether most files begin with a line, which is short and not a sentence. If the line is a heading,
/// each file must have another one.
fn is_common(
    documents: &[Option<Document>],
    text: &str,
    places: &[(usize, Range<usize>)],
    files: usize,
) -> bool {
    const FEWEST: usize = 3;
    const LONGEST: usize = 60;
    let is_sentence = text.contains(['。', '！', '？', '!', '?', '…', '「', '“', '"']) || text.ends_with('.');
    let is_title = text.chars().any(char::is_alphabetic) && !text.starts_with('［') && !is_sentence;
    let has_own_heading = |(index, line): &(usize, Range<usize>)| {
        let headings =
            documents[*index].as_ref().map(|document| document.headings.as_slice()).unwrap_or_default();
        headings.iter().any(|heading| heading.lines.start > line.start)
    };
    places.len() >= FEWEST
        && places.len() * 2 > files
        && text.chars().count() <= LONGEST
        && is_title
        && label::kind(text) != Kind::Chapter
        && places.iter().all(has_own_heading)
}

fn first_line(text: &str) -> Option<Range<usize>> {
    let start = text.len() - text.trim_start_matches('\n').len();
    let end = start + text[start..].find('\n')?;
    Some(start..end)
}

fn last_line(text: &str) -> Option<Range<usize>> {
    let end = text.trim_end_matches('\n').len();
    let start = text[..end].rfind('\n').map_or(0, |newline| newline + 1);
    (start < end).then_some(start..end)
}
