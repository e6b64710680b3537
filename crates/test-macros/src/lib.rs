//! For tests: the attribute `on_both_engines`, which `colophon-test-support` passes on.
//!
//! An attribute, and not a macro around the tests: rustfmt formats what stands under an attribute.

use proc_macro::{TokenStream, TokenTree};

/// Makes `async fn name(fixture: Type) { … }` into the tests `name::sqlite` and `name::postgres`. `Type`
/// implements `colophon_test_support::Fixture`.
///
/// # Errors
/// The compiler's, if it stands at anything but an `async fn`.
#[proc_macro_attribute]
pub fn on_both_engines(arguments: TokenStream, test: TokenStream) -> TokenStream {
    let tests = match name_of(test.clone()) {
        Some(name) if arguments.is_empty() => format!(
            "mod {name} {{
                #[test]
                fn sqlite() {{
                    ::colophon_test_support::run(::colophon_test_support::Engine::Sqlite, super::{name});
                }}

                #[test]
                fn postgres() {{
                    ::colophon_test_support::run(::colophon_test_support::Engine::Postgres, super::{name});
                }}
            }}"
        ),
        Some(_) => "compile_error!{\"`on_both_engines` has no arguments\"}".to_owned(),
        None => "compile_error!{\"`on_both_engines` stands at an `async fn`\"}".to_owned(),
    };
    // All three are Rust, whatever the name is.
    let tests: TokenStream = tests.parse().unwrap_or_default();
    test.into_iter().chain(tests).collect()
}

/// The name of an `async fn`.
fn name_of(test: TokenStream) -> Option<String> {
    let mut words = test.into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    });
    words.find(|word| word == "async")?;
    words.next().filter(|word| word == "fn")?;
    words.next()
}
