//! Contents of answers: reasoning and text in them.

use colophon_provider::{Event, Split, Splitter, restore_content};
use sha2::{Digest as _, Sha256};

/// The first byte says in its lowest four bits how many of the following are lengths of pieces; what remains is the
/// content, which comes in pieces of these lengths, over and over.
///
/// However it is cut, text and removed characters are the same, make the content again byte for byte, and the events
/// make the text.
pub fn check_reasoning(data: &[u8]) {
    let Some((count, rest)) = data.split_first() else { return };
    let (lengths, bytes) = rest.split_at((usize::from(count & 15)).min(rest.len()));
    let content = String::from_utf8_lossy(bytes);
    let whole = split(&content, [usize::MAX].into_iter());
    assert_eq!(restore_content(&whole.text, &whole.removed).as_deref(), Some(&*content));
    assert_eq!(whole.content_sha256, hex::encode(Sha256::digest(content.as_bytes())));
    assert!(whole.removed.iter().all(|removed| !removed.text.is_empty()));
    let lengths = lengths.iter().map(|length| usize::from(*length) + 1).chain([7]);
    assert_eq!(whole, split(&content, lengths.cycle()), "cut otherwise, it is divided otherwise");
    if content.len() < 4096 {
        assert_eq!(
            whole,
            split(&content, std::iter::repeat(1)),
            "character by character, it is divided otherwise"
        );
    }
}

fn split(content: &str, mut lengths: impl Iterator<Item = usize>) -> Split {
    let (mut splitter, mut events) = (Splitter::default(), Vec::new());
    let mut rest = content;
    while !rest.is_empty() {
        let mut length = lengths.next().unwrap_or(rest.len()).min(rest.len());
        while !rest.is_char_boundary(length) {
            length += 1;
        }
        splitter.push(&rest[..length], &mut events);
        rest = &rest[length..];
    }
    let split = splitter.finish(&mut events);
    let mut told = String::new();
    for event in events {
        match event {
            Event::Delta(text) => told.push_str(&text),
            Event::Replaced(text) => told = text,
            Event::Reasoning(text) => assert!(!text.is_empty()),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, split.text, "the events say something else");
    split
}
