//! The errors of a form: from the rules run here, and from the server's reply.

use crate::api::Error;
use colophon_contract::FieldError;
use leptos::prelude::*;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The errors of a form's values by pointer: from the rules run here, and from the server's reply. Copy it
/// into closures.
#[derive(Clone, Copy)]
pub struct FormErrors {
    local: RwSignal<Vec<FieldError>>,
    remote: Signal<Option<Error>>,
}

impl FormErrors {
    /// Creates a form without errors; `remote` is the error of the form's request.
    pub fn new(remote: Signal<Option<Error>>) -> Self {
        Self { local: RwSignal::new(Vec::new()), remote }
    }

    /// Returns the message for the value at `pointer`, or for a value within it.
    pub fn at(self, pointer: impl Into<String>) -> Signal<Option<String>> {
        let pointer = pointer.into();
        self.matching(move |p| {
            p.strip_prefix(pointer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Returns the message for the values whose pointers are `wanted`.
    pub fn matching(self, wanted: impl Fn(&str) -> bool + Send + Sync + 'static) -> Signal<Option<String>> {
        Signal::derive(move || {
            let local = self.local.get();
            let remote =
                self.remote.with(|e| e.as_ref().map_or_else(Vec::new, |e| e.field_errors().to_vec()));
            let is_wanted = |error: &&FieldError| error.pointer.as_deref().is_some_and(&wanted);
            let details: Vec<_> =
                local.iter().chain(&remote).filter(is_wanted).map(|e| e.detail.as_str()).collect();
            (!details.is_empty()).then(|| details.join(" "))
        })
    }

    /// Replaces the local errors, and moves the focus to the first wrong field.
    pub fn set(self, errors: Vec<FieldError>) {
        let is_wrong = !errors.is_empty();
        self.local.set(errors);
        if is_wrong {
            request_animation_frame(focus_first_wrong_field);
        }
    }

    /// Runs the rules of `value`, which the server also runs. Returns whether all are met.
    pub fn check(self, value: &impl Validate) -> bool {
        self.take(value.validate())
    }

    /// Stores the result of the form's rules. Returns whether all are met.
    pub fn take(self, result: Result<(), ValidationErrors>) -> bool {
        let errors = broken_rules(result);
        let ok = errors.is_empty();
        self.set(errors);
        ok
    }
}

fn focus_first_wrong_field() {
    let selector = "[aria-invalid=true]:not([hidden] *)";
    if let Ok(Some(field)) = document().query_selector(selector) {
        let _ = field.unchecked_into::<HtmlElement>().focus();
    }
}

/// Returns the broken rules of a form.
fn broken_rules(result: Result<(), ValidationErrors>) -> Vec<FieldError> {
    let Err(errors) = result else { return Vec::new() };
    let mut list = Vec::new();
    for (field, kind) in errors.errors() {
        if let ValidationErrorsKind::Field(errors) = kind {
            // One message for each field: the first broken rule.
            if let Some(error) = errors.first() {
                list.push(FieldError::at(format!("/{field}"), error.code.to_string(), sentence(error)));
            }
        }
    }
    list
}

fn sentence(error: &ValidationError) -> String {
    if let Some(message) = &error.message {
        return capitalised(message);
    }
    let bound = |name: &str| error.params.get(name).map(ToString::to_string);
    match (error.code.as_ref(), bound("min"), bound("max")) {
        ("length", Some(min), _) if min == "1" && is_empty(error) => "Must not be empty.".to_owned(),
        ("length", Some(min), Some(max)) => format!("Must have {min} to {max} characters."),
        ("length", None, Some(max)) => format!("Must have at most {max} characters."),
        ("range", Some(min), Some(max)) => format!("Must be from {min} to {max}."),
        ("range", Some(min), None) => format!("Must be at least {min}."),
        _ => "Is not valid.".to_owned(),
    }
}

fn is_empty(error: &ValidationError) -> bool {
    error.params.get("value").is_some_and(|value| value.as_str() == Some(""))
}

fn capitalised(message: &str) -> String {
    let mut text = format!("{message}.");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::with_signals;
    use colophon_contract::{Code, CreateWork, Problem};

    #[derive(Validate)]
    struct Bounds {
        #[validate(length(min = 10, max = 256))]
        password: String,
        #[validate(length(max = 3))]
        note: String,
        #[validate(range(min = 1, max = 100))]
        limit: i32,
        #[validate(range(min = 1))]
        number: i32,
        #[validate(email)]
        email: String,
    }

    /// Returns pointers and details, sorted by pointer.
    fn sentences(value: &impl Validate) -> Vec<(String, String)> {
        let mut list: Vec<_> = broken_rules(value.validate())
            .into_iter()
            .map(|error| (error.pointer.unwrap(), error.detail))
            .collect();
        list.sort();
        list
    }

    fn pair(pointer: &str, detail: &str) -> (String, String) {
        (pointer.to_owned(), detail.to_owned())
    }

    #[test]
    fn each_broken_rule_becomes_a_sentence() {
        let wrong = Bounds {
            password: "short".to_owned(),
            note: "long".to_owned(),
            limit: 101,
            number: 0,
            email: "nobody".to_owned(),
        };
        let expected = [
            pair("/email", "Is not valid."),
            pair("/limit", "Must be from 1 to 100."),
            pair("/note", "Must have at most 3 characters."),
            pair("/number", "Must be at least 1."),
            pair("/password", "Must have 10 to 256 characters."),
        ];
        assert_eq!(sentences(&wrong), expected);
    }

    #[test]
    fn each_field_gets_one_sentence() {
        let mut work = CreateWork {
            title: String::new(),
            author: "宮沢\n賢治".to_owned(),
            source_language: "japanese".to_owned(),
            target_language: "e".to_owned(),
        };
        let expected = [
            pair("/author", "Must not contain control characters or line breaks."),
            pair("/target_language", "Must be a language tag such as `ja`, `en` or `zh-Hant`."),
            pair("/title", "Must not be empty."),
        ];
        assert_eq!(sentences(&work), expected);
        work.title = "銀".repeat(256);
        assert_eq!(sentences(&work)[2], pair("/title", "Must have 1 to 255 characters."));
        work = CreateWork {
            title: "銀河鉄道の夜".to_owned(),
            author: String::new(),
            source_language: "ja".to_owned(),
            target_language: "en".to_owned(),
        };
        assert_eq!(sentences(&work), []);
    }

    #[test]
    fn a_server_error_is_shown_at_its_field_and_at_the_parent_field() {
        with_signals(|| {
            let problem = Problem::new(Code::ValidationFailed, "Wrong.").with_errors(vec![
                FieldError::at("/parameters/variables/a", "text", "First."),
                FieldError::at("/parameters/variables", "size", "Second."),
                FieldError::at("/parameters/variables_of_mine", "other", "Third."),
                FieldError::in_parameter("cursor", "cursor", "Of no field."),
            ]);
            let errors = FormErrors::new(Signal::stored(Some(Error::Problem(Box::new(problem)))));
            let shown = |pointer: &str| errors.at(pointer).get_untracked();
            assert_eq!(shown("/parameters/variables").as_deref(), Some("First. Second."));
            assert_eq!(shown("/parameters/variables/a").as_deref(), Some("First."));
            assert_eq!(shown("/parameters/vari"), None);
            assert_eq!(shown("/name"), None);
        });
    }
}
