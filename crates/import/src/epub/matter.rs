//! Separates the body of a book from cover, contents, imprint and similar pages.

use crate::warning::WarningCode;

/// The kind of a part of an EPUB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matter {
    /// Narrative: a chapter at any place.
    Narrative,
    /// Left out, for the reason in the warning code.
    Skipped(WarningCode),
    /// Front or back matter that may contain text, unlike `Skipped` pages.
    Outside(WarningCode),
}

/// `epub:type`s (EPUB 3 Structural Semantics Vocabulary) and guide types (OPF 2.0, §2.6) of pages without
/// text to translate.
const PAGES: &[(&[&str], WarningCode)] = &[
    (&["cover"], WarningCode::CoverSkipped),
    (&["titlepage", "title-page", "halftitlepage", "halftitle"], WarningCode::TitlePageSkipped),
    (
        &["toc", "toc-brief", "landmarks", "page-list", "loi", "lot", "loa", "lov"],
        WarningCode::ContentsSkipped,
    ),
    (&["imprint", "imprimatur"], WarningCode::ImprintSkipped),
    (&["colophon"], WarningCode::ColophonSkipped),
    (&["copyright-page", "copyright"], WarningCode::CopyrightPageSkipped),
];

const NARRATIVE: &[&str] = &[
    "chapter",
    "part",
    "volume",
    "subchapter",
    "division",
    "prologue",
    "epilogue",
    "conclusion",
    "bodymatter",
];

/// Labels and file names (lower case, without spaces and punctuation) of such pages, used if no type is
/// known.
const NAMES: &[(&[&str], WarningCode)] = &[
    (&["cover", "coverpage", "coverimage", "表紙", "カバー", "封面", "표지"], WarningCode::CoverSkipped),
    (
        &[
            "title",
            "titlepage",
            "halftitle",
            "halftitlepage",
            "扉",
            "本扉",
            "タイトルページ",
            "书名页",
            "扉页",
        ],
        WarningCode::TitlePageSkipped,
    ),
    (
        &["contents", "tableofcontents", "toc", "nav", "目次", "もくじ", "目录", "目錄", "차례", "목차"],
        WarningCode::ContentsSkipped,
    ),
    (&["imprint"], WarningCode::ImprintSkipped),
    (&["colophon", "奥付", "奥附"], WarningCode::ColophonSkipped),
    (
        &[
            "copyright",
            "copyrightpage",
            "copyrightnotice",
            "copyrights",
            "著作権",
            "著作権表示",
            "版权页",
            "版權頁",
            "版权信息",
            "판권",
        ],
        WarningCode::CopyrightPageSkipped,
    ),
];

/// Returns the kind by types, the most specific first; `None` if no type is known.
pub(super) fn by_types<'a>(types: impl Iterator<Item = &'a String> + Clone) -> Option<Matter> {
    let has = |names: &[&str]| types.clone().any(|kind| names.contains(&kind.as_str()));
    if let Some((_, code)) = PAGES.iter().find(|(names, _)| has(names)) {
        return Some(Matter::Skipped(*code));
    }
    if has(&NARRATIVE[..NARRATIVE.len() - 1]) {
        return Some(Matter::Narrative);
    }
    if has(&["frontmatter"]) {
        return Some(Matter::Outside(WarningCode::FrontMatterSkipped));
    }
    if has(&["backmatter"]) {
        return Some(Matter::Outside(WarningCode::BackMatterSkipped));
    }
    has(NARRATIVE).then_some(Matter::Narrative)
}

/// Returns the kind by a label or a file name.
pub(super) fn by_name(name: &str) -> Option<Matter> {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    NAMES.iter().find(|(names, _)| names.contains(&plain.as_str())).map(|(_, code)| Matter::Skipped(*code))
}

/// Returns the name of a file without folder and extension.
pub(super) fn stem_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Returns whether a landmark's types mark the start of the body (`text` and `start` are types of the guide).
pub(super) fn is_body_start(types: &[String]) -> bool {
    types.iter().any(|kind| matches!(kind.as_str(), "bodymatter" | "text" | "start"))
}

/// Returns the description of a part that is left out.
pub(super) fn name_of(code: WarningCode) -> &'static str {
    match code {
        WarningCode::CoverSkipped => "The cover",
        WarningCode::TitlePageSkipped => "The title page",
        WarningCode::ContentsSkipped => "The table of contents",
        WarningCode::ImprintSkipped => "The imprint",
        WarningCode::ColophonSkipped => "The colophon",
        WarningCode::CopyrightPageSkipped => "The copyright page",
        WarningCode::FrontMatterSkipped => "A part of the front matter",
        WarningCode::BackMatterSkipped => "A part of the back matter",
        _ => "A part outside the reading order",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_telling_type_counts() {
        let matter = |types: &str| {
            let types: Vec<String> = types.split_whitespace().map(str::to_owned).collect();
            by_types(types.iter())
        };
        assert_eq!(
            matter("backmatter backmatter colophon"),
            Some(Matter::Skipped(WarningCode::ColophonSkipped))
        );
        assert_eq!(matter("frontmatter prologue"), Some(Matter::Narrative));
        assert_eq!(matter("frontmatter preface"), Some(Matter::Outside(WarningCode::FrontMatterSkipped)));
        assert_eq!(matter("bodymatter"), Some(Matter::Narrative));
        assert_eq!(matter("footnote"), None);
    }

    #[test]
    fn names_tell_pages() {
        assert_eq!(by_name(" Title Page "), Some(Matter::Skipped(WarningCode::TitlePageSkipped)));
        assert_eq!(by_name("奥付"), Some(Matter::Skipped(WarningCode::ColophonSkipped)));
        assert_eq!(by_name("Chapter 1"), None);
        assert_eq!(by_name("Contents of the Box"), None);
    }
}
