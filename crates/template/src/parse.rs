//! Parses a template like CPython (`MarkupIterator_next` and `parse_field` in
//! `Objects/stringlib/unicode_format.h`), but continues after an error.
//!
//! The syntax uses only ASCII characters, so the parser works on bytes. Tables made beforehand say where a
//! name ends and which brace closes a format spec. Without them, text like `{a:{a:{a:` would be read to its
//! end again and again.

use std::ops::Range;

/// A part of a template, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// Text without braces.
    Literal(Range<usize>),
    /// `{{` or `}}`.
    Escape(Range<usize>),
    /// A brace that opens or closes nothing. The parser skips it like text.
    Stray(Range<usize>),
    /// A field.
    Field(Field),
}

impl Node {
    pub(crate) fn span(&self) -> &Range<usize> {
        match self {
            Self::Literal(span) | Self::Escape(span) | Self::Stray(span) => span,
            Self::Field(field) => &field.span,
        }
    }
}

/// A field, from its opening brace to its closing brace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) span: Range<usize>,
    pub(crate) name: Range<usize>,
    pub(crate) conversion: Conversion,
    pub(crate) spec: Option<Spec>,
}

/// The conversion after a field's `!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Conversion {
    /// There is no `!`, or U+0000 follows it, which CPython treats as no conversion.
    None,
    /// `!r`
    Repr,
    /// `!s`
    Str,
    /// `!a`
    Ascii,
    /// Anything else, from the `!`.
    Unknown(Range<usize>),
}

/// The format spec after a field's `:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(crate) span: Range<usize>,
    /// The parts of the spec. `None` if it has fields and is itself within a spec.
    pub(crate) nodes: Option<Vec<Node>>,
}

/// Parses `text`. The parts are adjacent and cover all of it.
pub(crate) fn parse(text: &str) -> Vec<Node> {
    Parser { text, reach: Reach::new(text) }.nodes(0..text.len(), false)
}

struct Parser<'a> {
    text: &'a str,
    reach: Reach,
}

impl Parser<'_> {
    fn nodes(&self, range: Range<usize>, nested: bool) -> Vec<Node> {
        let bytes = self.text.as_bytes();
        let (mut nodes, mut position) = (Vec::new(), range.start);
        while position < range.end {
            let brace = bytes[position..range.end].iter().position(|byte| matches!(byte, b'{' | b'}'));
            let start = brace.map_or(range.end, |brace| position + brace);
            if start > position {
                nodes.push(Node::Literal(position..start));
            }
            if start == range.end {
                break;
            }
            let node = if start + 1 < range.end && bytes[start + 1] == bytes[start] {
                Node::Escape(start..start + 2)
            } else {
                let field =
                    if bytes[start] == b'{' { self.find_field(start, range.end, nested) } else { None };
                field.map_or(Node::Stray(start..start + 1), Node::Field)
            };
            position = node.span().end;
            nodes.push(node);
        }
        nodes
    }

    /// Returns the field that the brace at `start` opens, if it is closed before `end`.
    fn find_field(&self, start: usize, end: usize, nested: bool) -> Option<Field> {
        let bytes = self.text.as_bytes();
        let name_end = self.reach.name_end(start + 1).filter(|name_end| *name_end < end)?;
        let name = start + 1..name_end;
        let (conversion, stop) = match bytes[name_end] {
            b'{' => return None,
            b'!' => self.find_conversion(name_end, end)?,
            _ => (Conversion::None, name_end),
        };
        if bytes[stop] == b'}' {
            return Some(Field { span: start..stop + 1, name, conversion, spec: None });
        }
        let spec_start = stop + 1;
        let close = self.reach.close(spec_start).filter(|close| *close < end)?;
        let nodes = if !nested {
            Some(self.nodes(spec_start..close, true))
        } else if bytes[spec_start..close].contains(&b'{') {
            None
        } else {
            Some(vec![Node::Literal(spec_start..close)])
        };
        let spec = Some(Spec { span: spec_start..close, nodes });
        Some(Field { span: start..close + 1, name, conversion, spec })
    }

    /// Returns the conversion at the `!` at `mark`, and the offset of the next `}` or `:`.
    fn find_conversion(&self, mark: usize, end: usize) -> Option<(Conversion, usize)> {
        let character = self.text[mark + 1..end].chars().next()?;
        let after = mark + 1 + character.len_utf8();
        let conversion = match character {
            '\0' => Conversion::None,
            'r' => Conversion::Repr,
            's' => Conversion::Str,
            'a' => Conversion::Ascii,
            // CPython treats the brace as the conversion and fails. Here it closes the field.
            '}' => return Some((Conversion::Unknown(mark..mark + 1), mark + 1)),
            _ => Conversion::Unknown(mark..after),
        };
        let next = *self.text.as_bytes()[..end].get(after)?;
        if character != '{' && matches!(next, b'}' | b':') {
            return Some((conversion, after));
        }
        let close = self.reach.close(mark + 1).filter(|close| *close < end)?;
        Some((Conversion::Unknown(mark..close), close))
    }
}

/// Look-up tables with one entry per byte of a text.
struct Reach {
    /// The end of a name that contains this byte: the next `{`, `}`, `:` or `!` outside of `[…]`.
    name_ends: Vec<u32>,
    /// The first `}` from this byte on that closes no brace opened from this byte on.
    closes: Vec<u32>,
}

/// No such byte: the text ends first.
const NOWHERE: u32 = u32::MAX;

impl Reach {
    fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut name_ends = vec![NOWHERE; bytes.len() + 1];
        let mut closes = vec![NOWHERE; bytes.len() + 1];
        let mut bracket = NOWHERE;
        // A text over 4 GiB is not supported: it is parsed as if it had no fields.
        let from = u32::try_from(bytes.len()).map_or(0, |_| bytes.len());
        for index in (0..from).rev() {
            let here = u32::try_from(index).unwrap_or(NOWHERE);
            let beyond =
                |table: &[u32], place: u32| table.get(place as usize + 1).copied().unwrap_or(NOWHERE);
            name_ends[index] = match bytes[index] {
                b'{' | b'}' | b':' | b'!' => here,
                b'[' if bracket == NOWHERE => NOWHERE,
                b'[' => beyond(&name_ends, bracket),
                _ => name_ends[index + 1],
            };
            closes[index] = match bytes[index] {
                b'}' => here,
                b'{' if closes[index + 1] == NOWHERE => NOWHERE,
                b'{' => beyond(&closes, closes[index + 1]),
                _ => closes[index + 1],
            };
            if bytes[index] == b']' {
                bracket = here;
            }
        }
        Self { name_ends, closes }
    }

    fn name_end(&self, start: usize) -> Option<usize> {
        Self::find(&self.name_ends, start)
    }

    fn close(&self, start: usize) -> Option<usize> {
        Self::find(&self.closes, start)
    }

    fn find(table: &[u32], start: usize) -> Option<usize> {
        table.get(start).filter(|place| **place != NOWHERE).map(|place| *place as usize)
    }
}
