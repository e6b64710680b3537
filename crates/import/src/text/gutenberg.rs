//! Removes the frame of Project Gutenberg's texts: a header with title and author, and the licence at the
//! end. The lines `*** START OF …` and `*** END OF …` separate both from the text
//! (<https://www.gutenberg.org/policy/license.html>).

use super::front::Front;

/// Most lines of a header: usually about 20; old headers with the licence have 300.
pub(crate) const LONGEST_HEADER: usize = 500;
/// Text of the warning that the frame was removed.
pub(crate) const WITHOUT_FRAME: &str = "Project Gutenberg's header and licence were left out.";

/// Blanks out the header and removes the licence. Returns the data in the header, or `None` if there is no
/// header. Line numbers stay the same.
pub(super) fn take_frame(text: &mut String) -> Option<Front> {
    let mut at = 0;
    let mut front = Front::default();
    let mut start = None;
    for line in text.split_inclusive('\n').take(LONGEST_HEADER) {
        at += line.len();
        if is_border(line, "START OF") {
            start = Some(at);
            break;
        }
        if let Some(title) = line.strip_prefix("Title:") {
            front.title = front.title.or_else(|| value(title));
        } else if let Some(author) = line.strip_prefix("Author:") {
            front.author = front.author.or_else(|| value(author));
        }
    }
    let start = start?;
    let mut end = text.len();
    let mut line_end = text.len();
    for line in text[start..].split_inclusive('\n').rev() {
        line_end -= line.len();
        if is_border(line, "END OF") {
            end = line_end;
        }
    }
    text.truncate(end);
    let lines = text[..start].matches('\n').count();
    text.replace_range(..start, &"\n".repeat(lines));
    Some(front)
}

/// Returns whether a line is a border: `*** START OF THE PROJECT GUTENBERG EBOOK MOBY DICK ***`, or the older
/// `***START OF THIS PROJECT GUTENBERG ETEXT…`.
pub(crate) fn is_border(line: &str, words: &str) -> bool {
    line.strip_prefix("***").is_some_and(|rest| {
        rest.trim_start().strip_prefix(words).is_some_and(|rest| rest.contains("PROJECT GUTENBERG"))
    })
}

fn value(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_licence_go_and_lines_keep_their_numbers() {
        let book = "The Project Gutenberg eBook of The Mill\n\nTitle: The Mill\n\nAuthor: Jane Roe\n\n\
                    *** START OF THE PROJECT GUTENBERG EBOOK THE MILL ***\nIt was late.\n\
                    *** END OF THE PROJECT GUTENBERG EBOOK THE MILL ***\nThe licence.\n";
        let mut text = book.to_owned();
        let front = take_frame(&mut text).expect("a header");
        assert_eq!((front.title.as_deref(), front.author.as_deref()), (Some("The Mill"), Some("Jane Roe")));
        assert_eq!(text, "\n\n\n\n\n\n\nIt was late.\n");
    }

    #[test]
    fn a_text_without_a_header_stays() {
        for book in [
            "*** START OF THE GAME ***\nIt was late.\n",
            "Title: A\nText.\n*** END OF PROJECT GUTENBERG ***\n",
            "",
        ] {
            let mut text = book.to_owned();
            assert_eq!(take_frame(&mut text), None);
            assert_eq!(text, book);
        }
    }

    #[test]
    fn a_text_without_an_end_is_kept_to_its_end() {
        let mut text = "***START OF THIS PROJECT GUTENBERG ETEXT***\nIt was late.".to_owned();
        assert!(take_frame(&mut text).is_some());
        assert_eq!(text, "\nIt was late.");
    }
}
