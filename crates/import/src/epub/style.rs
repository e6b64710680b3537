//! Finds what the style sheets of a book hide: elements with `display: none` and `visibility: hidden`.
//!
//! Readers do not see such text, so it is not translated: copies for search engines, warnings against theft,
//! text for screen readers. CSS rules apply as far as they are supported: nested names, classes and ids, with
//! order and specificity. An unsupported rule (attributes, states, media conditions) hides nothing. Rules for
//! print are skipped; rules for screens apply.

mod media;
mod selector;
mod sheet;

use super::archive::Archive;
use super::charset::{self, Hint};
use super::path;
use super::xml::Tag;
use percent_encoding::percent_decode_str;
use selector::Subject;
use sheet::{Setting, Settings, Sheet};
use std::collections::HashMap;
use std::io::{Read, Seek};
use std::rc::Rc;

pub(super) use selector::{Identity, Subject as StyledElement};

/// Most bytes of one sheet; longer sheets hide nothing.
pub(super) const LONGEST_SHEET: usize = 1_000_000;
/// Most sheets of a book, and most rules in them.
const MOST_SHEETS: usize = 200;
const MOST_RULES: usize = 20_000;
/// Most sheets of one page, including imported ones.
const MOST_IN_PAGE: usize = 32;
/// Most levels of imports between sheets.
const DEEPEST_IMPORT: usize = 4;
/// Most comparisons of elements with rules in one page; beyond that, nothing is hidden.
const WORK: u64 = 20_000_000;

/// The style sheets of a book, by path in lower case.
#[derive(Debug, Default)]
pub(super) struct Sheets(HashMap<String, Rc<Sheet>>);

impl Sheets {
    /// Reads all sheets in the archive. An unreadable sheet hides nothing.
    pub(super) fn read(archive: &mut Archive<'_, impl Read + Seek>) -> Self {
        let mut paths: Vec<String> =
            archive.paths().filter(|path| path.to_lowercase().ends_with(".css")).map(str::to_owned).collect();
        paths.sort_unstable();
        let mut sheets = HashMap::new();
        let mut rules = 0;
        for path in paths.into_iter().take(MOST_SHEETS) {
            let bytes = archive.read(&path, LONGEST_SHEET as u64).unwrap_or_default();
            let text = charset::decode(bytes, &path, &Hint::default(), &mut Vec::new()).unwrap_or_default();
            let sheet = Sheet::read(&text);
            rules += sheet.len();
            if rules > MOST_RULES {
                break;
            }
            sheets.insert(path.to_lowercase(), Rc::new(sheet));
        }
        Self(sheets)
    }
}

/// The sheets of one page, in order.
#[derive(Debug)]
pub(super) struct Styles {
    sheets: Vec<Rc<Sheet>>,
    /// Number of sheets named so far, including missing ones.
    named: usize,
    hides: bool,
    work: u64,
}

impl Default for Styles {
    fn default() -> Self {
        Self { sheets: Vec::new(), named: 0, hides: false, work: WORK }
    }
}

/// The effect of styles on an element.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// The element and its content are not displayed.
    pub(super) is_gone: bool,
    /// Whether the element is invisible; `None` inherits from the parent.
    pub(super) is_invisible: Option<bool>,
}

impl Styles {
    /// Returns whether any rule hides something.
    pub(super) fn hides(&self) -> bool {
        self.hides && self.work > 0
    }

    /// Adds the sheet of a `<link>` in the file `from`.
    pub(super) fn add_link(&mut self, tag: &Tag, from: &str, sheets: &Sheets) {
        let has = |name: &str| {
            let rel = tag.get("rel").unwrap_or_default();
            rel.split_whitespace().any(|word| word.eq_ignore_ascii_case(name))
        };
        let is_screen = tag.get("media").is_none_or(media::attribute_includes_screen);
        if has("stylesheet")
            && !has("alternate")
            && is_screen
            && let Some(href) = tag.get("href")
        {
            self.add(href, from, sheets, 0);
        }
    }

    fn add(&mut self, reference: &str, from: &str, sheets: &Sheets, depth: usize) {
        if depth > DEEPEST_IMPORT || self.named >= MOST_IN_PAGE {
            return;
        }
        self.named += 1;
        let reference = reference.split(['?', '#']).next().unwrap_or_default();
        let reference = percent_decode_str(reference).decode_utf8_lossy();
        let Some(path) = path::linked(from, &reference).map(|path| path.to_lowercase()) else { return };
        if let Some(sheet) = sheets.0.get(&path) {
            self.add_sheet(Rc::clone(sheet), &path, sheets, depth);
        }
    }

    fn add_sheet(&mut self, sheet: Rc<Sheet>, path: &str, sheets: &Sheets, depth: usize) {
        for import in &sheet.imports {
            self.add(import, path, sheets, depth + 1);
        }
        self.hides |= sheet.hides;
        self.sheets.push(sheet);
    }

    /// Adds the text of a `<style>` in the file `from`.
    pub(super) fn add_text(&mut self, text: &str, media: Option<&str>, from: &str, sheets: &Sheets) {
        if self.named < MOST_IN_PAGE && media.is_none_or(media::attribute_includes_screen) {
            self.named += 1;
            self.add_sheet(Rc::new(Sheet::read(text)), from, sheets, 0);
        }
    }

    /// Returns the effect of styles on an element. `ancestors` are the elements around it, the outermost
    /// first.
    pub(super) fn look<'a>(
        &mut self,
        own: Subject<'_>,
        tag: &Tag,
        ancestors: impl Iterator<Item = Subject<'a>> + Clone,
    ) -> Look {
        let mut cascade = Cascade::default();
        if self.hides() {
            for (nth, sheet) in self.sheets.iter().enumerate() {
                for (rule_nth, rule) in sheet.rules_for(own) {
                    let selector = &rule.selector;
                    if selector.matches(own, ancestors.clone(), &mut self.work) {
                        cascade.add(rule.settings, (selector.specificity, nth + 1, rule_nth));
                    }
                }
            }
        }
        // In CSS, `hidden` has the lowest rank. Here it ranks high: sheets that display all sections as
        // blocks also contain `[hidden]`.
        if tag.attributes.iter().any(|(key, _)| key == "hidden") {
            let display = Some(Setting { hides: true, is_important: false });
            cascade.add(Settings { display, visibility: None }, (u32::MAX, 0, 0));
        }
        if let Some(style) = tag.get("style").filter(|style| style.len() <= LONGEST_SHEET) {
            cascade.add(Settings::of_attribute(style), (u32::MAX, 0, 0));
        }
        Look {
            is_gone: cascade.display.is_some_and(|(_, hides)| hides),
            is_invisible: cascade.visibility.map(|(_, hides)| hides),
        }
    }
}

/// Importance, specificity, sheet and rule.
type Rank = (bool, u32, usize, usize);

/// The winning values so far.
#[derive(Default)]
struct Cascade {
    display: Option<(Rank, bool)>,
    visibility: Option<(Rank, bool)>,
}

impl Cascade {
    fn add(&mut self, settings: Settings, (specificity, sheet, rule): (u32, usize, usize)) {
        let pairs = [(settings.display, &mut self.display), (settings.visibility, &mut self.visibility)];
        for (setting, best) in pairs {
            let Some(setting) = setting else { continue };
            let rank = (setting.is_important, specificity, sheet, rule);
            if best.is_none_or(|(known, _)| rank >= known) {
                *best = Some((rank, setting.hides));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(sheet: &str, class: &str, attributes: &[(&str, &str)]) -> Look {
        let mut styles = Styles::default();
        styles.add_text(sheet, None, "a.xhtml", &Sheets::default());
        let identity = Identity { id: "x".into(), classes: class.into() };
        let attributes = attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let tag = Tag { qualified: "p".to_owned(), attributes: attributes.collect() };
        styles.look(Subject { name: "p", identity: &identity }, &tag, std::iter::empty())
    }

    #[test]
    fn the_strongest_rule_counts() {
        for (sheet, class, attributes, gone) in [
            (".a{display:none}", "a", &[][..], true),
            (".a{display:none} .a{display:block}", "a", &[], false),
            (".a{display:block} p{display:none}", "a", &[], false),
            ("p{display:none} .a{display:block}", "a", &[], false),
            ("p{display:none !important} .a{display:block}", "a", &[], true),
            (".a{display:none}", "a", &[("style", "display: block")], false),
            (".a{display:none!important}", "a", &[("style", "display: block")], true),
            ("", "", &[("style", "color:red; display : none")], true),
            ("", "", &[("hidden", "")], true),
            ("#x{display:block}", "", &[("hidden", "")], true),
            ("", "", &[("hidden", ""), ("style", "display: block")], false),
            (".a{display:none} .a:target{display:block}", "a", &[], false),
            (".a{display:none} .a[open]{display:block}", "a", &[], false),
        ] {
            assert_eq!(look(sheet, class, attributes).is_gone, gone, "{sheet} {class} {attributes:?}");
        }
        let invisible = |sheet: &str| look(sheet, "a", &[]).is_invisible;
        assert_eq!(invisible(".a{visibility:hidden}"), Some(true));
        assert_eq!(invisible("p{visibility:hidden} .a{visibility:visible}"), Some(false));
        assert_eq!(invisible(".a{display:none}"), None);
    }

    #[test]
    fn sheets_name_others_up_to_a_bound() {
        let sheet = |text: &str| Rc::new(Sheet::read(text));
        let sheets = Sheets(HashMap::from([
            ("css/main.css".to_owned(), sheet("@import 'more.css'; @import 'main.css'; @import 'gone.css';")),
            ("css/more.css".to_owned(), sheet(".a{display:none}")),
        ]));
        let link = |attributes: &[(&str, &str)]| {
            let attributes = attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            let tag = Tag { qualified: "link".to_owned(), attributes: attributes.collect() };
            let mut styles = Styles::default();
            styles.add_link(&tag, "text/a.xhtml", &sheets);
            (styles.hides(), styles.named)
        };
        let (hides, named) = link(&[("rel", "stylesheet"), ("href", "../CSS/main.css")]);
        assert!(hides && named <= MOST_IN_PAGE);
        for attributes in [
            [("rel", "stylesheet"), ("href", "../css/none.css"), ("type", "text/css")],
            [("rel", "alternate stylesheet"), ("href", "../css/main.css"), ("type", "text/css")],
            [("rel", "stylesheet"), ("href", "../css/main.css"), ("media", "print")],
            [("rel", "icon"), ("href", "../css/main.css"), ("type", "text/css")],
        ] {
            assert!(!link(&attributes).0, "{attributes:?}");
        }
    }
}
