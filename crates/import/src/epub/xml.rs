//! XML as it comes in an EPUB: decoded, checked for form and depth, entities by name only from HTML's list.

use crate::encoding;
use crate::error::{ImportError, shown};
use crate::limits::Limits;
use encoding_rs::{Encoding, UTF_8};
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, BytesText, Event};
use quick_xml::writer::Writer;

/// Decodes an XML file: by its byte order mark, else as its declaration says, else UTF-8.
pub(super) fn decode(bytes: &[u8], path: &str) -> Result<String, ImportError> {
    let text = encoding::decode_as(declared_encoding(bytes).unwrap_or(UTF_8), bytes, &shown(path))?;
    if text.contains('\0') {
        return Err(ImportError::NulCharacter { place: shown(path) });
    }
    Ok(text)
}

fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(200)];
    let head = std::str::from_utf8(head)
        .unwrap_or_else(|error| std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default());
    let declaration = &head[..head.starts_with("<?xml").then(|| head.find("?>")).flatten()?];
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    // A label of UTF-16 on bytes that were readable so far is wrong.
    Encoding::for_label(label.as_bytes()).filter(|encoding| encoding.is_ascii_compatible())
}

/// What is met on the way through a file.
pub(super) enum Node<'a> {
    /// A start tag; an empty element gives its `End` right after.
    Start(BytesStart<'a>),
    End,
    /// Text as it is meant: references resolved.
    Text(std::borrow::Cow<'a, str>),
}

/// A walk through an XML file that fails where the file is not well-formed or too deep. It keeps no tree, so
/// no depth of nesting can cost more than the limit says.
pub(super) struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    text: &'a str,
    path: &'a str,
    limit: usize,
    depth: usize,
    seen_root: bool,
    /// An empty element has been given, its end is due.
    end_due: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a str, path: &'a str, limits: &Limits) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = false;
        Self { reader, text, path, limit: limits.xml_depth, depth: 0, seen_root: false, end_due: false }
    }

    /// The next node; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Node<'a>>, ImportError> {
        if std::mem::take(&mut self.end_due) {
            self.depth -= 1;
            return Ok(Some(Node::End));
        }
        loop {
            let event = self.reader.read_event().map_err(|error| self.invalid(&error.to_string()))?;
            match event {
                Event::Start(start) => {
                    self.go_down()?;
                    return Ok(Some(Node::Start(start)));
                }
                Event::Empty(start) => {
                    self.go_down()?;
                    self.end_due = true;
                    return Ok(Some(Node::Start(start)));
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(Node::End));
                }
                Event::Text(text) => match text.into_inner() {
                    text if self.depth > 0 => return Ok(Some(Node::Text(text))),
                    text if text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() => {}
                    _ => return Err(self.invalid("there is text outside of the root element")),
                },
                Event::CData(data) => return Ok(Some(Node::Text(data.into_inner()))),
                Event::GeneralRef(reference) => {
                    let c = self.resolve(&reference)?;
                    return Ok(Some(Node::Text(c.into())));
                }
                Event::Eof if self.depth > 0 => return Err(self.invalid("it ends before its elements do")),
                Event::Eof if !self.seen_root => return Err(self.invalid("it has no root element")),
                Event::Eof => return Ok(None),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn go_down(&mut self) -> Result<(), ImportError> {
        if self.depth == 0 && std::mem::replace(&mut self.seen_root, true) {
            return Err(self.invalid("it has more than one root element"));
        }
        self.depth += 1;
        if self.depth > self.limit {
            return Err(ImportError::XmlTooDeep { path: shown(self.path), limit: self.limit });
        }
        Ok(())
    }

    /// A reference by number, or by a name that HTML knows. What a file's own document type declares is never
    /// expanded: that is how a few bytes become gigabytes.
    fn resolve(&self, reference: &quick_xml::events::BytesRef<'_>) -> Result<String, ImportError> {
        let unknown = || self.invalid(&format!("the entity &{}; is not known", shown(reference)));
        if reference.is_char_ref() {
            let c = reference.resolve_char_ref().ok().flatten();
            let allowed = |c: &char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{80}'..='\u{9f}');
            return c.filter(allowed).map(String::from).ok_or_else(unknown);
        }
        resolve_predefined_entity(reference).map(str::to_owned).ok_or_else(unknown)
    }

    fn invalid(&self, problem: &str) -> ImportError {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        let line = self.text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        ImportError::XmlInvalid { path: shown(self.path), line, problem: shown(problem) }
    }
}

/// An attribute's value with its references resolved, by the attribute's local name.
pub(super) fn find_attribute(start: &BytesStart<'_>, local_name: &str) -> Option<String> {
    let mut attributes = start.attributes();
    attributes
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == local_name)
        .map(|attribute| match quick_xml::escape::unescape(&attribute.value) {
            Ok(value) => value.into_owned(),
            Err(_) => attribute.value.into_owned(),
        })
}

/// A copy of an XML file that is safe to hand to a parser that trusts its input: UTF-8, well-formed, not too
/// deep, without document type; readings of ruby gone (tables of contents have them in their labels), and no
/// refinement of metadata to be refined in turn.
pub(super) fn sanitize(text: &str, path: &str, limits: &Limits) -> Result<String, ImportError> {
    let mut writer = Writer::new(Vec::with_capacity(text.len()));
    let mut walk = Walk::new(text, path, limits);
    let mut open: Vec<(String, bool)> = Vec::new();
    while let Some(node) = walk.next()? {
        let hidden = open.last().is_some_and(|(_, hidden)| *hidden);
        let event = match node {
            Node::Start(start) => {
                let name = start.name().0.to_owned();
                let is_reading = matches!(start.local_name().into_inner(), "rt" | "rp" | "rtc");
                open.push((name, hidden || is_reading));
                if hidden || is_reading {
                    continue;
                }
                Event::Start(without_chained_refinement(start))
            }
            Node::End => match open.pop() {
                Some((name, false)) => Event::End(quick_xml::events::BytesEnd::new(name)),
                _ => continue,
            },
            Node::Text(_) if hidden => continue,
            Node::Text(text) => {
                let text = unescaped_text(&text);
                Event::Text(BytesText::from_escaped(text))
            }
        };
        writer.write_event(event).map_err(|error| ImportError::EpubInvalid { problem: error.to_string() })?;
    }
    String::from_utf8(writer.into_inner())
        .map_err(|_| ImportError::EncodingInvalid { encoding: UTF_8.name(), place: shown(path) })
}

fn unescaped_text(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

/// `<meta refines="#a" id="b">` may be refined by others, they by others again, without an end.
fn without_chained_refinement(start: BytesStart<'_>) -> BytesStart<'_> {
    let refines = find_attribute(&start, "refines").is_some();
    if !refines {
        return start;
    }
    let mut copy = BytesStart::new(start.name().0.to_owned());
    for attribute in start.attributes().with_checks(false).flatten() {
        if attribute.key.0 != "id" {
            copy.push_attribute(attribute);
        }
    }
    copy
}
