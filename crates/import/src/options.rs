//! Options of an import. The string forms are those of the API, the CLI and the app.

use crate::error::{ImportError, shown};
use regex::{Regex, RegexBuilder};
use std::fmt;
use std::str::FromStr;

/// Options of one import. [`Options::default`] suits most files.
///
/// ```
/// use colophon_import::{Options, Ruby, Split};
///
/// let options = Options {
///     encoding: Some("shift_jis".parse()?),
///     split: Split::from_parts("pattern", Some(r"^◆\d+"))?,
///     ruby: "keep".parse()?,
///     ..Options::default()
/// };
/// assert_eq!(options.split.as_str(), "pattern");
/// assert_eq!(options.ruby, Ruby::Keep);
/// # Ok::<(), colophon_import::ImportError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Encoding of a text file, or of those XHTML files of an EPUB that declare none. `None` detects it.
    pub encoding: Option<TextEncoding>,
    /// Language of the text as given by a person, a BCP 47 tag. It is a hint for detecting the encoding.
    pub language: Option<String>,
    /// Where chapters begin.
    pub split: Split,
    /// How ruby (readings beside characters) is treated.
    pub ruby: Ruby,
    /// How footnotes and endnotes are treated.
    pub notes: Notes,
}

/// An encoding that the importer can decode, parsed from a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextEncoding(&'static encoding_rs::Encoding);

impl TextEncoding {
    /// Returns the encoding of `encoding_rs`.
    pub fn get(self) -> &'static encoding_rs::Encoding {
        self.0
    }

    /// Returns the name in the WHATWG Encoding Standard (`UTF-8`, `Shift_JIS`, `windows-1252`).
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl From<&'static encoding_rs::Encoding> for TextEncoding {
    fn from(encoding: &'static encoding_rs::Encoding) -> Self {
        Self(encoding)
    }
}

impl FromStr for TextEncoding {
    type Err = ImportError;

    /// Parses a label of the WHATWG Encoding Standard, in any case: `utf-8`, `sjis`, `cp949`, `gb2312` …
    ///
    /// # Errors
    /// [`ImportError::EncodingUnsupported`] for any other label.
    fn from_str(label: &str) -> Result<Self, ImportError> {
        let label = label.trim();
        let other = match label.to_ascii_lowercase().as_str() {
            // Names that Windows and Python use but the standard does not list.
            "cp949" | "uhc" | "ms949" => Some(encoding_rs::EUC_KR),
            "cp932" => Some(encoding_rs::SHIFT_JIS),
            "cp936" => Some(encoding_rs::GBK),
            "cp950" => Some(encoding_rs::BIG5),
            _ => None,
        };
        encoding_rs::Encoding::for_label_no_replacement(label.as_bytes())
            .or(other)
            .map(Self)
            .ok_or_else(|| ImportError::EncodingUnsupported { label: shown(label) })
    }
}

/// Where chapters begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Split {
    /// `auto`: an EPUB is split at the level of its table of contents that looks like chapters, else by its
    /// files or headings. A text is split at its headings.
    #[default]
    Auto,
    /// `toc-1`: an EPUB is split at the first level of its table of contents; a text as with `auto`.
    Toc1,
    /// `toc-2`: an EPUB is split at the second level of its table of contents; entries of the first level are
    /// volumes. A text is split as with `auto`.
    Toc2,
    /// `headings`: split at the headings found in the text; a table of contents is ignored.
    Headings,
    /// `none`: the whole text is one chapter.
    None,
    /// `pattern`: a chapter begins at each line that the pattern matches.
    Pattern(Pattern),
}

impl Split {
    /// Values of the option `split`.
    pub const NAMES: &'static [&'static str] = &["auto", "toc-1", "toc-2", "headings", "none", "pattern"];

    /// Builds the value from the options `split` and `pattern`. A pattern without `split` implies `pattern`.
    ///
    /// # Errors
    /// - [`ImportError::OptionInvalid`] for an unknown `split`, or a `split` that excludes a pattern.
    /// - [`ImportError::PatternInvalid`] for a missing or bad pattern.
    pub fn from_parts(split: &str, pattern: Option<&str>) -> Result<Self, ImportError> {
        let pattern = pattern.filter(|pattern| !pattern.is_empty());
        let split = match (split.trim(), pattern) {
            ("pattern", Some(pattern)) | ("", Some(pattern)) => return pattern.parse().map(Self::Pattern),
            ("pattern", None) => {
                return Err(ImportError::PatternInvalid {
                    problem: "it is missing, and `split` is `pattern`".to_owned(),
                });
            }
            (_, Some(_)) => {
                return Err(ImportError::PatternInvalid {
                    problem: "it needs `split` to be `pattern`".to_owned(),
                });
            }
            (split, None) => split,
        };
        match split {
            "" | "auto" => Ok(Self::Auto),
            "toc-1" => Ok(Self::Toc1),
            "toc-2" => Ok(Self::Toc2),
            "headings" => Ok(Self::Headings),
            "none" => Ok(Self::None),
            other => Err(ImportError::option("split", other, Self::NAMES)),
        }
    }

    /// Returns the value of the option `split`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Toc1 => "toc-1",
            Self::Toc2 => "toc-2",
            Self::Headings => "headings",
            Self::None => "none",
            Self::Pattern(_) => "pattern",
        }
    }

    /// Returns the pattern as it was given, for the option `pattern`.
    pub fn pattern(&self) -> Option<&str> {
        match self {
            Self::Pattern(pattern) => Some(pattern.as_str()),
            _ => None,
        }
    }
}

/// A regular expression that matches lines at which chapters begin.
///
/// The `regex` crate defines the syntax and searches in time linear in the text. Each line that is not
/// blank is trimmed, then searched; `^` and `$` are the ends of the trimmed line.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Largest length of a pattern, in Unicode code points.
    pub const LONGEST: usize = 1_000;

    /// Returns the pattern as it was given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns whether a chapter begins at `line`.
    pub(crate) fn matches(&self, line: &str) -> bool {
        let line = line.trim();
        !line.is_empty() && self.0.is_match(line)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl FromStr for Pattern {
    type Err = ImportError;

    /// Compiles a pattern of at most [`Pattern::LONGEST`] characters.
    ///
    /// # Errors
    /// [`ImportError::PatternInvalid`], with the problem.
    fn from_str(pattern: &str) -> Result<Self, ImportError> {
        // A compiled pattern of this size still compiles in milliseconds; `\w{100}{100}` exceeds it.
        const COMPILED_BYTES: usize = 1 << 20;
        const NESTING: u32 = 50;
        let invalid = |problem: String| ImportError::PatternInvalid { problem };
        if pattern.chars().nth(Self::LONGEST).is_some() {
            return Err(invalid(format!("it is longer than {} characters", Self::LONGEST)));
        }
        RegexBuilder::new(pattern)
            .size_limit(COMPILED_BYTES)
            .dfa_size_limit(COMPILED_BYTES)
            .nest_limit(NESTING)
            .build()
            .map(Self)
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => invalid("it is too large when compiled".to_owned()),
                // The message shows the pattern and an arrow on several lines; its last line is the reason.
                error => {
                    let message = error.to_string();
                    let reason = message.lines().last().unwrap_or_default().trim();
                    invalid(shown(reason.strip_prefix("error: ").unwrap_or(reason)))
                }
            })
    }
}

macro_rules! choices {
    ($(#[doc = $doc:literal])+ $name:ident, $option:literal: $($(#[$meta:meta])+ $variant:ident = $text:literal,)+) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub enum $name {
            $($(#[$meta])+ $variant,)+
        }

        impl $name {
            /// Values of the option.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// Returns the value of the option.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl FromStr for $name {
            type Err = ImportError;

            fn from_str(value: &str) -> Result<Self, ImportError> {
                match value.trim() {
                    $($text => Ok(Self::$variant),)+
                    other => Err(ImportError::option($option, other, Self::NAMES)),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

choices! {
    /// How ruby (readings beside characters) is treated, in EPUBs and in the notations of Aozora Bunko, Narou
    /// and Kakuyomu. Emphasis dots are never readings.
    Ruby, "ruby":
    /// `drop`: only the base text is kept.
    #[default]
    Drop = "drop",
    /// `keep`: the reading follows its base text in brackets, `夜渡り（ナイトウォーカー）`.
    Keep = "keep",
}

choices! {
    /// How footnotes and endnotes are treated.
    Notes, "notes":
    /// `keep`: notes are moved to the end of their chapter.
    #[default]
    Keep = "keep",
    /// `drop`: notes are left out, and counted in a warning.
    Drop = "drop",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn string_forms_are_read_back() {
        for name in Split::NAMES {
            let pattern = (*name == "pattern").then_some("^x");
            assert_eq!(Split::from_parts(name, pattern).unwrap().as_str(), *name);
        }
        assert_eq!(Split::from_parts("", Some("^x")).unwrap().pattern(), Some("^x"));
        assert_eq!(Split::from_parts("", None).unwrap(), Split::Auto);
        assert_eq!(Ruby::NAMES.map_parse::<Ruby>(), [Ruby::Drop, Ruby::Keep]);
        assert_eq!(Notes::NAMES.map_parse::<Notes>(), [Notes::Keep, Notes::Drop]);
    }

    trait MapParse {
        fn map_parse<T: FromStr<Err = ImportError>>(&self) -> Vec<T>;
    }

    impl MapParse for [&str] {
        fn map_parse<T: FromStr<Err = ImportError>>(&self) -> Vec<T> {
            self.iter().map(|name| name.parse().unwrap()).collect()
        }
    }

    #[test]
    fn a_bad_option_is_named() {
        for (error, option, code) in [
            (Split::from_parts("toc-3", None).unwrap_err(), "split", "option_invalid"),
            (Split::from_parts("pattern", None).unwrap_err(), "pattern", "pattern_invalid"),
            (Split::from_parts("auto", Some("x")).unwrap_err(), "pattern", "pattern_invalid"),
            (Split::from_parts("pattern", Some("(")).unwrap_err(), "pattern", "pattern_invalid"),
            ("KEEP".parse::<Ruby>().unwrap_err(), "ruby", "option_invalid"),
            ("".parse::<Notes>().unwrap_err(), "notes", "option_invalid"),
            ("utf-9".parse::<TextEncoding>().unwrap_err(), "encoding", "encoding_unsupported"),
            ("replacement".parse::<TextEncoding>().unwrap_err(), "encoding", "encoding_unsupported"),
        ] {
            assert_eq!((error.of_option(), error.code()), (Some(option), code), "{error}");
            assert!(error.detail().ends_with('.') && !error.detail().contains('\n'), "{error}");
        }
        let error = "第(".parse::<Pattern>().unwrap_err();
        assert!(error.detail().contains("unclosed group"), "{error}");
    }

    #[test]
    fn patterns_are_bounded() {
        for pattern in
            [r"\w{100}{100}{100}", &"(".repeat(60).as_str().replace('(', "(?:a|"), &"a".repeat(1001)]
        {
            assert_eq!(pattern.parse::<Pattern>().unwrap_err().code(), "pattern_invalid");
        }
        assert!("第[0-9]+章".parse::<Pattern>().unwrap().matches("\u{3000}第12章 "));
        assert!(!"".parse::<Pattern>().unwrap().matches(" "));
    }

    #[test]
    fn labels_of_encodings_are_taken_in_any_case() {
        for (label, name) in [
            ("UTF-8", "UTF-8"),
            ("sjis", "Shift_JIS"),
            ("CP949", "EUC-KR"),
            ("gb2312", "GBK"),
            (" windows-1251 ", "windows-1251"),
            ("utf-16be", "UTF-16BE"),
        ] {
            assert_eq!(label.parse::<TextEncoding>().unwrap().name(), name);
        }
    }
}
