//! The documents' table of variables is the crate's.

use colophon_template::{BUILT_INS, Kind};
use std::{env, fs, path::Path};

const START: &str = "<!-- variables: ";
const END: &str = "<!-- /variables -->";

fn table() -> String {
    let mut table = String::from("| name | kind | what | for example |\n| --- | --- | --- | --- |\n");
    for built_in in BUILT_INS {
        let kind = if built_in.kind == Kind::Integer { "integer" } else { "text" };
        let (name, description, sample) = (built_in.name, built_in.description, built_in.sample);
        table += &format!("| `{{{name}}}` | {kind} | {description} | `{sample}` |\n");
    }
    table
}

#[test]
fn docs_list_the_variables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/translation-agent.md");
    let text = fs::read_to_string(&path).expect("docs/translation-agent.md");
    let start = text.find(START).expect("the mark before the table");
    let start = start + text[start..].find('\n').expect("a line") + 1;
    let end = text.find(END).expect("the mark after the table");
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{}{}{}", &text[..start], table(), &text[end..])).expect("writable");
    } else {
        assert_eq!(&text[start..end], table(), "UPDATE_DOCS=1 cargo test -p colophon-template docs");
    }
}
