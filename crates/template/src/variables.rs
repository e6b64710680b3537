//! The variables of a template: the built-in ones, in one table, and the version's own.

use std::collections::BTreeMap;
use std::fmt;

use crate::name::{Name, classify};

/// The kind of a variable's value. It decides which format specs are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text (Python's `str`).
    Text,
    /// A whole number (Python's `int`).
    Integer,
}

impl Kind {
    /// Returns `text` or `integer`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
        }
    }
}

/// The value of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text. Fields in it are not expanded.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
}

impl Value<'_> {
    /// Returns the kind of this value.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Integer(_) => Kind::Integer,
        }
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(text),
            Self::Integer(number) => write!(formatter, "{number}"),
        }
    }
}

/// A variable that every template can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// The name used in fields.
    pub name: &'static str,
    /// The kind of its value.
    pub kind: Kind,
    /// Describes the value in one English sentence.
    pub description: &'static str,
    /// A realistic value. The dry run of [`crate::check`] uses it, and the docs show it.
    pub sample: Value<'static>,
}

macro_rules! built_ins {
    (@type text) => { &'a str };
    (@type integer) => { i64 };
    (@value text, $value:expr) => { Value::Text($value) };
    (@value integer, $value:expr) => { Value::Integer($value) };
    ($($name:ident: $kind:ident, $description:literal, $sample:expr;)*) => {
        /// All built-in variables. The API's list and the docs are generated from this table.
        pub const BUILT_INS: &[BuiltIn] = &[$(BuiltIn {
            name: stringify!($name),
            kind: built_ins!(@value $kind, $sample).kind(),
            description: $description,
            sample: built_ins!(@value $kind, $sample),
        },)*];

        /// Values of all built-in variables.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct BuiltInValues<'a> {
            $(#[doc = $description] pub $name: built_ins!(@type $kind),)*
        }

        impl<'a> BuiltInValues<'a> {
            /// The samples of [`BUILT_INS`].
            pub const SAMPLES: BuiltInValues<'static> = BuiltInValues { $($name: $sample,)* };

            /// Returns the value of the built-in variable `name`, if it exists.
            pub fn find(&self, name: &str) -> Option<Value<'a>> {
                match name {
                    $(stringify!($name) => Some(built_ins!(@value $kind, self.$name)),)*
                    _ => None,
                }
            }
        }
    };
}

built_ins! {
    work_title: text, "The title of the work.", "銀河鉄道の夜";
    work_author: text, "The author of the work; empty where unknown.", "宮沢賢治";
    source_language: text, "The tag of the language the work is written in.", "ja";
    target_language: text, "The tag of the language to translate into.", "en";
    chapter_title: text, "The title of the chapter.", "一　午後の授業";
    volume_title: text, "The title of the volume that the chapter is in; empty where it is in none.", "第一部";
    chapter_number: integer, "The number of the chapter within the work, from 1.", 1;
    segment_number: integer, "The position of the segment within the chapter, from 1.", 2;
    segment_count: integer, "How many segments the chapter has.", 12;
    source_text: text, "The text of the segment to translate.",
        "「ではみなさんは、そういうふうに川だと云われたり、\
         乳の流れたあとだと云われたりしていたこのぼんやりと白いものがほんとうは何かご承知ですか。」";
    preceding: text, "The last three finished segments before this one, source and translation; empty where \
                      there are none.",
        "<segment><source>一、午後の授業</source><translation>1. The Afternoon Lesson</translation></segment>";
    instruction: text, "What a person asked for when having the segment translated again; empty otherwise.",
        "Keep it closer to the original.";
}

/// Built-in variables that were added after users had created versions. Such a version may define its own
/// variable with this name. Its own variable then takes precedence, so that the version renders as before.
/// New versions may not define one ([`check_own_variable`]).
pub const ADDED_LATER: &[&str] = &["volume_title"];

/// The values to render a template with. A built-in name means the built-in variable. Exception: the name is
/// in [`ADDED_LATER`] and the version defines its own variable with it.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// Values of all built-in variables.
    pub built_ins: BuiltInValues<'a>,
    /// The version's own variables: `parameters.variables`.
    pub own: &'a BTreeMap<String, String>,
}

impl<'a> Values<'a> {
    /// Returns the value of the variable `name`, if it exists.
    pub fn find(&self, name: &str) -> Option<Value<'a>> {
        self.find_built_in(name).or_else(|| self.own.get(name).map(|text| Value::Text(text)))
    }

    /// Whether `name` is a built-in text variable. Its value changes with the segment, so a format spec may
    /// not use it.
    pub(crate) fn is_text_built_in(&self, name: &str) -> bool {
        self.find_built_in(name).is_some_and(|value| value.kind() == Kind::Text)
    }

    /// Returns the value of the built-in variable `name`, unless an own variable replaces it.
    fn find_built_in(&self, name: &str) -> Option<Value<'a>> {
        let is_replaced = ADDED_LATER.contains(&name) && self.own.contains_key(name);
        self.built_ins.find(name).filter(|_| !is_replaced)
    }
}

/// Why a version's own variable cannot have a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameProblem {
    /// The name is empty: `{}` is a positional field.
    Empty,
    /// It has a character that ends a field's name or starts a look-up: one of `{ } : ! . [`.
    Character(char),
    /// It is a number, or starts with a number too large to read: Python treats it as a position.
    Number,
    /// A built-in variable has this name.
    BuiltIn,
}

impl fmt::Display for NameProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("A variable needs a name."),
            Self::Character(character) => {
                write!(formatter, "A variable's name cannot contain “{character}”: no field could name it.")
            }
            Self::Number => formatter.write_str("A variable's name cannot be a number."),
            Self::BuiltIn => formatter.write_str("There is a built-in variable of this name."),
        }
    }
}

impl std::error::Error for NameProblem {}

/// Checks that a version's own variable can have this name. Allows every name that a plain field can look up,
/// except the built-in ones. Names may have spaces, hyphens, quotes and any script.
///
/// # Errors
/// The reason why the name is not allowed.
pub fn check_own_variable(name: &str) -> Result<(), NameProblem> {
    if let Some(character) = name.chars().find(|character| "{}:!.[".contains(*character)) {
        return Err(NameProblem::Character(character));
    }
    match classify(name) {
        _ if name.is_empty() => Err(NameProblem::Empty),
        Name::Positional => Err(NameProblem::Number),
        _ if BuiltInValues::SAMPLES.find(name).is_some() => Err(NameProblem::BuiltIn),
        _ => Ok(()),
    }
}

/// Returns another name for an own variable with the name of a built-in one. `own` does not contain the
/// result.
pub fn suggest_own_name(name: &str, own: &BTreeMap<String, String>) -> String {
    let first = format!("own_{name}");
    let further = (2..).map(|number| format!("own_{name}_{number}"));
    let mut names = std::iter::once(first).chain(further);
    let is_free = |name: &String| !own.contains_key(name) && check_own_variable(name).is_ok();
    names.find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_has_a_sample_of_its_kind_and_a_description() {
        assert_eq!(BUILT_INS.len(), 12);
        for built_in in BUILT_INS {
            assert_eq!(built_in.sample.kind(), built_in.kind, "{}", built_in.name);
            assert_eq!(BuiltInValues::SAMPLES.find(built_in.name), Some(built_in.sample));
            assert!(built_in.description.ends_with('.') && !built_in.description.contains("  "));
        }
        let integers = BUILT_INS.iter().filter(|built_in| built_in.kind == Kind::Integer);
        let names: Vec<_> = integers.map(|built_in| built_in.name).collect();
        assert_eq!(names, ["chapter_number", "segment_number", "segment_count"]);
    }

    #[test]
    fn own_variables_may_have_any_name_that_a_field_can_look_up() {
        for name in ["tone", " tone ", "tone of voice", "a-b", "-1", "日本語", "\"k\"", "a]", "1a", "²", "\n"]
        {
            assert_eq!(check_own_variable(name), Ok(()), "{name:?}");
        }
        assert_eq!(check_own_variable(""), Err(NameProblem::Empty));
        for name in ["0", "01", "１２", "99999999999999999999", "99999999999999999999a"] {
            assert_eq!(check_own_variable(name), Err(NameProblem::Number), "{name:?}");
        }
        for character in "{}:!.[".chars() {
            let name = format!("a{character}b");
            assert_eq!(check_own_variable(&name), Err(NameProblem::Character(character)), "{name:?}");
        }
        assert_eq!(check_own_variable("source_text"), Err(NameProblem::BuiltIn));
    }

    #[test]
    fn an_own_variable_counts_in_the_place_of_a_younger_built_in_one_only() {
        let own = ["volume_title", "work_title", "tone"].map(|name| (name.to_owned(), "own".to_owned()));
        let own = BTreeMap::from(own);
        let values = Values { built_ins: BuiltInValues::SAMPLES, own: &own };
        assert_eq!(values.find("volume_title"), Some(Value::Text("own")));
        assert_eq!(values.find("work_title"), Some(Value::Text(BuiltInValues::SAMPLES.work_title)));
        assert_eq!(values.find("tone"), Some(Value::Text("own")));
        assert!(!values.is_text_built_in("volume_title") && values.is_text_built_in("work_title"));
        let none = BTreeMap::new();
        let values = Values { built_ins: BuiltInValues::SAMPLES, own: &none };
        assert_eq!(values.find("volume_title"), Some(Value::Text(BuiltInValues::SAMPLES.volume_title)));
        assert!(values.is_text_built_in("volume_title"));
        for name in ADDED_LATER {
            assert!(BUILT_INS.iter().any(|built_in| built_in.name == *name), "{name}");
            assert_eq!(check_own_variable(name), Err(NameProblem::BuiltIn));
        }
    }

    #[test]
    fn a_name_that_is_suggested_is_free() {
        let mut own = BTreeMap::new();
        assert_eq!(suggest_own_name("volume_title", &own), "own_volume_title");
        own.insert("own_volume_title".to_owned(), String::new());
        own.insert("own_volume_title_2".to_owned(), String::new());
        assert_eq!(suggest_own_name("volume_title", &own), "own_volume_title_3");
    }
}
