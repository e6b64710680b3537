//! Selectors of style rules: name, class and id, nested in others (`div.a > p.b`).

use cssparser::{ParseError, Parser, Token};

/// Most elements in one selector, from the outermost to the innermost.
const MOST_COMPOUNDS: usize = 16;
/// Most classes of one of these elements.
const MOST_CLASSES: usize = 16;

/// The properties of an element that selectors check.
#[derive(Debug, Clone, Copy)]
pub(in crate::epub) struct Subject<'a> {
    /// Name in lower case, without prefix.
    pub(in crate::epub) name: &'a str,
    pub(in crate::epub) identity: &'a Identity,
}

/// An element's id and classes as written in the file; empty if it has none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::epub) struct Identity {
    pub(in crate::epub) id: Box<str>,
    pub(in crate::epub) classes: Box<str>,
}

/// A single selector: one entry of a selector list.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    /// From the outermost element to the element itself.
    compounds: Vec<Compound>,
    /// Ids, classes and names weighted as in CSS; a larger number wins.
    pub(super) specificity: u32,
    /// Part of the selector is unsupported (attributes, states, siblings) and was left out, so it may select
    /// more than the sheet says.
    pub(super) is_wider: bool,
    /// It selects a part of an element (`p::before`), not an element.
    pub(super) is_pseudo_element: bool,
}

/// The conditions for one element.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Compound {
    pub(super) name: Option<Box<str>>,
    pub(super) id: Option<Box<str>>,
    pub(super) classes: Vec<Box<str>>,
    /// The element must be a child of the previous one.
    is_child: bool,
}

impl Compound {
    fn matches(&self, subject: Subject<'_>) -> bool {
        let Identity { id, classes } = subject.identity;
        self.name.as_deref().is_none_or(|name| name == subject.name)
            && self.id.as_deref().is_none_or(|own| own == &**id)
            && self.classes.iter().all(|own| classes.split_whitespace().any(|class| class == &**own))
    }
}

impl Selector {
    /// Returns the conditions for the element itself.
    pub(super) fn last(&self) -> Option<&Compound> {
        self.compounds.last()
    }

    /// Returns whether the selector selects the element. `ancestors` are the elements around it, the
    /// outermost first. Costs one unit of `work` per ancestor and compound.
    pub(super) fn matches<'a>(
        &self,
        own: Subject<'_>,
        ancestors: impl Iterator<Item = Subject<'a>>,
        work: &mut u64,
    ) -> bool {
        let Some((last, before)) = self.compounds.split_last() else { return false };
        *work = work.saturating_sub(1);
        if !last.matches(own) {
            return false;
        }
        if before.is_empty() {
            return true;
        }
        // Bit n: the first n compounds match, with the last of them in any ancestor (`above`) or in the
        // parent.
        let (mut above, mut parent) = (1u32, 0u32);
        for ancestor in ancestors {
            *work = work.saturating_sub(before.len() as u64);
            let mut here = 0;
            for (nth, compound) in before.iter().enumerate() {
                let reached = if compound.is_child { parent } else { above };
                if reached >> nth & 1 == 1 && compound.matches(ancestor) {
                    here |= 1 << (nth + 1);
                }
            }
            above |= here;
            parent = here;
        }
        let reached = if last.is_child { parent } else { above };
        reached >> before.len() & 1 == 1
    }
}

/// The relation between two compounds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Combinator {
    Descendant,
    Child,
    Sibling,
}

/// Parses a list of selectors. An invalid selector makes the whole list invalid, as in CSS.
pub(super) fn parse_list(input: &mut Parser<'_>) -> Result<Vec<Selector>, ParseError<()>> {
    input.parse_comma_separated(parse)
}

fn parse(input: &mut Parser<'_>) -> Result<Selector, ParseError<()>> {
    let mut selector = Selector::default();
    let mut compound = Compound::default();
    // Whether a part of the compound has been read.
    let mut has_part = false;
    let mut combinator: Option<Combinator> = None;
    input.skip_whitespace();
    while let Ok(token) = input.next_including_whitespace().cloned() {
        let next = match token {
            Token::WhiteSpace(_) => Some(Combinator::Descendant),
            Token::Delim('>') => Some(Combinator::Child),
            Token::Delim('+' | '~') => Some(Combinator::Sibling),
            _ => None,
        };
        if let Some(next) = next {
            match combinator {
                Some(Combinator::Child | Combinator::Sibling) if next != Combinator::Descendant => {
                    return Err(ParseError::unexpected_token());
                }
                Some(Combinator::Child | Combinator::Sibling) => {}
                _ => combinator = Some(next),
            }
            continue;
        }
        if let Some(combinator) = combinator.take() {
            if !std::mem::take(&mut has_part) || selector.compounds.len() >= MOST_COMPOUNDS {
                return Err(ParseError::unexpected_token());
            }
            selector.end_compound(std::mem::take(&mut compound), combinator);
            compound.is_child = combinator == Combinator::Child && !selector.compounds.is_empty();
        }
        selector.take_part(token, input, &mut compound)?;
        has_part = true;
    }
    if !has_part || !matches!(combinator, None | Some(Combinator::Descendant)) {
        return Err(ParseError::unexpected_token());
    }
    selector.compounds.push(compound);
    Ok(selector)
}

impl Selector {
    fn end_compound(&mut self, compound: Compound, combinator: Combinator) {
        if combinator == Combinator::Sibling {
            // Closed elements are no longer known, so the compounds before the sibling are dropped.
            self.compounds.clear();
            self.is_wider = true;
        } else {
            self.compounds.push(compound);
        }
    }

    fn take_part(
        &mut self,
        token: Token<'_>,
        input: &mut Parser<'_>,
        compound: &mut Compound,
    ) -> Result<(), ParseError<()>> {
        const ID: u32 = 1 << 16;
        const CLASS: u32 = 1 << 8;
        const NAME: u32 = 1;
        // A count over 255 would carry into the next weight; no real selector is so long.
        let weight = match token {
            Token::Ident(name) if compound.name.is_none() => {
                compound.name = Some(name.to_lowercase().into());
                NAME
            }
            Token::Delim('*') => 0,
            // A namespace: only the name after the bar of `html|p` counts.
            Token::Delim('|') => {
                compound.name = None;
                0
            }
            Token::Delim('.') => {
                let class = input.expect_ident_cloned()?;
                if compound.classes.len() >= MOST_CLASSES {
                    return Err(ParseError::unexpected_token());
                }
                compound.classes.push((*class).into());
                CLASS
            }
            Token::IDHash(id) | Token::Hash(id) => {
                // An element has only one id.
                self.is_wider |= compound.id.as_deref().is_some_and(|known| *known != *id);
                compound.id = Some((*id).into());
                ID
            }
            // The parser skips the block when it reads the next token.
            Token::SquareBracketBlock => {
                self.is_wider = true;
                CLASS
            }
            Token::Delim('&') => {
                self.is_wider = true;
                0
            }
            Token::Colon => {
                self.take_pseudo(input)?;
                CLASS
            }
            _ => return Err(ParseError::unexpected_token()),
        };
        self.specificity = self.specificity.saturating_add(weight);
        Ok(())
    }

    /// `:hover`, `:not(.a)`, `::before`, `:before`.
    fn take_pseudo(&mut self, input: &mut Parser<'_>) -> Result<(), ParseError<()>> {
        const OLD_ELEMENTS: &[&str] = &["before", "after", "first-line", "first-letter"];
        match input.next_including_whitespace()?.clone() {
            Token::Colon => {
                self.is_pseudo_element = true;
                input.next_including_whitespace()?;
            }
            Token::Ident(name) => {
                self.is_pseudo_element |=
                    OLD_ELEMENTS.iter().any(|element| name.eq_ignore_ascii_case(element));
            }
            Token::Function(_) => {}
            _ => return Err(ParseError::unexpected_token()),
        }
        self.is_wider = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(text: &str) -> Option<Vec<Selector>> {
        parse_list(&mut Parser::new(text)).ok()
    }

    fn one(text: &str) -> Selector {
        selectors(text).unwrap().remove(0)
    }

    /// `elements` are the element's ancestors, the outermost first, and the element itself, as
    /// `name#id.class.class`.
    fn matches(selector: &str, elements: &[&str]) -> bool {
        let identities: Vec<(String, Identity)> = elements
            .iter()
            .map(|element| {
                let (head, classes) = element.split_once('.').unwrap_or((element, ""));
                let (name, id) = head.split_once('#').unwrap_or((head, ""));
                (name.to_owned(), Identity { id: id.into(), classes: classes.replace('.', " ").into() })
            })
            .collect();
        let mut subjects = identities.iter().map(|(name, identity)| Subject { name, identity });
        let own = subjects.next_back().unwrap();
        one(selector).matches(own, subjects, &mut 1000)
    }

    #[test]
    fn selectors_select_elements() {
        for (selector, elements, expected) in [
            ("p", &["body", "p"][..], true),
            ("P", &["p"], true),
            ("*", &["p"], true),
            ("html|p", &["p"], true),
            (".a", &["p.b.a"], true),
            (".a.b", &["p.b.a"], true),
            (".A", &["p.a"], false),
            ("p.a", &["div.a"], false),
            ("#x", &["p#x"], true),
            ("#x", &["p.x"], false),
            ("div p", &["div", "section", "p"], true),
            ("div > p", &["div", "section", "p"], false),
            ("div>p", &["div", "div", "p"], true),
            ("div > section p", &["div", "section", "div", "p"], true),
            ("div > section > p", &["div", "section", "div", "p"], false),
            // The nearer `section` is not a child of `div`; the other one is.
            ("div > section p", &["div", "section", "article", "section", "p"], true),
            ("/* all */ .a /* inner */ .b", &["p.a", "span.b"], true),
        ] {
            assert_eq!(matches(selector, elements), expected, "{selector} {elements:?}");
        }
    }

    #[test]
    fn what_is_not_understood_makes_a_selector_wider() {
        for (text, wider) in [
            ("p.a", false),
            ("p[hidden]", true),
            ("p:hover", true),
            ("p:not(.a)", true),
            ("h1 + p", true),
            ("#a#b", true),
            ("& p", true),
        ] {
            assert_eq!(one(text).is_wider, wider, "{text}");
        }
        assert!(one("p::before").is_pseudo_element && one("p:AFTER").is_pseudo_element);
        assert!(matches("h1 + p", &["body", "p"]));
    }

    #[test]
    fn specificity_is_that_of_css() {
        let weights = ["*", "p", "div p", ".a", "p.a", "#x", "#x .a"].map(|text| one(text).specificity);
        assert!(weights.is_sorted() && weights[0] == 0, "{weights:?}");
    }

    #[test]
    fn what_is_no_selector_is_void() {
        for text in ["", ",", "p,", "> p", "p >", "p > > a", ".", "p..a", "5", "p {", "a ! b"] {
            assert_eq!(selectors(text), None, "{text}");
        }
        assert_eq!(selectors("p, .a").map(|list| list.len()), Some(2));
        let long = "p ".repeat(MOST_COMPOUNDS + 2);
        assert_eq!(selectors(&long), None);
    }
}
