//! Reads markup that is not well-formed as a browser would read it.
//!
//! `html5ever` and `xml5ever` build a tree type that the caller supplies. This tree is a list of small nodes
//! linked by index. It needs no recursion for walking or dropping, and parsing stops when the tree exceeds
//! its bounds. (`markup5ever_rcdom` has no bounds and is meant for tests.)

mod tree;

use super::xml::Kind;
use crate::error::{ImportError, shown};
use crate::limits::Limits;
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tokenizer::{
    BufferQueue, Tag as Token, TagKind, Token as AnyToken, TokenSink, TokenSinkResult, Tokenizer,
};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts, TreeSink};
use html5ever::{LocalName, TokenizerResult};
use tree::{Handle, Tree};

/// Most nodes in one file.
const MOST_NODES: usize = 1_000_000;
/// Bytes given to the parser between two checks of the bounds.
const STEP: usize = 512;
/// Longer attribute values are pictures or drawings, and are left out.
const LONGEST_VALUE: usize = 4_096;

/// Remaining work for repairs in one book. The parsers compare each attribute of a tag with all those before
/// it; this counts such comparisons.
pub(super) struct Work(u64);

impl Default for Work {
    fn default() -> Self {
        Self(400_000_000)
    }
}

/// Parses a file as well as possible.
///
/// # Errors
/// - [`ImportError::XmlTooDeep`] if elements are nested too deeply.
/// - [`ImportError::XmlInvalid`] if the repair costs too much.
pub(super) fn parse(
    text: String,
    path: &str,
    kind: Kind,
    limits: &Limits,
    work: &mut Work,
) -> Result<Tree, ImportError> {
    let text = without_long_values(without_declarations(text));
    let bounds = Bounds { path, limits, work, span: 0, bytes: text.len() };
    let pieces = pieces_of(text);
    match kind {
        Kind::Page => parse_page(pieces, bounds),
        Kind::Description => parse_description(pieces, bounds),
    }
}

fn parse_page(mut pieces: Vec<String>, mut bounds: Bounds<'_>) -> Result<Tree, ImportError> {
    let options = TreeBuilderOpts { scripting_enabled: false, drop_doctype: true, ..Default::default() };
    let tokenizer =
        Tokenizer::new(Xhtml(TreeBuilder::new(Tree::of_bytes(bounds.bytes), options)), Default::default());
    let input = BufferQueue::default();
    while let Some(piece) = pieces.pop() {
        let mut rest = piece.as_str();
        while !rest.is_empty() {
            let step = take_step(&mut rest);
            input.push_back(StrTendril::from(step));
            // Scripts are never run; continue after them.
            while let TokenizerResult::Script(_) = tokenizer.feed(&input) {}
            bounds.check(step, &tokenizer.sink.0.sink)?;
        }
    }
    tokenizer.end();
    Ok(tokenizer.sink.0.sink.finish())
}

fn parse_description(mut pieces: Vec<String>, mut bounds: Bounds<'_>) -> Result<Tree, ImportError> {
    let mut parser = xml5ever::driver::parse_document(Tree::of_bytes(bounds.bytes), Default::default());
    while let Some(piece) = pieces.pop() {
        let mut rest = piece.as_str();
        while !rest.is_empty() {
            let step = take_step(&mut rest);
            parser.process(StrTendril::from(step));
            bounds.check(step, &parser.tokenizer.sink.sink)?;
        }
    }
    Ok(parser.finish())
}

/// Splits the text into pieces, the last one first. Each piece is freed after it was read, while the tree
/// grows.
fn pieces_of(mut text: String) -> Vec<String> {
    const PIECE: usize = 1 << 20;
    let mut pieces = Vec::new();
    while text.len() > PIECE {
        let at = text.floor_char_boundary(text.len() - PIECE);
        pieces.push(text.split_off(at));
        text.shrink_to_fit();
    }
    pieces.push(text);
    pieces
}

fn take_step<'a>(rest: &mut &'a str) -> &'a str {
    let end = rest.floor_char_boundary(STEP.min(rest.len()));
    let (step, after) = rest.split_at(end);
    *rest = after;
    step
}

struct Bounds<'a> {
    path: &'a str,
    limits: &'a Limits,
    work: &'a mut Work,
    /// Upper bound of the attributes of the current tag.
    span: u64,
    /// Bytes of the file.
    bytes: usize,
}

impl Bounds<'_> {
    fn check(&mut self, step: &str, tree: &Tree) -> Result<(), ImportError> {
        if tree.depth() > self.limits.xml_depth {
            let path = shown(self.path);
            return Err(ImportError::XmlTooDeep { path, limit: self.limits.xml_depth });
        }
        // Any two attributes are separated by one of these bytes.
        let attributes = step.bytes().filter(|byte| b" \t\n\r\x0c=/".contains(byte)).count() as u64;
        self.span = if tree.has_grown() { attributes } else { self.span + attributes };
        self.work.0 = self.work.0.saturating_sub(self.span * attributes);
        // Unclosed markup is reopened in each paragraph, so a few bytes can make many nodes.
        let most = MOST_NODES.min(self.bytes.saturating_add(10_000));
        if self.work.0 == 0 || tree.len() > most {
            return Err(ImportError::XmlInvalid {
                path: shown(self.path),
                line: 1,
                problem: "it is too large or too irregular to be repaired".to_owned(),
            });
        }
        Ok(())
    }
}

/// Removes declarations from the document type: the HTML parser ends it at the first `>` and reads
/// declarations as text.
fn without_declarations(mut text: String) -> String {
    let declarations = || {
        let at = text.find("<!DOCTYPE").or_else(|| text.find("<!doctype"))?;
        let end = text[at..].find('>')?;
        let open = text[at..at + end].find('[')?;
        let close = text[at..].find("]>").or_else(|| text[at..].find("] >"))?;
        Some((at + open, at + close + 1))
    };
    if let Some((start, end)) = declarations().filter(|(start, end)| start < end) {
        text.drain(start..end);
    }
    text
}

fn without_long_values(text: String) -> String {
    let mut shortened: Option<String> = None;
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = text[at..].find("=\"") {
        let start = at + found + 2;
        let end = text[start..].find('"').map_or(text.len(), |length| start + length);
        if end - start > LONGEST_VALUE && !text[start..end].contains(['<', '>']) {
            shortened.get_or_insert_default().push_str(&text[copied..start]);
            copied = end;
        }
        at = if end < text.len() { end } else { break };
    }
    match shortened {
        Some(mut shortened) => {
            shortened.push_str(&text[copied..]);
            shortened
        }
        None => text,
    }
}

/// Adapter between the HTML tokenizer and tree builder, for two features of XML that HTML lacks.
struct Xhtml(TreeBuilder<Handle, Tree>);

impl TokenSink for Xhtml {
    type Handle = Handle;

    fn process_token(&self, token: AnyToken, line: u64) -> TokenSinkResult<Handle> {
        // `<title/>`, `<a id="x"/>`: HTML ignores the slash, so the whole text of the file would end up in
        // the title.
        let closed = match &token {
            AnyToken::TagToken(tag)
                if tag.kind == TagKind::StartTag
                    && tag.self_closing
                    && !closes_itself(&tag.name)
                    && !self.0.adjusted_current_node_present_but_not_in_html_namespace() =>
            {
                Some(tag.name.clone())
            }
            _ => None,
        };
        let result = self.0.process_token(token, line);
        let Some(name) = closed else { return result };
        let end = Token {
            kind: TagKind::EndTag,
            name,
            self_closing: false,
            attrs: Vec::new(),
            had_duplicate_attributes: false,
        };
        let _ = self.0.process_token(AnyToken::TagToken(end), line);
        TokenSinkResult::Continue
    }

    fn end(&self) {
        self.0.end();
    }

    /// CDATA sections are text everywhere.
    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        true
    }
}

/// Returns whether an element has no end in HTML, or HTML respects its slash.
fn closes_itself(name: &LocalName) -> bool {
    matches!(
        &**name,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "image"
            | "img"
            | "input"
            | "keygen"
            | "link"
            | "math"
            | "meta"
            | "param"
            | "source"
            | "svg"
            | "track"
            | "wbr"
    )
}
