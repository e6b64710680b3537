//! Server-sent events from bytes, as the HTML standard has them ("interpreting an event stream"), with two
//! differences: sizes are bounded, and a line that no server of this protocol sends is a fault instead of
//! ignored, for it may be a mangled piece of the answer.
//!
//! Written here because `eventsource-stream` 0.2.3 panics on a byte order mark, holds the last event back
//! where lines end in `\r`, and buffers without a limit.

use std::mem::take;

/// Largest event, in bytes.
pub(crate) const MAX_EVENT_BYTES: usize = 1 << 20;

/// What one event carries.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// The `data` of an ordinary event.
    Data(String),
    /// The `data` of an event named `error`, or of the `error:` field that llama.cpp sends.
    Error(String),
}

/// Why bytes are no event stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Not UTF-8, or no field of the standard before an unknown one.
    Invalid,
    /// The bytes begin like HTML.
    Html,
    /// Over [`MAX_EVENT_BYTES`].
    TooLarge,
}

/// Turns chunks of bytes, split anywhere, into payloads.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    line: Vec<u8>,
    data: Option<String>,
    is_error: bool,
    after_carriage_return: bool,
    began: bool,
    /// A line with a field of the standard was seen.
    is_stream: bool,
}

impl Decoder {
    /// Takes the next bytes and adds the events that they complete to `payloads`.
    pub(crate) fn push(&mut self, mut bytes: &[u8], payloads: &mut Vec<Payload>) -> Result<(), Broken> {
        while let Some(first) = bytes.first() {
            if take(&mut self.after_carriage_return) && *first == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + self.data.as_ref().map_or(0, String::len) + part.len() > MAX_EVENT_BYTES {
                return Err(Broken::TooLarge);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { return Ok(()) };
            self.after_carriage_return = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            let mut line = take(&mut self.line);
            self.end_line(&line, payloads)?;
            line.clear();
            self.line = line;
        }
        Ok(())
    }

    /// The bytes have ended: an event whose blank line is missing counts as well.
    pub(crate) fn finish(mut self, payloads: &mut Vec<Payload>) -> Result<(), Broken> {
        let line = take(&mut self.line);
        self.end_line(&line, payloads)?;
        self.end_event(payloads);
        Ok(())
    }

    fn end_line(&mut self, line: &[u8], payloads: &mut Vec<Payload>) -> Result<(), Broken> {
        let line = str::from_utf8(line).map_err(|_| Broken::Invalid)?;
        let line = if self.began { line } else { line.strip_prefix('\u{feff}').unwrap_or(line) };
        if !self.began && line.trim_start().starts_with('<') {
            return Err(Broken::Html);
        }
        self.began |= !line.trim_start().is_empty();
        if line.is_empty() {
            self.end_event(payloads);
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => self.add_data(value),
            "error" => {
                self.is_error = true;
                self.add_data(value);
            }
            "event" => self.is_error = value == "error",
            // A comment, or what only a browser that reconnects has use for.
            "" | "id" | "retry" => {}
            // As the standard says. What begins like this, or has no colon, is a mangled piece of something else.
            _ if self.is_stream && line.contains(':') => {}
            _ => return Err(Broken::Invalid),
        }
        // A comment alone proves nothing: any text may begin with a colon.
        self.is_stream |= !field.is_empty();
        Ok(())
    }

    fn add_data(&mut self, value: &str) {
        match &mut self.data {
            Some(data) => {
                data.push('\n');
                data.push_str(value);
            }
            None => self.data = Some(value.to_owned()),
        }
    }

    fn end_event(&mut self, payloads: &mut Vec<Payload>) {
        let is_error = take(&mut self.is_error);
        match self.data.take() {
            Some(data) if is_error => payloads.push(Payload::Error(data)),
            Some(data) if !data.is_empty() => payloads.push(Payload::Data(data)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(chunks: &[&[u8]]) -> Result<Vec<Payload>, Broken> {
        let (mut decoder, mut payloads) = (Decoder::default(), Vec::new());
        for chunk in chunks {
            decoder.push(chunk, &mut payloads)?;
        }
        decoder.finish(&mut payloads)?;
        Ok(payloads)
    }

    fn data(texts: &[&str]) -> Result<Vec<Payload>, Broken> {
        Ok(texts.iter().map(|text| Payload::Data((*text).to_owned())).collect())
    }

    #[test]
    fn all_line_endings_and_spaces_are_read() {
        for text in ["data: a\n\ndata:b\n\n", "data: a\r\n\r\ndata:b\r\n\r\n", "data: a\r\rdata:b\r\r"] {
            assert_eq!(decoded(&[text.as_bytes()]), data(&["a", "b"]), "{text:?}");
        }
    }

    #[test]
    fn an_event_is_told_as_soon_as_its_carriage_return_is_there() {
        let (mut decoder, mut payloads) = (Decoder::default(), Vec::new());
        decoder.push(b"data: a\r\r", &mut payloads).unwrap();
        assert_eq!(payloads.len(), 1);
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
        let error = Ok(vec![Payload::Error("{}".to_owned())]);
        assert_eq!(decoded(&[b"event: error\ndata: {}\n\n"]), error);
        assert_eq!(decoded(&[b"error: {}\n\n"]), error);
        assert_eq!(decoded(&[b"event: error\n\ndata: {}\n\n"]), data(&["{}"]));
    }

    #[test]
    fn what_is_no_event_stream_is_refused() {
        assert_eq!(decoded(&[b"data: \xff\n\n"]), Err(Broken::Invalid));
        assert_eq!(decoded(&[b"dat: {}\n\n"]), Err(Broken::Invalid));
        assert_eq!(decoded(&[b"data: {}\nnew: 1\n\n"]), data(&["{}"]));
        assert_eq!(decoded(&[b"{\"error\": 1}"]), Err(Broken::Invalid));
        assert_eq!(decoded(&[b"\n  <!doctype html>\n<p>data: a\n\n"]), Err(Broken::Html));
    }

    #[test]
    fn events_and_lines_are_bounded() {
        let long = vec![b'x'; MAX_EVENT_BYTES / 2];
        let (mut decoder, mut payloads) = (Decoder::default(), Vec::new());
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
