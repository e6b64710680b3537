//! The wrong values of a form: from the rules run here, and from the server's reply.

use colophon_contract::FieldError;
use leptos::prelude::*;
use validator::{Validate, ValidationError, ValidationErrorsKind};

/// What is wrong with a form's values, each by its pointer. Copy it into closures.
#[derive(Clone, Copy)]
pub struct FormErrors(RwSignal<Vec<FieldError>>);

impl FormErrors {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self(RwSignal::new(Vec::new()))
    }

    /// The message for the value at `pointer`, or for something within it.
    pub fn at(self, pointer: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.0.with(|errors| {
                let details: Vec<_> =
                    errors.iter().filter(|e| is_at(e, pointer)).map(|e| e.detail.as_str()).collect();
                (!details.is_empty()).then(|| details.join(" "))
            })
        })
    }

    /// All of them.
    pub fn all(self) -> Signal<Vec<FieldError>> {
        self.0.into()
    }

    /// Replaces them.
    pub fn set(self, errors: Vec<FieldError>) {
        self.0.set(errors);
    }

    /// Runs the rules of `value`, the server's own; whether it keeps to all of them.
    pub fn check(self, value: &impl Validate) -> bool {
        let errors = rule_errors(value);
        let ok = errors.is_empty();
        self.0.set(errors);
        ok
    }
}

fn is_at(error: &FieldError, pointer: &str) -> bool {
    error
        .pointer
        .as_deref()
        .is_some_and(|p| p.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// What the rules of `value` say.
pub fn rule_errors(value: &impl Validate) -> Vec<FieldError> {
    let Err(errors) = value.validate() else { return Vec::new() };
    let mut list = Vec::new();
    for (field, kind) in errors.errors() {
        if let ValidationErrorsKind::Field(errors) = kind {
            // One sentence a field: the first rule broken.
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
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).chain(['.']).collect())
}
