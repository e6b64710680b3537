//! Removes the frame of Project Gutenberg's books: a header in the first file, the licence in the last files.
//! As in a text file, the lines `*** START OF …` and `*** END OF …` delimit them.

use super::document::Document;
use crate::text::gutenberg::{LONGEST_HEADER, WITHOUT_FRAME, is_border};
use crate::warning::{Warning, WarningCode};
use std::ops::Range;

/// Leaves out the header and the licence, and returns a warning. A book without a header has no such licence.
pub(super) fn remove_frame(documents: &mut [Option<Document>]) -> Option<Warning> {
    const FIRST_FILES: usize = 5;
    let first = documents.iter().take(FIRST_FILES).enumerate();
    let mut starts =
        first.filter_map(|(index, document)| Some((index, end_of_header(&document.as_ref()?.text)?)));
    let (index, end) = starts.next()?;
    leave_out(documents[index].as_mut(), 0..end);
    let files = documents.iter().enumerate().skip(index).rev();
    let mut ends = files.filter_map(|(index, document)| {
        let text = &document.as_ref()?.text;
        Some((index, start_of_licence(text)?))
    });
    if let Some((last, start)) = ends.next() {
        for (index, document) in documents.iter_mut().enumerate().skip(last) {
            let start = if index == last { start } else { 0 };
            let end = document.as_ref().map_or(0, |document| document.text.len());
            leave_out(document.as_mut(), start..end);
        }
    }
    Some(Warning::new(WarningCode::ColophonSkipped, WITHOUT_FRAME))
}

/// Returns the byte after the line that ends the header; a long title may break that line.
fn end_of_header(text: &str) -> Option<usize> {
    const MOST_BREAKS: usize = 3;
    let mut at = 0;
    let mut breaks_left = None;
    for line in text.split_inclusive('\n').take(LONGEST_HEADER) {
        at += line.len();
        if is_border(line.trim(), "START OF") {
            breaks_left = Some(MOST_BREAKS);
        }
        match &mut breaks_left {
            Some(0) => return Some(at),
            Some(_) if line.trim_end().ends_with("***") => return Some(at),
            Some(left) => *left -= 1,
            None => {}
        }
    }
    None
}

fn start_of_licence(text: &str) -> Option<usize> {
    let mut at = text.len();
    let mut found = None;
    for line in text.split_inclusive('\n').rev() {
        at -= line.len();
        if is_border(line.trim(), "END OF") {
            found = Some(at);
        }
    }
    found
}

fn leave_out(document: Option<&mut Document>, part: Range<usize>) {
    if let Some(document) = document.filter(|_| !part.is_empty()) {
        document
            .headings
            .retain(|heading| heading.lines.start < part.start || heading.lines.start >= part.end);
        document.leave_out(vec![part]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_goes_and_the_book_stays() {
        let document = |text: &str| Some(Document { text: text.to_owned(), ..Document::default() });
        let mut documents = [
            document("Cover\n"),
            document(
                "The eBook of Alice\n*** START OF THE PROJECT GUTENBERG EBOOK ALICE’S\nADVENTURES ***\nAlice\n",
            ),
            None,
            document("Rain fell.\n*** END OF THE PROJECT GUTENBERG EBOOK ALICE ***\nLicence.\n"),
            document("More licence.\n"),
        ];
        assert!(remove_frame(&mut documents).is_some());
        let left = documents.iter().flatten().map(|document| {
            let mut text = String::new();
            document.copy(0..document.text.len(), &mut text);
            text
        });
        assert_eq!(left.collect::<Vec<_>>(), ["Cover\n", "Alice\n", "Rain fell.\n", ""]);
        let mut others = [document("*** START OF THE GAME ***\nRain.\n*** END OF PROJECT GUTENBERG ***\n")];
        assert!(remove_frame(&mut others).is_none() && others[0].as_ref().unwrap().left_out.is_empty());
    }
}
