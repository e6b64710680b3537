//! What must hold of every parser of foreign bytes, whatever the bytes: a function each, which panics where it does
//! not.
//!
//! `fuzz/` looks for bytes where it does not hold (`./just fuzz`); what it found on its way is kept in
//! `fuzz/corpus`, and this crate's test goes through that again in every ordinary run.

mod answer;
mod cursor;
mod epub;
mod file;
mod headings;
mod reasoning;
mod template;

pub use answer::check_answer;
pub use cursor::check_cursor;
pub use epub::{check_epub, check_html};
pub use file::check_file;
pub use headings::check_headings;
pub use reasoning::check_reasoning;
pub use template::check_template;

/// A target: panics where a promise is broken.
pub type Check = fn(&[u8]);

/// All targets, by the name that the fuzzer and the corpora have for them.
pub const TARGETS: &[(&str, Check)] = &[
    ("answer", check_answer),
    ("cursor", check_cursor),
    ("epub", check_epub),
    ("file", check_file),
    ("headings", check_headings),
    ("html", check_html),
    ("reasoning", check_reasoning),
    ("template", check_template),
];
