//! Finds corrections for a template: the nearest known variable, or doubled braces.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::name::{Name, classify};
use crate::variables::{BUILT_INS, BuiltInValues, Kind, check_own_variable};

/// Maximum length of a name compared with the known ones, in code points.
const LONGEST_NAME: usize = 40;
/// Maximum number of different names of a template compared with the known ones. Bounds the work for a
/// hostile template.
const MOST_NAMES: usize = 100;

/// A variable that a name may mean.
struct Known<'a> {
    name: &'a str,
    /// Only letters and digits, in lower case.
    key: Vec<char>,
    may_be_nested: bool,
}

/// A field within text in braces.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MeantField<'a> {
    /// From brace to brace.
    pub(crate) span: Range<usize>,
    /// The same, or the span of doubled braces: `{{source_text}}`, the syntax of mustache for a variable.
    pub(crate) outer: Range<usize>,
    /// The nearest variable, if the name itself is not known.
    pub(crate) nearest: Option<&'a str>,
}

/// All known variables, and the results of earlier searches.
pub(crate) struct Vocabulary<'a> {
    known: Vec<Known<'a>>,
    own: &'a BTreeMap<String, String>,
    found: HashMap<(String, bool), Option<&'a str>>,
}

impl<'a> Vocabulary<'a> {
    pub(crate) fn new(own: &'a BTreeMap<String, String>) -> Self {
        let built_ins = BUILT_INS.iter().map(|variable| (variable.name, variable.kind == Kind::Integer));
        // An own variable that no field can look up is never suggested.
        let own_names = own.keys().filter(|name| check_own_variable(name).is_ok());
        let own_names = own_names.map(|name| (name.as_str(), true));
        let known = |(name, may_be_nested)| Known { name, key: key(name), may_be_nested };
        Self { known: built_ins.chain(own_names).map(known).collect(), own, found: HashMap::new() }
    }

    fn is_known(&self, name: &str) -> bool {
        BuiltInValues::SAMPLES.find(name).is_some() || self.own.contains_key(name)
    }

    /// Returns the variable that `name` most likely means, if one is near enough.
    pub(crate) fn find_nearest(&mut self, name: &str, nested: bool) -> Option<&'a str> {
        if name.chars().nth(LONGEST_NAME).is_some() {
            return None;
        }
        let asked = (name.to_owned(), nested);
        if let Some(found) = self.found.get(&asked) {
            return *found;
        }
        if self.found.len() >= MOST_NAMES {
            return None;
        }
        let found = self.search(name, nested);
        self.found.insert(asked, found);
        found
    }

    fn search(&self, name: &str, nested: bool) -> Option<&'a str> {
        let wanted = key(name);
        let known = || self.known.iter().filter(|known| known.may_be_nested || !nested);
        if wanted.is_empty() {
            return None;
        }
        // Same letters and digits; ignores case, spaces, hyphens and quotes.
        if let Some(same) = known().find(|known| known.key == wanted) {
            return Some(same.name);
        }
        let limit = if wanted.len() < 3 { 0 } else { (wanted.len() / 3).clamp(1, 3) };
        let distances = known().filter_map(|known| Some((distance(&wanted, &known.key, limit)?, known.name)));
        if let Some((_, nearest)) = distances.min_by_key(|(distance, _)| *distance) {
            return Some(nearest);
        }
        // All words occur in exactly one variable: `author` for `work_author`.
        let words = words(name);
        let mut has_all = known().filter(|known| {
            let own_words = self::words(known.name);
            words.iter().all(|word| own_words.contains(word))
        });
        has_all.next().filter(|_| has_all.next().is_none()).map(|known| known.name)
    }

    /// Finds the fields in `range` of `text` that are meant as fields although the braces around them are
    /// text. Their name is that of a variable, or close to it.
    pub(crate) fn find_fields(&mut self, text: &str, range: Range<usize>) -> Vec<MeantField<'a>> {
        let mut fields = Vec::new();
        for (brace, _) in text[range.clone()].match_indices('{') {
            let start = range.start + brace + 1;
            let rest = text[start..range.end].char_indices().take(LONGEST_NAME + 1);
            let end = rest.into_iter().find(|(_, character)| matches!(character, '{' | '}' | ':' | '!'));
            let Some((length, '}')) = end else { continue };
            let name = &text[start..start + length];
            let span = start - 1..start + length + 1;
            let is_doubled = text[range.start..span.start].ends_with('{')
                && text[span.end..range.end].starts_with('}')
                && fields.last().is_none_or(|last: &MeantField<'_>| last.outer.end < span.start);
            let outer = if is_doubled { span.start - 1..span.end + 1 } else { span.clone() };
            if !matches!(classify(name), Name::Plain(_)) {
                continue;
            } else if self.is_known(name) {
                fields.push(MeantField { span, outer, nearest: None });
            } else if let Some(nearest) = self.find_nearest(name, false).filter(|_| is_wordy(name)) {
                fields.push(MeantField { span, outer, nearest: Some(nearest) });
            }
        }
        fields
    }
}

/// Returns `text[range]` with doubled braces. The `fields` (ascending, within `range`) get single braces.
pub(crate) fn double_braces(text: &str, range: &Range<usize>, fields: &[MeantField<'_>]) -> String {
    let double = |part: &str| part.replace('{', "{{").replace('}', "}}");
    let (mut doubled, mut position) = (String::new(), range.start);
    for field in fields {
        doubled.push_str(&double(&text[position..field.outer.start]));
        doubled.push_str(&text[field.span.clone()]);
        position = field.outer.end;
    }
    doubled + &double(&text[position..range.end])
}

/// Whether a name looks like a variable: words on one line, without quotes and punctuation.
pub(crate) fn is_wordy(name: &str) -> bool {
    let in_words = |character: char| character.is_alphanumeric() || "_- .$".contains(character);
    name.chars().all(in_words) && name.chars().any(char::is_alphanumeric)
}

/// Whether quoted text follows a field's brace, as in JSON: `{"k": 1}`.
pub(crate) fn is_quoted(name: &str) -> bool {
    name.trim_start().starts_with(['"', '\'', '“'])
}

fn key(name: &str) -> Vec<char> {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn words(name: &str) -> Vec<String> {
    let parts = name.split(|character: char| !character.is_alphanumeric());
    let lower = |word: &str| word.chars().flat_map(char::to_lowercase).collect();
    parts.filter(|word| !word.is_empty()).map(lower).collect()
}

/// Returns the number of insertions, deletions, replacements and swaps of neighbours between two words, if at
/// most `limit` (optimal string alignment).
fn distance(one: &[char], other: &[char], limit: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > limit {
        return None;
    }
    let (mut before, mut last) = (Vec::new(), (0..=other.len()).collect::<Vec<_>>());
    for (i, left) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in other.iter().enumerate() {
            let replaced = last[j] + usize::from(left != right);
            let mut cost = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *left == other[j - 1] && one[i - 1] == *right {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        if row.iter().all(|cost| *cost > limit) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_letters_then_by_distance_then_by_words() {
        let own = BTreeMap::from([("house tone".to_owned(), String::new())]);
        let mut vocabulary = Vocabulary::new(&own);
        for (name, nearest) in [
            (" source_text ", "source_text"),
            ("Source-Text", "source_text"),
            ("sourceText", "source_text"),
            ("\"source_text\"", "source_text"),
            ("House_Tone", "house tone"),
            ("sorce_text", "source_text"),
            ("chapter_nubmer", "chapter_number"),
            ("author", "work_author"),
            ("tone", "house tone"),
        ] {
            assert_eq!(vocabulary.find_nearest(name, false), Some(nearest), "{name}");
        }
        for name in ["title", "chapter", "x", "", "?!", "glossary"] {
            assert_eq!(vocabulary.find_nearest(name, false), None, "{name}");
        }
        assert_eq!(vocabulary.find_nearest("sorce_text", true), None);
    }

    #[test]
    fn distances_count_swaps_as_one() {
        let distance = |one: &str, other: &str| distance(&key(one), &key(other), 3);
        assert_eq!(distance("text", "text"), Some(0));
        assert_eq!(distance("txet", "text"), Some(1));
        assert_eq!(distance("kitten", "sitting"), Some(3));
        assert_eq!(distance("abcdef", "uvwxyz"), None);
    }

    #[test]
    fn fields_within_text_keep_their_braces() {
        let own = BTreeMap::new();
        let text = r#"{"a": "{source_text}", "b": {"c": {}}, "d": "{sorce_text}"}"#;
        let fields = Vocabulary::new(&own).find_fields(text, 0..text.len());
        assert_eq!(fields.iter().map(|field| field.nearest).collect::<Vec<_>>(), [None, Some("source_text")]);
        let doubled = double_braces(text, &(0..text.len()), &fields);
        assert_eq!(doubled, r#"{{"a": "{source_text}", "b": {{"c": {{}}}}, "d": "{sorce_text}"}}"#);
    }

    #[test]
    fn fields_of_mustache_within_text_get_single_braces() {
        let own = BTreeMap::new();
        let text = r#"{"a": "{{source_text}}", "b": {{preceding}}}"#;
        let fields = Vocabulary::new(&own).find_fields(text, 0..text.len());
        let doubled = double_braces(text, &(0..text.len()), &fields);
        assert_eq!(doubled, r#"{{"a": "{source_text}", "b": {preceding}}}"#);
    }
}
