//! Reads from a style sheet the rules that hide or show elements.

use super::media;
use super::selector::{self, Selector, Subject};
use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, ParseError, Parser, ParserState, QualifiedRuleParser,
    RuleBodyItemParser, RuleBodyParser, StyleSheetParser, parse_important,
};
use std::collections::HashMap;

/// Most rules in one sheet that hide or show elements. A sheet with more hides nothing.
pub(super) const MOST_RULES: usize = 2_000;
/// Most sheets that one sheet imports.
const MOST_IMPORTS: usize = 32;
/// Most nested blocks.
const DEEPEST: u8 = 32;

/// The rules of a sheet that hide or show elements.
#[derive(Debug, Default)]
pub(in crate::epub) struct Sheet {
    /// References of imported sheets, as written.
    pub(super) imports: Vec<String>,
    /// The sheet has a rule that hides something.
    pub(super) hides: bool,
    rules: Vec<Rule>,
    /// Rules by the id, a class or the name in their selectors, and rules without any of them.
    by_id: HashMap<Box<str>, Vec<usize>>,
    by_class: HashMap<Box<str>, Vec<usize>>,
    by_name: HashMap<Box<str>, Vec<usize>>,
    others: Vec<usize>,
}

/// The effect of a rule on the selected elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) selector: Selector,
    pub(super) settings: Settings,
}

/// Values of the two properties that hide elements; `None` if a rule does not set the property.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::epub) struct Settings {
    pub(super) display: Option<Setting>,
    pub(super) visibility: Option<Setting>,
}

/// A value of `display` or `visibility`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) hides: bool,
    pub(super) is_important: bool,
}

impl Settings {
    pub(super) fn hides(self) -> bool {
        [self.display, self.visibility].into_iter().flatten().any(|setting| setting.hides)
    }

    /// Returns the settings of a `style` attribute.
    pub(super) fn of_attribute(style: &str) -> Self {
        Self::read(&mut parser(style))
    }

    /// Reads declarations. The last one of each property wins, unless an earlier one is important.
    fn read(input: &mut Parser<'_>) -> Self {
        let mut settings = Self::default();
        for declaration in RuleBodyParser::new(input, &mut Declarations).flatten() {
            let Some((property, setting)) = declaration else { continue };
            let known = match property {
                Property::Display => &mut settings.display,
                Property::Visibility => &mut settings.visibility,
            };
            if known.is_none_or(|known: Setting| setting.is_important || !known.is_important) {
                *known = Some(setting);
            }
        }
        settings
    }
}

fn parser(text: &str) -> Parser<'_> {
    let mut parser = Parser::new(text);
    parser.set_nested_block_limit(DEEPEST);
    parser
}

impl Sheet {
    /// Reads a sheet, skipping unsupported parts.
    pub(super) fn read(text: &str) -> Self {
        let mut reader = Reader::default();
        let mut input = parser(text);
        // Invalid rules are skipped; `reader` collects the others.
        StyleSheetParser::new(&mut input, &mut reader).for_each(drop);
        if reader.rules.len() > MOST_RULES {
            return Self::default();
        }
        let mut sheet = Self { imports: reader.imports, ..Self::default() };
        for rule in reader.rules {
            sheet.add(rule);
        }
        sheet
    }

    fn add(&mut self, rule: Rule) {
        let index = self.rules.len();
        let Some(last) = rule.selector.last() else { return };
        let list = if let Some(id) = &last.id {
            self.by_id.entry(id.clone()).or_default()
        } else if let Some(class) = last.classes.first() {
            self.by_class.entry(class.clone()).or_default()
        } else if let Some(name) = &last.name {
            self.by_name.entry(name.clone()).or_default()
        } else {
            &mut self.others
        };
        list.push(index);
        self.hides |= rule.settings.hides();
        self.rules.push(rule);
    }

    /// Returns the number of rules.
    pub(super) fn len(&self) -> usize {
        self.rules.len()
    }

    /// Returns the rules that may select an element, with their numbers in the sheet.
    pub(super) fn rules_for<'s>(&'s self, subject: Subject<'s>) -> impl Iterator<Item = (usize, &'s Rule)> {
        let by_id = self.by_id.get(&*subject.identity.id);
        let by_class = subject.identity.classes.split_whitespace().filter_map(|name| self.by_class.get(name));
        let by_name = self.by_name.get(subject.name);
        let lists = by_id.into_iter().chain(by_class).chain(by_name).chain([&self.others]);
        lists.flatten().map(|index| (*index, &self.rules[*index]))
    }
}

/// Collects the rules of a sheet.
#[derive(Default)]
struct Reader {
    imports: Vec<String>,
    rules: Vec<Rule>,
}

impl Reader {
    fn take(&mut self, selectors: Vec<Selector>, settings: Settings) {
        if settings == Settings::default() {
            return;
        }
        for selector in selectors {
            // A partly supported rule may match too many elements: it may show them, but never hide them.
            let is_safe = !selector.is_wider || !settings.hides();
            if is_safe && !selector.is_pseudo_element && self.rules.len() <= MOST_RULES {
                self.rules.push(Rule { selector, settings });
            }
        }
    }
}

enum AtRule {
    Import(String),
    /// A medium that includes screens.
    Media,
}

impl<'i> AtRuleParser<'i> for Reader {
    type Prelude = AtRule;
    type AtRule = ();
    type Error = ();

    fn parse_prelude(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
    ) -> Result<AtRule, ParseError<()>> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let rule = if is("import") {
            AtRule::Import(input.expect_url_or_string()?.to_string())
        } else if is("media") {
            AtRule::Media
        } else {
            return Err(ParseError::unexpected_token());
        };
        if media::includes_screen(input) { Ok(rule) } else { Err(ParseError::unexpected_token()) }
    }

    fn rule_without_block(&mut self, prelude: AtRule, _start: &ParserState) -> Result<(), ()> {
        match prelude {
            AtRule::Import(reference) if self.imports.len() < MOST_IMPORTS => {
                self.imports.push(reference);
                Ok(())
            }
            _ => Err(()),
        }
    }

    fn parse_block(
        &mut self,
        prelude: AtRule,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        if matches!(prelude, AtRule::Import(_)) {
            return Err(ParseError::unexpected_token());
        }
        // The parser bounds nested blocks.
        RuleBodyParser::new(input, self).for_each(drop);
        Ok(())
    }
}

impl<'i> QualifiedRuleParser<'i> for Reader {
    type Prelude = Vec<Selector>;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<Vec<Selector>, ParseError<()>> {
        selector::parse_list(input)
    }

    fn parse_block(
        &mut self,
        selectors: Vec<Selector>,
        _start: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), ParseError<()>> {
        let settings = Settings::read(input);
        self.take(selectors, settings);
        Ok(())
    }
}

impl<'i> DeclarationParser<'i> for Reader {
    type Declaration = ();
    type Error = ();
}

impl RuleBodyItemParser<'_, (), ()> for Reader {
    fn parse_declarations(&self) -> bool {
        false
    }

    fn parse_qualified(&self) -> bool {
        true
    }
}

enum Property {
    Display,
    Visibility,
}

/// Reads declarations; other properties give `None`.
struct Declarations;

impl<'i> DeclarationParser<'i> for Declarations {
    type Declaration = Option<(Property, Setting)>;
    type Error = ();

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _start: &ParserState,
    ) -> Result<Self::Declaration, ParseError<()>> {
        let property = if name.eq_ignore_ascii_case("display") {
            Property::Display
        } else if name.eq_ignore_ascii_case("visibility") {
            Property::Visibility
        } else {
            return Ok(None);
        };
        let value = input.expect_ident_cloned()?;
        let hides = match property {
            Property::Display => value.eq_ignore_ascii_case("none"),
            Property::Visibility => {
                ["hidden", "collapse"].iter().any(|word| value.eq_ignore_ascii_case(word))
            }
        };
        // Values that hide are single words; `display: inline flow-root` is not.
        let mut is_important = false;
        while !input.is_exhausted() {
            if input.try_parse(parse_important).is_ok() {
                is_important = true;
            } else if hides {
                return Err(ParseError::unexpected_token());
            } else {
                input.next()?;
            }
        }
        Ok(Some((property, Setting { hides, is_important })))
    }
}

impl AtRuleParser<'_> for Declarations {
    type Prelude = ();
    type AtRule = Option<(Property, Setting)>;
    type Error = ();
}

impl QualifiedRuleParser<'_> for Declarations {
    type Prelude = ();
    type QualifiedRule = Option<(Property, Setting)>;
    type Error = ();
}

impl RuleBodyItemParser<'_, Option<(Property, Setting)>, ()> for Declarations {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of selectors in rules that hide.
    fn hiding(text: &str) -> usize {
        Sheet::read(text).rules.iter().filter(|rule| rule.settings.hides()).count()
    }

    #[test]
    fn rules_that_hide_are_found() {
        for (text, count) in [
            (".a{display:none}", 1),
            (".a, .b { color: red; DISPLAY : NONE ; }", 2),
            (".a { visibility: hidden !important }", 1),
            (".a { display: none; display: block }", 0),
            (".a { display: none !important; display: block }", 1),
            ("@charset \"utf-8\"; .a{display:none}", 1),
            ("<!-- .a{display:none} -->", 1),
            ("/* .a{display:none} */", 0),
            ("@media screen{.a{display:none}.b{display:none}}", 2),
            ("@media print{.a{display:none}} .b{display:none}", 1),
            ("@media screen { @media all { .a{display:none} } }", 1),
            ("@supports (display: grid) {.a{display:none}}", 0),
            ("@font-face { font-family: x; src: url(x.ttf) } .a{display:none}", 1),
            (".a::before{display:none}", 0),
            (".a:hover{display:none}", 0),
            (".a{display:none", 1),
            (".a{color:red;;; display:none;}", 1),
            (".a { broken: ( ; display: none } .b { display: none }", 0),
            ("} .a {display:none} .b{display:none}", 1),
            ("p { display: nonesuch }", 0),
        ] {
            assert_eq!(hiding(text), count, "{text}");
        }
    }

    #[test]
    fn imports_are_named() {
        let sheet = Sheet::read(
            "@import 'a.css'; @import url(b.css) screen; @import url('c.css') print; .a{display:none}",
        );
        assert_eq!((sheet.imports, sheet.hides), (vec!["a.css".to_owned(), "b.css".to_owned()], true));
    }

    #[test]
    fn too_many_rules_hide_nothing() {
        let sheet = Sheet::read(&".a{display:none}".repeat(MOST_RULES + 1));
        assert!(!sheet.hides && sheet.len() == 0);
        assert_eq!(hiding(&".a{display:none}".repeat(MOST_RULES)), MOST_RULES);
    }

    #[test]
    fn hostile_sheets_end_soon() {
        const SIZE: usize = 500_000;
        for unit in
            ["{", "@media screen{", "[", "(", "a{", "}", ".a:", "\\", "/*", "url(", "@", "a,", "p>", ":not("]
        {
            let sheet = Sheet::read(&unit.repeat(SIZE / unit.len()));
            assert_eq!(sheet.len(), 0, "{unit}");
        }
    }
}
