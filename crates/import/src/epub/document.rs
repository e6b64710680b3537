//! An XHTML file to text: one paragraph a line, with the places that the table of contents points to.

use super::xml::{self, Node, Walk};
use crate::book::one_line;
use crate::error::ImportError;
use crate::limits::Limits;
use quick_xml::events::BytesStart;
use std::collections::{HashMap, HashSet};

/// The text of a file.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Lines, each ended by `\n`.
    pub(super) text: String,
    /// Readings left out.
    pub(super) ruby: usize,
    /// The file's first heading, else its `<title>`.
    pub(super) heading: Option<String>,
    /// What the file is, by the `epub:type`s around and before its first text.
    pub(super) opening: Vec<String>,
    /// The places asked for that the file has.
    pub(super) marks: HashMap<String, Mark>,
}

/// A place in a file.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// Byte in the text, at the start of a line.
    pub(super) at: usize,
    /// The `epub:type`s of the elements around it, its own, and those between it and its first text.
    pub(super) types: Vec<String>,
}

/// Bounds on what one mark collects, so that a hostile file cannot make that quadratic.
const MOST_TYPES: usize = 16;
const MOST_FRESH_MARKS: usize = 64;

/// Reads a file; `wanted` are the ids of the places asked for.
pub(super) fn read(
    text: &str,
    path: &str,
    wanted: &HashSet<&str>,
    limits: &Limits,
) -> Result<Document, ImportError> {
    let mut walk = Walk::new(text, path, limits);
    let mut reading = Reading::default();
    reading.fresh.push(String::new());
    reading.marks.insert(String::new(), Mark::default());
    while let Some(node) = walk.next()? {
        match node {
            Node::Start(start) => reading.open(&start, wanted),
            Node::End => reading.close(),
            Node::Text(text) => reading.push_text(&text),
        }
    }
    reading.lines.end_line();
    let opening = reading.marks.remove("").map(|mark| mark.types).unwrap_or_default();
    let heading = [reading.heading, reading.title]
        .into_iter()
        .flatten()
        .map(|heading| one_line(&heading))
        .find(|heading| !heading.is_empty());
    Ok(Document { text: reading.lines.text, ruby: reading.ruby, heading, opening, marks: reading.marks })
}

/// An open element.
#[derive(Default)]
struct Frame {
    types: Vec<String>,
    is_block: bool,
    is_heading: bool,
    is_title: bool,
    /// Nothing inside is text to read.
    hidden: bool,
    preformatted: bool,
}

#[derive(Default)]
struct Reading {
    lines: Lines,
    frames: Vec<Frame>,
    ruby: usize,
    title: Option<String>,
    heading: Option<String>,
    marks: HashMap<String, Mark>,
    /// Marks before whose place there has been no text yet.
    fresh: Vec<String>,
}

impl Reading {
    fn open(&mut self, start: &BytesStart<'_>, wanted: &HashSet<&str>) {
        let name = start.local_name().into_inner().to_ascii_lowercase();
        let types = types_of(start);
        let outer = self.frames.last();
        let mut frame = Frame {
            hidden: outer.is_some_and(|frame| frame.hidden) || is_hidden(&name, &types),
            preformatted: name == "pre" || outer.is_some_and(|frame| frame.preformatted),
            is_heading: is_heading(&name),
            is_block: is_block(&name),
            is_title: name == "title",
            types,
        };
        if frame.is_block && !frame.hidden {
            self.lines.end_line();
            if frame.is_heading || matches!(name.as_str(), "section" | "article" | "hr") {
                self.lines.blank_line();
            }
        }
        match name.as_str() {
            "br" if !frame.hidden => self.lines.break_line(),
            "td" | "th" if !frame.hidden && !self.lines.line.is_empty() => self.lines.push("\t", true),
            "rt" if outer.is_none_or(|frame| !frame.hidden) => self.ruby += 1,
            _ => {}
        }
        let ids = ["id", "name"].iter().filter_map(|key| xml::find_attribute(start, key));
        for id in ids.filter(|id| wanted.contains(id.as_str())).take(2) {
            self.mark(id);
        }
        for fresh in self.fresh.iter().rev().take(MOST_FRESH_MARKS) {
            if let Some(mark) = self.marks.get_mut(fresh) {
                let room = MOST_TYPES.saturating_sub(mark.types.len());
                mark.types.extend(frame.types.iter().take(room).cloned());
            }
        }
        frame.types.truncate(MOST_TYPES);
        self.frames.push(frame);
    }

    fn mark(&mut self, id: String) {
        let at = self.lines.text.len();
        let around = self.frames.iter().flat_map(|frame| &frame.types).take(MOST_TYPES).cloned().collect();
        self.marks.entry(id.clone()).or_insert_with(|| {
            self.fresh.push(id);
            Mark { at, types: around }
        });
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if frame.is_block && !frame.hidden {
            self.lines.end_line();
            if frame.is_heading {
                self.lines.blank_line();
            }
        }
    }

    fn push_text(&mut self, text: &str) {
        let Some(frame) = self.frames.last() else { return };
        let preformatted = frame.preformatted;
        if frame.is_title {
            append(&mut self.title, text);
        }
        if frame.hidden {
            return;
        }
        if !text.trim().is_empty() {
            self.fresh.clear();
            self.push_heading(text);
        }
        self.lines.push(text, preformatted);
    }

    /// Collects the first heading, whose text may come in pieces (`第<b>一</b>章`).
    fn push_heading(&mut self, text: &str) {
        let goes_on = self.heading.is_none() || !self.lines.line.is_empty();
        if goes_on && self.frames.iter().any(|frame| frame.is_heading) {
            append(&mut self.heading, text);
        }
    }
}

/// Adds to a title, up to a length that no title has.
fn append(title: &mut Option<String>, text: &str) {
    const LONGEST: usize = 1000;
    let title = title.get_or_insert_default();
    if title.len() < LONGEST {
        title.push_str(text);
    }
}

fn types_of(start: &BytesStart<'_>) -> Vec<String> {
    let mut types = Vec::new();
    for attribute in start.attributes().with_checks(false).flatten() {
        match attribute.key.0 {
            "role" => {
                let roles = attribute.value.split_whitespace().filter_map(|role| role.strip_prefix("doc-"));
                types.extend(roles.map(str::to_lowercase));
            }
            key if key.ends_with(":type") => {
                types.extend(attribute.value.split_whitespace().map(str::to_lowercase));
            }
            _ => {}
        }
    }
    types
}

fn is_hidden(name: &str, types: &[String]) -> bool {
    matches!(
        name,
        "head"
            | "script"
            | "style"
            | "nav"
            | "rt"
            | "rp"
            | "rtc"
            | "template"
            | "svg"
            | "audio"
            | "video"
            | "iframe"
            | "object"
            | "canvas"
    ) || types.iter().any(|kind| kind == "pagebreak")
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn is_block(name: &str) -> bool {
    is_heading(name)
        || matches!(
            name,
            "address"
                | "article"
                | "aside"
                | "blockquote"
                | "body"
                | "caption"
                | "center"
                | "dd"
                | "details"
                | "div"
                | "dl"
                | "dt"
                | "fieldset"
                | "figcaption"
                | "figure"
                | "footer"
                | "form"
                | "header"
                | "hgroup"
                | "hr"
                | "legend"
                | "li"
                | "main"
                | "ol"
                | "p"
                | "pre"
                | "section"
                | "summary"
                | "table"
                | "tbody"
                | "tfoot"
                | "thead"
                | "tr"
                | "ul"
        )
}

/// Text put together line by line, white space as a browser would show it.
#[derive(Default)]
struct Lines {
    text: String,
    line: String,
    /// White space met since the last character; it counts only if another one follows.
    gap: Option<Gap>,
    /// The next line is set off by a blank one.
    blank_due: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Space,
    /// With a line end of the file in it.
    Newline,
}

impl Lines {
    fn push(&mut self, text: &str, preformatted: bool) {
        for c in text.chars() {
            match c {
                '\r' if preformatted => {}
                '\n' if preformatted => self.break_line(),
                ' ' | '\t' if preformatted => self.line.push(c),
                '\n' | '\r' => self.gap = Some(Gap::Newline),
                ' ' | '\t' | '\u{c}' => self.gap = self.gap.or(Some(Gap::Space)),
                c => {
                    self.fill_gap(c);
                    self.line.push(c);
                }
            }
        }
    }

    /// A line end between two CJK characters of the file is no space (CSS Text 3, segment breaks).
    fn fill_gap(&mut self, next: char) {
        let gap = self.gap.take();
        let Some(last) = self.line.chars().next_back() else { return };
        match gap {
            Some(Gap::Newline) if is_wide(last) && is_wide(next) => {}
            Some(_) if !last.is_whitespace() => self.line.push(' '),
            _ => {}
        }
    }

    fn end_line(&mut self) {
        self.gap = None;
        if self.line.is_empty() {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end_matches([' ', '\t']);
        if line.trim().is_empty() {
            // `<p>&nbsp;</p>` is how a blank line is made.
            self.blank_due = true;
            return;
        }
        if std::mem::take(&mut self.blank_due) && !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn break_line(&mut self) {
        if self.line.is_empty() {
            self.blank_due = true;
        }
        self.end_line();
    }

    fn blank_line(&mut self) {
        self.blank_due = true;
    }
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(body: &str, wanted: &[&str]) -> Document {
        let text = format!("<html><head><title>t</title></head><body>{body}</body></html>");
        read(&text, "a.xhtml", &wanted.iter().copied().collect(), &Limits::default()).unwrap()
    }

    #[test]
    fn paragraphs_are_lines() {
        for (body, text) in [
            ("<p>一行\n  目</p>\n<p>　二行目<br/>続き</p>", "一行目\n　二行目\n続き\n"),
            ("<p>one\n two <b>bold</b> , three</p>", "one two bold , three\n"),
            ("<p>a</p><p><br/></p><p>b</p><hr/><p>c</p>", "a\n\nb\n\nc\n"),
            ("<p>a</p><p>&#160;</p><p>　</p><p>b</p>", "a\n\nb\n"),
            ("<h2>題</h2><p>本文</p><section><p>次</p></section>", "題\n\n本文\n\n次\n"),
            (
                "<script>x</script><style>y</style><nav>z</nav><p>&amp;&hellip;&lt;<![CDATA[<&]]></p>",
                "&…<<&\n",
            ),
            ("<pre>a\n  b</pre>", "a\n  b\n"),
            ("<table><tr><td>a</td><td>b</td></tr></table>", "a\tb\n"),
            ("text<div>in</div>after", "text\nin\nafter\n"),
            ("<p>1<span epub:type=\"pagebreak\">[9]</span>2<img alt=\"no\"/></p>", "12\n"),
        ] {
            assert_eq!(document(body, &[]).text, text, "{body}");
        }
    }

    #[test]
    fn ruby_leaves_its_base() {
        let document = document("<p><ruby>山路<rp>（</rp><rt>やまみち</rt><rp>）</rp></ruby>を</p>", &[]);
        assert_eq!((document.text.as_str(), document.ruby), ("山路を\n", 1));
    }

    #[test]
    fn marks_are_at_line_starts_and_know_their_types() {
        let body =
            "<p>a</p><section epub:type='chapter'><h2>b <a id='x'/></h2><p>c</p></section><p id='y'>d</p>";
        let document = document(body, &["x", "y", "z"]);
        let after = |id: &str| &document.text[document.marks[id].at..];
        assert_eq!(after("x").trim_start(), "b\n\nc\nd\n");
        assert_eq!(after("y"), "d\n");
        assert_eq!(document.marks["x"].types, ["chapter"]);
        assert_eq!(document.marks.len(), 2);
        assert_eq!(document.heading.as_deref(), Some("b"));
    }
}
