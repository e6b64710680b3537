//! Classifies XHTML elements by name, types and classes.

use super::xml::Tag;

/// Returns `epub:type`s and DPUB roles, in lower case, roles without `doc-`.
pub(super) fn types_of(tag: &Tag) -> Vec<String> {
    let mut types = Vec::new();
    for (key, value) in &tag.attributes {
        match key.as_str() {
            "role" => {
                let roles = value.split_whitespace().filter_map(|role| role.strip_prefix("doc-"));
                types.extend(roles.map(str::to_lowercase));
            }
            key if key.ends_with(":type") => {
                types.extend(value.split_whitespace().map(str::to_lowercase));
            }
            _ => {}
        }
    }
    types
}

/// Returns whether an element has no text to read.
pub(super) fn is_hidden(name: &str, types: &[String]) -> bool {
    matches!(
        name,
        "head"
            | "script"
            | "style"
            | "nav"
            | "rp"
            | "template"
            | "audio"
            | "video"
            | "iframe"
            | "object"
            | "canvas"
            | "annotation"
            | "annotation-xml"
            // The alternatives of `epub:switch`; only its default is read.
            | "case"
    ) || types.iter().any(|kind| matches!(kind.as_str(), "pagebreak" | "page-list"))
}

/// Returns whether the types mean a footnote or endnote.
pub(super) fn is_note(types: &[String]) -> bool {
    types.iter().any(|kind| matches!(kind.as_str(), "footnote" | "endnote" | "rearnote" | "biblioentry-note"))
}

/// Returns whether the types mean a list or section of notes.
pub(super) fn is_note_list(types: &[String]) -> bool {
    types.iter().any(|kind| matches!(kind.as_str(), "footnotes" | "endnotes" | "rearnotes"))
}

/// Returns whether the types mean a reference to a note.
pub(super) fn is_note_reference(types: &[String]) -> bool {
    types.iter().any(|kind| kind == "noteref")
}

/// Returns whether the element has a class that tools give to notes and note references (Duokan, Calibre,
/// InDesign, Word, pandoc …).
pub(super) fn has_note_class(tag: &Tag) -> bool {
    const PARTS: &[&str] =
        &["footnote", "endnote", "noteref", "fnref", "rearnote", "sidenote", "_idFootnote"];
    let class = tag.get("class").unwrap_or_default();
    PARTS.iter().any(|part| class.to_ascii_lowercase().contains(&part.to_ascii_lowercase()))
}

/// Returns whether the element has a class that tools give to the number of a printed page.
pub(super) fn has_page_number_class(tag: &Tag) -> bool {
    tag.get("class").unwrap_or_default().split_whitespace().any(|class| {
        let class: String = class.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        let class = class.trim_start_matches("x").trim_start_matches("ebookmaker");
        matches!(class, "pagenum" | "pagenumber" | "pageno" | "pagenr" | "pagebreak" | "folio")
    })
}

/// Returns whether the element has the class of a large first letter.
pub(super) fn has_drop_cap_class(tag: &Tag) -> bool {
    tag.get("class").unwrap_or_default().split_whitespace().any(|class| {
        let class: String = class.chars().filter(|c| c.is_alphabetic()).collect::<String>().to_lowercase();
        ["dropcap", "dropletter", "initialcap", "lettrine", "bigletter"]
            .iter()
            .any(|name| class.contains(name))
    })
}

/// Returns whether the element has the class of a picture of a character.
pub(super) fn has_gaiji_class(tag: &Tag) -> bool {
    let class = tag.get("class").unwrap_or_default().to_ascii_lowercase();
    ["gaiji", "inline-char", "inlinechar"].iter().any(|name| class.contains(name))
}

/// Returns 1 to 6 for `h1` to `h6`, else 0.
pub(super) fn heading_level(name: &str) -> u8 {
    match name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => level - b'0',
        _ => 0,
    }
}

pub(super) fn is_block(name: &str) -> bool {
    heading_level(name) > 0
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
