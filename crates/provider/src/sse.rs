//! Decodes server-sent events as the HTML standard defines ("interpreting an event stream"), with these
//! differences:
//! - Sizes are bounded.
//! - A line that no server of this protocol sends is an error, because it may be a damaged piece of the
//!   answer.
//! - JSON without `data:` counts as data, on one line or on several.
//! - A missing blank line between two events is tolerated.
//!
//! Not `eventsource-stream` 0.2.3: it panics on a byte order mark, holds the last event back if lines end in
//! `\r`, and buffers without a limit.

use std::mem::take;

/// Largest event, in bytes.
pub(crate) const MAX_EVENT_BYTES: usize = 1 << 20;
/// Largest JSON without `data:`, in bytes. It may be a whole answer.
const MAX_JSON_BYTES: usize = 16 << 20;

/// The content of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload<'a> {
    /// The `data` of an ordinary event, or JSON without `data:`.
    Data(&'a str),
    /// The `data` of an event named `error`, or of the `error:` field that llama.cpp sends.
    Error(&'a str),
}

/// Payloads in one text. The buffer is reused, because a stream has thousands of them.
#[derive(Debug, Default)]
pub(crate) struct Payloads {
    text: String,
    /// The end of each payload, and whether it is an error.
    ends: Vec<(usize, bool)>,
}

impl Payloads {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Payload<'_>> {
        let mut begin = 0;
        self.ends.iter().map(move |(end, is_error)| {
            let text = &self.text[begin..*end];
            begin = *end;
            if *is_error { Payload::Error(text) } else { Payload::Data(text) }
        })
    }

    fn push(&mut self, text: &str, is_error: bool) {
        self.text.push_str(text);
        self.ends.push((self.text.len(), is_error));
    }
}

/// Why bytes are not an event stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Not UTF-8, an unknown field before any field of the standard, or JSON that does not end.
    Invalid,
    /// Over [`MAX_EVENT_BYTES`] or [`MAX_JSON_BYTES`].
    TooLarge,
}

/// JSON without `data:`, from its first brace.
#[derive(Debug, Default)]
struct Json {
    text: String,
    /// Number of open braces and brackets.
    depth: usize,
    in_string: bool,
    after_backslash: bool,
}

impl Json {
    /// Takes characters up to the end of the value. Returns their number of bytes when the value has ended.
    fn take(&mut self, line: &str) -> Option<usize> {
        for (at, byte) in line.bytes().enumerate() {
            match byte {
                _ if take(&mut self.after_backslash) => {}
                b'\\' if self.in_string => self.after_backslash = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        self.text.push_str(&line[..=at]);
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        self.text.push_str(line);
        self.text.push('\n');
        None
    }
}

/// Turns chunks of bytes, split anywhere, into payloads.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// The start of a line whose end has not arrived.
    line: Vec<u8>,
    data: String,
    has_data: bool,
    json: Option<Json>,
    is_error: bool,
    after_carriage_return: bool,
    began: bool,
    /// A line with a field of the standard was seen.
    is_stream: bool,
}

impl Decoder {
    /// Takes the next bytes and adds completed events to `payloads`.
    pub(crate) fn push(&mut self, mut bytes: &[u8], payloads: &mut Payloads) -> Result<(), Broken> {
        while let Some(first) = bytes.first() {
            if take(&mut self.after_carriage_return) && *first == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = memchr::memchr2(b'\n', b'\r', bytes);
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if !self.has_room(part) {
                return Err(Broken::TooLarge);
            }
            let Some(end) = end else {
                self.line.extend_from_slice(part);
                return Ok(());
            };
            self.after_carriage_return = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            if self.line.is_empty() {
                self.end_line(part, payloads)?;
                continue;
            }
            let mut line = take(&mut self.line);
            line.extend_from_slice(part);
            self.end_line(&line, payloads)?;
            line.clear();
            self.line = line;
        }
        Ok(())
    }

    fn has_room(&self, part: &[u8]) -> bool {
        let held = self.data.len() + self.json.as_ref().map_or(0, |json| json.text.len());
        let size = self.line.len() + held + part.len();
        size <= MAX_EVENT_BYTES || {
            let line = if self.line.is_empty() { part } else { &self.line };
            let is_json = self.json.is_some() || matches!(line.trim_ascii_start().first(), Some(b'{' | b'['));
            is_json && size <= MAX_JSON_BYTES
        }
    }

    /// Ends the stream. An event without a blank line after it counts as well.
    pub(crate) fn finish(mut self, payloads: &mut Payloads) -> Result<(), Broken> {
        let line = take(&mut self.line);
        self.end_line(&line, payloads)?;
        self.end_event(payloads);
        if self.json.is_some() { Err(Broken::Invalid) } else { Ok(()) }
    }

    fn end_line(&mut self, line: &[u8], payloads: &mut Payloads) -> Result<(), Broken> {
        let line = str::from_utf8(line).map_err(|_| Broken::Invalid)?;
        if self.json.is_some() {
            return self.add_json(line, payloads);
        }
        // Shortcut for most lines: empty, or with this prefix. The code below gives the same result.
        if let Some(value) = line.strip_prefix("data:") {
            (self.began, self.is_stream) = (true, true);
            self.add_data(value.strip_prefix(' ').unwrap_or(value), payloads);
            return Ok(());
        }
        if line.is_empty() {
            self.end_event(payloads);
            return Ok(());
        }
        let line = if self.began { line } else { line.strip_prefix('\u{feff}').unwrap_or(line) };
        let trimmed = line.trim();
        self.began |= !trimmed.is_empty();
        if line.is_empty() {
            self.end_event(payloads);
            return Ok(());
        }
        if trimmed == "[DONE]" {
            self.end_event(payloads);
            payloads.push(trimmed, false);
            return Ok(());
        }
        if trimmed.starts_with(['{', '[']) {
            self.end_event(payloads);
            return self.add_json(trimmed, payloads);
        }
        let line = if trimmed.starts_with("data:") { line.trim_start() } else { line };
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => self.add_data(value, payloads),
            "error" => {
                self.is_error = true;
                self.add_data(value, payloads);
            }
            "event" => self.is_error = value == "error",
            // A comment, or a field that only a reconnecting browser needs.
            "" | "id" | "retry" => {}
            // The standard ignores unknown fields. Before any known field, or without a colon, such a line is
            // damaged.
            _ if self.is_stream && line.contains(':') => {}
            _ if trimmed.is_empty() => {}
            _ => return Err(Broken::Invalid),
        }
        // A comment proves nothing: any text may begin with a colon.
        self.is_stream |= !field.trim().is_empty();
        Ok(())
    }

    /// Takes a line of JSON. It may hold the end of one value and further values.
    fn add_json(&mut self, line: &str, payloads: &mut Payloads) -> Result<(), Broken> {
        let mut rest = line;
        loop {
            let json = self.json.get_or_insert_default();
            let Some(end) = json.take(rest) else { return Ok(()) };
            payloads.push(&json.text, false);
            self.json = None;
            rest = rest[end..].trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            match rest.chars().next() {
                Some('{' | '[') => {}
                Some(_) => return Err(Broken::Invalid),
                None => return Ok(()),
            }
        }
    }

    fn add_data(&mut self, value: &str, payloads: &mut Payloads) {
        let is_whole = self.data.starts_with('{') && self.data.ends_with('}');
        if is_whole && (value.starts_with('{') || value.trim() == "[DONE]") {
            self.end_event(payloads);
        }
        if self.has_data {
            self.data.push('\n');
        }
        self.has_data = true;
        self.data.push_str(value);
    }

    fn end_event(&mut self, payloads: &mut Payloads) {
        let is_error = take(&mut self.is_error);
        if take(&mut self.has_data) && (is_error || !self.data.is_empty()) {
            payloads.push(&self.data, is_error);
        }
        self.data.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each payload and whether it is an error.
    type Told = Result<Vec<(String, bool)>, Broken>;

    fn decoded(chunks: &[&[u8]]) -> Told {
        let (mut decoder, mut payloads) = (Decoder::default(), Payloads::default());
        for chunk in chunks {
            decoder.push(chunk, &mut payloads)?;
        }
        decoder.finish(&mut payloads)?;
        let told = |payload| match payload {
            Payload::Data(text) => (text.to_owned(), false),
            Payload::Error(text) => (text.to_owned(), true),
        };
        Ok(payloads.iter().map(told).collect())
    }

    fn data(texts: &[&str]) -> Told {
        Ok(texts.iter().map(|text| ((*text).to_owned(), false)).collect())
    }

    #[test]
    fn all_line_endings_and_spaces_are_read() {
        for text in ["data: a\n\ndata:b\n\n", "data: a\r\n\r\ndata:b\r\n\r\n", "data: a\r\rdata:b\r\r"] {
            assert_eq!(decoded(&[text.as_bytes()]), data(&["a", "b"]), "{text:?}");
        }
    }

    #[test]
    fn an_event_is_told_as_soon_as_its_carriage_return_is_there() {
        let (mut decoder, mut payloads) = (Decoder::default(), Payloads::default());
        decoder.push(b"data: a\r\r", &mut payloads).unwrap();
        assert_eq!(payloads.iter().count(), 1);
    }

    #[test]
    fn comments_ids_and_empty_events_say_nothing() {
        let text =
            ": OPENROUTER PROCESSING\n\nid: 7\nretry: 10\n\n:\n\ndata\n\ndata:\n\nevent: x\ndata: a\n\n";
        assert_eq!(decoded(&[text.as_bytes()]), data(&["a"]));
    }

    #[test]
    fn data_lines_are_joined() {
        assert_eq!(decoded(&[b"data: {\ndata: }\n\n"]), data(&["{\n}"]));
    }

    #[test]
    fn a_byte_order_mark_is_skipped_wherever_it_is_split() {
        let text = "\u{feff}data: a\n\n".as_bytes();
        for split in 0..text.len() {
            assert_eq!(decoded(&[&text[..split], &text[split..]]), data(&["a"]), "{split}");
        }
    }

    #[test]
    fn an_event_without_its_blank_line_counts_at_the_end() {
        assert_eq!(decoded(&[b"data: a\n\ndata: [DONE]"]), data(&["a", "[DONE]"]));
    }

    #[test]
    fn errors_are_told_apart() {
        let error = Ok(vec![("{}".to_owned(), true)]);
        assert_eq!(decoded(&[b"event: error\ndata: {}\n\n"]), error);
        assert_eq!(decoded(&[b"error: {}\n\n"]), error);
        assert_eq!(decoded(&[b"event: error\n\ndata: {}\n\n"]), data(&["{}"]));
    }

    #[test]
    fn what_is_no_event_stream_is_refused() {
        assert_eq!(decoded(&[b"data: \xff\n\n"]), Err(Broken::Invalid));
        assert_eq!(decoded(&[b"dat: {}\n\n"]), Err(Broken::Invalid));
        assert_eq!(decoded(&[b"data: {}\nnew: 1\n\n"]), data(&["{}"]));
        assert_eq!(decoded(&[b"{} x"]), Err(Broken::Invalid));
        assert_eq!(decoded(&[b"{\"a\": [1"]), Err(Broken::Invalid));
    }

    #[test]
    fn json_counts_without_its_field() {
        assert_eq!(decoded(&[b"{\"error\": 1}"]), data(&["{\"error\": 1}"]));
        assert_eq!(
            decoded(&[b"{\"a\":1}\n{\"b\":\"}{\\\"\"}\r\n[DONE]"]),
            data(&["{\"a\":1}", "{\"b\":\"}{\\\"\"}", "[DONE]"])
        );
        assert_eq!(decoded(&[b"{\n  \"a\": [\n 1\n ]\n}\n"]), data(&["{\n  \"a\": [\n 1\n ]\n}"]));
        assert_eq!(decoded(&[b"[{\"a\":1},\n{}]\n"]), data(&["[{\"a\":1},\n{}]"]));
        assert_eq!(decoded(&[b"{}{}, {}"]), data(&["{}", "{}", "{}"]));
        assert_eq!(decoded(&[b": wait\n\ndata: a\n{\"b\":1}\ndata: c\n\n"]), data(&["a", "{\"b\":1}", "c"]));
    }

    #[test]
    fn events_without_blank_lines_are_told_apart() {
        assert_eq!(
            decoded(&[b"data: {\"a\":1}\ndata: {\"b\":2}\n data:{}\ndata: [DONE]\n"]),
            data(&["{\"a\":1}", "{\"b\":2}", "{}", "[DONE]"])
        );
    }

    #[test]
    fn a_whole_answer_may_be_larger_than_an_event() {
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(3 << 20));
        assert_eq!(decoded(&[long.as_bytes()]), data(&[&long]));
        let endless = vec![b'['; 9 << 20];
        assert_eq!(decoded(&[&endless, &endless]), Err(Broken::TooLarge));
        let lines = "[\n".repeat(9 << 20);
        assert_eq!(decoded(&[lines.as_bytes()]), Err(Broken::TooLarge));
    }

    #[test]
    fn events_and_lines_are_bounded() {
        let long = vec![b'x'; MAX_EVENT_BYTES / 2];
        let (mut decoder, mut payloads) = (Decoder::default(), Payloads::default());
        decoder.push(b"data: ", &mut payloads).unwrap();
        decoder.push(&long, &mut payloads).unwrap();
        assert_eq!(decoder.push(&long, &mut payloads), Err(Broken::TooLarge));
        let lines = [b"data: ".as_slice(), &long, b"\n"].concat();
        assert_eq!(decoded(&[&lines, &lines, &lines]), Err(Broken::TooLarge));
    }

    proptest! {
        #[test]
        fn splits_change_nothing(splits in prop::collection::vec(0usize..200, 0..12), ending in 0usize..3) {
            let text = "\u{feff}: é\n\ndata: {\"a\": \"銀河\"}\n\ndata:b\ndata: 👩\n\nid: 1\n\ndata: [DONE]\n\n"
                .replace('\n', ["\n", "\r\n", "\r"][ending]);
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = splits.iter().map(|cut| cut % (bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(decoded(&chunks), data(&["{\"a\": \"銀河\"}", "b\n👩", "[DONE]"]));
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decoded(&[&bytes]);
        }
    }
}
