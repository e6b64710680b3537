//! An answer's content as received: the text, with the removed pieces at their offsets.

use colophon_contract::Removed;

/// Puts removed pieces back into a text. Returns `None` if the pieces are not in order or an offset is past
/// the end.
pub(crate) fn restore(text: &str, removed: &[Removed]) -> Option<String> {
    let mut content = String::with_capacity(text.len());
    let (mut rest, mut offset) = (text, 0);
    for piece in removed {
        let before = usize::try_from(piece.offset.checked_sub(offset)?).ok()?;
        let mut characters = rest.char_indices();
        let at = match before {
            0 => 0,
            _ => characters.nth(before - 1).map(|(at, last)| at + last.len_utf8())?,
        };
        content.push_str(&rest[..at]);
        content.push_str(&piece.text);
        (rest, offset) = (&rest[at..], piece.offset);
    }
    content.push_str(rest);
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn piece(offset: u64, text: &str) -> Removed {
        Removed { offset, text: text.into() }
    }

    #[test]
    fn pieces_go_back_to_their_places() {
        let removed = [piece(0, "<think>夜</think>"), piece(0, "\n"), piece(2, "🚂"), piece(3, "!")];
        assert_eq!(restore("銀河の", &removed).as_deref(), Some("<think>夜</think>\n銀河🚂の!"));
        assert_eq!(restore("", &removed[..2]).as_deref(), Some("<think>夜</think>\n"));
        assert_eq!(restore("夜", &[]).as_deref(), Some("夜"));
        assert_eq!(restore("夜", &[piece(2, "x")]), None);
        assert_eq!(restore("夜の", &[piece(1, "x"), piece(0, "y")]), None);
        assert_eq!(restore("夜", &[piece(u64::MAX, "x")]), None);
    }

    proptest! {
        #[test]
        fn what_is_taken_out_comes_back(parts in proptest::collection::vec((".{0,5}", ".{1,5}"), 0..6), end in ".{0,5}") {
            let (mut content, mut text, mut removed) = (String::new(), String::new(), Vec::new());
            for (kept, taken) in &parts {
                content.extend([kept.as_str(), taken]);
                text.push_str(kept);
                removed.push(piece(text.chars().count() as u64, taken));
            }
            content.push_str(&end);
            text.push_str(&end);
            prop_assert_eq!(restore(&text, &removed), Some(content));
        }
    }
}
