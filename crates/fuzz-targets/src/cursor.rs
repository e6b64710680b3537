//! Cursors of lists, and places in event streams.

use std::fmt::Display;
use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use colophon_contract::{EventId, WorkEventId, decode_cursor, encode_cursor};

const LISTS: &[&str] = &["works", "versions/7", "attempts/1/2", "a:b", ""];

/// Any text as a cursor and as a `Last-Event-ID`: taken only where it is, to the letter, what was given out. Any
/// three numbers: read again as they were.
pub fn check_cursor(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // Twice: as it comes, and as what is inside of a cursor.
    for cursor in [text.to_string(), BASE64.encode(data)] {
        for list in LISTS {
            if let Some(key) = decode_cursor(list, &cursor) {
                assert_eq!(encode_cursor(list, key), cursor, "another text for the same place");
            }
        }
    }
    assert_canonical::<EventId>(&text);
    assert_canonical::<WorkEventId>(&text);

    let mut numbers = data.chunks(8).map(|bytes| {
        let mut number = [0; 8];
        number[..bytes.len()].copy_from_slice(bytes);
        i64::from_le_bytes(number)
    });
    let mut next = || numbers.next().unwrap_or_default();
    let (first, second, third) = (next(), next(), next());
    for list in LISTS {
        assert_eq!(decode_cursor(list, &encode_cursor(list, first)), Some(first));
        assert_eq!(decode_cursor("another", &encode_cursor(list, first)), None);
    }
    // A run's events are numbered within 32 bits, a database's rows within 63.
    let id = EventId { seq: i64::from(first as u32), offset: second as u64 };
    assert_eq!(id.to_string().parse(), Ok(id));
    let id = WorkEventId { position: first & i64::MAX, run_id: second & i64::MAX, seq: third & i64::MAX };
    assert_eq!(id.to_string().parse(), Ok(id));
}

fn assert_canonical<Id: FromStr + Display>(text: &str) {
    if let Ok(id) = text.parse::<Id>() {
        assert_eq!(id.to_string(), text, "another text for the same place");
    }
}
