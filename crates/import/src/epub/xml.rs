//! Walks through the tags and texts of a markup file in an EPUB. Form and depth of XML are checked; a file
//! that is not well-formed is read as a browser would read it. Named references resolve by HTML's list.

use super::repair::{self, Work};
use crate::error::{ImportError, shown};
use crate::limits::Limits;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::writer::Writer;
use std::borrow::Cow;
use std::collections::HashMap;

/// A node of the walk through a file.
pub(super) enum Node<'a> {
    /// A start tag; an empty element is followed by its `End`.
    Start(Tag),
    End,
    /// Text with references resolved.
    Text(Cow<'a, str>),
}

/// A start tag.
#[derive(Debug, Default)]
pub(super) struct Tag {
    /// The name as in the file, with its prefix.
    pub(super) qualified: String,
    /// Qualified names and values, with references resolved.
    pub(super) attributes: Vec<(String, String)>,
}

impl Tag {
    /// Returns the name without its prefix.
    pub(super) fn name(&self) -> &str {
        local(&self.qualified)
    }

    /// Returns the value of the attribute with that local name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes.find(|(key, _)| local(key).eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn local(qualified: &str) -> &str {
    qualified.rsplit(':').next().unwrap_or(qualified)
}

/// How a file that is not well-formed is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// XHTML: read by the rules of HTML.
    Page,
    /// A file that describes the EPUB: read by the rules of XML, ignoring errors.
    Description,
}

/// Walks through a file and passes each node to `show`, with a state made by `start`. If the file is not
/// well-formed, the walk restarts with a new state and tolerant rules, and the returned flag is true. `text`
/// is freed after parsing, since the result may be as long. The argument of `start` is an upper bound of the
/// text's bytes.
pub(super) fn visit<S>(
    text: String,
    path: &str,
    kind: Kind,
    (limits, work): (&Limits, &mut Work),
    start: impl Fn(usize) -> S,
    mut show: impl FnMut(&mut S, Node<'_>),
) -> Result<(S, bool), ImportError> {
    let mut state = start(text.len());
    let mut walk = Walk::new(&text, path, limits);
    let error = loop {
        match walk.next() {
            Ok(Some(node)) => show(&mut state, node),
            Ok(None) => return Ok((state, false)),
            Err(error) => break error,
        }
    };
    // A file that declares unsafe entities is not repaired: it may use them.
    if !matches!(error, ImportError::XmlInvalid { .. }) || walk.entities.unsafe_ones {
        return Err(error);
    }
    drop((walk, state));
    let tree = repair::parse(text, path, kind, limits, work)?;
    let mut state = start(tree.text_len());
    tree.visit(|node| show(&mut state, node));
    Ok((state, true))
}

/// A walk through an XML file; fails if the file is not well-formed or too deep. It keeps no tree, so deep
/// nesting costs no memory beyond the limit.
pub(super) struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    text: &'a str,
    path: &'a str,
    limit: usize,
    depth: usize,
    seen_root: bool,
    /// An empty element was returned; its end comes next.
    end_due: bool,
    entities: Entities,
}

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a str, path: &'a str, limits: &Limits) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = false;
        Self {
            reader,
            text,
            path,
            limit: limits.xml_depth,
            depth: 0,
            seen_root: false,
            end_due: false,
            entities: Entities::default(),
        }
    }

    /// Returns the next node; `None` at the end of the file.
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
                    return Ok(Some(Node::Start(tag_of(&start))));
                }
                Event::Empty(start) => {
                    self.go_down()?;
                    self.end_due = true;
                    return Ok(Some(Node::Start(tag_of(&start))));
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
                Event::DocType(declaration) => self.entities = Entities::declared(&declaration),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
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

    /// Resolves a reference by number, by an HTML name, or to plain text that the file declares. Other
    /// declared entities are never expanded: a few bytes could become gigabytes.
    fn resolve(&self, reference: &quick_xml::events::BytesRef<'_>) -> Result<String, ImportError> {
        let unknown = || self.invalid(&format!("the entity &{}; is not known", shown(reference)));
        if reference.is_char_ref() {
            let c = reference.resolve_char_ref().ok().flatten();
            let allowed = |c: &char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{80}'..='\u{9f}');
            return c.filter(allowed).map(String::from).ok_or_else(unknown);
        }
        let name: &str = reference;
        let known = resolve_predefined_entity(name).map(str::to_owned);
        known.or_else(|| self.entities.plain.get(name).cloned()).ok_or_else(unknown)
    }

    fn invalid(&self, problem: &str) -> ImportError {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        let line = self.text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        ImportError::XmlInvalid { path: shown(self.path), line, problem: shown(problem) }
    }
}

fn tag_of(start: &BytesStart<'_>) -> Tag {
    let mut tag = Tag { qualified: start.name().0.to_owned(), attributes: Vec::new() };
    // HTML rules, which do not require quotes.
    for attribute in start.html_attributes().with_checks(false).flatten() {
        let value = match quick_xml::escape::unescape(&attribute.value) {
            Ok(value) => value.into_owned(),
            Err(_) => attribute.value.into_owned(),
        };
        tag.attributes.push((attribute.key.0.to_owned(), value));
    }
    tag
}

/// The entities that a file declares.
#[derive(Default)]
struct Entities {
    /// Entities that stand for a little plain text.
    plain: HashMap<String, String>,
    /// The file declares other entities: external, nested or long ones.
    unsafe_ones: bool,
}

impl Entities {
    /// Reads `<!ENTITY name "value">` from a document type.
    fn declared(doctype: &str) -> Self {
        const MOST: usize = 100;
        const LONGEST: usize = 100;
        let mut entities = Self::default();
        for declaration in doctype.split("<!ENTITY").skip(1) {
            let plain = || {
                let (name, value) = declaration.trim_start().split_once(char::is_whitespace)?;
                let value = value.trim_start();
                let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                let value = value[1..].split(quote).next()?;
                let value = quick_xml::escape::unescape(value).ok()?;
                let is_plain = name != "%" && value.len() <= LONGEST && !value.contains(['<', '%']);
                is_plain.then(|| (name.to_owned(), value.into_owned()))
            };
            match plain() {
                Some((name, value)) if entities.plain.len() < MOST => {
                    entities.plain.entry(name).or_insert(value);
                }
                _ => entities.unsafe_ones = true,
            }
        }
        entities
    }
}

/// Returns a copy of a file that describes the EPUB, safe for a parser that trusts its input. The copy is
/// UTF-8, well-formed, not too deep, and has no document type. Readings of ruby are removed (labels in tables
/// of contents contain them), and no metadata refinement can itself be refined. The flag says that the file
/// was not well-formed.
pub(super) fn sanitize(
    text: String,
    path: &str,
    kind: Kind,
    bounds: (&Limits, &mut Work),
) -> Result<(String, bool), ImportError> {
    let start =
        |length| Copying { writer: Writer::new(Vec::with_capacity(length)), open: Vec::new(), error: None };
    let (copying, repaired) = visit(text, path, kind, bounds, start, Copying::take)?;
    if let Some(problem) = copying.error {
        return Err(ImportError::EpubInvalid { problem });
    }
    let copy = String::from_utf8(copying.writer.into_inner()).map_err(|_| ImportError::EncodingInvalid {
        encoding: "UTF-8",
        place: shown(path),
        line: 1,
    })?;
    Ok((copy, repaired))
}

struct Copying {
    writer: Writer<Vec<u8>>,
    /// Names of the open elements, and whether each is left out.
    open: Vec<(String, bool)>,
    error: Option<String>,
}

impl Copying {
    fn take(&mut self, node: Node<'_>) {
        let hidden = self.open.last().is_some_and(|(_, hidden)| *hidden);
        let event = match node {
            Node::Start(tag) => {
                let is_reading = matches!(tag.name(), "rt" | "rp" | "rtc");
                self.open.push((tag.qualified.clone(), hidden || is_reading));
                if hidden || is_reading {
                    return;
                }
                Event::Start(start_of(&tag))
            }
            Node::End => match self.open.pop() {
                Some((name, false)) => Event::End(BytesEnd::new(name)),
                _ => return,
            },
            Node::Text(_) if hidden => return,
            Node::Text(text) => {
                Event::Text(BytesText::from_escaped(quick_xml::escape::escape(text.as_ref()).into_owned()))
            }
        };
        if let Err(error) = self.writer.write_event(event) {
            self.error.get_or_insert_with(|| error.to_string());
        }
    }
}

/// Drops the id of `<meta refines="#a" id="b">`: otherwise refinements could refine each other endlessly.
fn start_of(tag: &Tag) -> BytesStart<'static> {
    let refines = tag.get("refines").is_some();
    let mut start = BytesStart::new(tag.qualified.clone());
    for (key, value) in &tag.attributes {
        let is_name = !key.is_empty() && !key.contains(|c: char| c.is_whitespace() || "\"'<>&=/".contains(c));
        if is_name && !(refines && key == "id") {
            start.push_attribute((key.as_str(), value.as_str()));
        }
    }
    start
}
