//! Parameters: a form for the usual ones, rows for the variables, JSON for the rest and the metadata.

use crate::ui::{Button, FormErrors, TextArea, TextField, json};
use colophon_contract::{FieldError, JsonObject, Model};
use colophon_template::{ADDED_LATER, NameProblem, Template, check_own_variable, suggest_own_name};
use leptos::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// Key and hint of the parameters with their own field: numbers that most models take.
const USUAL: [(&str, &str); 6] = [
    ("temperature", "0 is sober, 1 is lively."),
    ("top_p", "The share of likely words to choose from, 0 to 1."),
    ("max_tokens", "The longest answer for a segment, in tokens."),
    ("frequency_penalty", "Above 0 repeats less."),
    ("presence_penalty", "Above 0 brings in new words."),
    ("seed", "The same number, much the same answer."),
];

/// A variable that the version defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    id: usize,
    name: String,
    value: String,
}

/// The typed parameters. Copy it into closures.
#[derive(Clone, Copy)]
pub struct ParametersDraft {
    usual: [RwSignal<String>; USUAL.len()],
    /// The other parameters as JSON; empty for none.
    pub rest: RwSignal<String>,
    /// The version's own variables.
    pub variables: RwSignal<Vec<Row>>,
    /// The id of the next row. Ids are not reused, because `<For>` keeps the view of an id that it knows.
    next_row: StoredValue<usize>,
    /// `metadata` as JSON; empty for none.
    pub metadata: RwSignal<String>,
}

impl ParametersDraft {
    /// Creates an empty draft.
    pub fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            usual: std::array::from_fn(|_| empty()),
            rest: empty(),
            variables: RwSignal::new(Vec::new()),
            next_row: StoredValue::new(0),
            metadata: empty(),
        }
    }

    /// Replaces all typed values.
    pub fn put(self, mut parameters: JsonObject) {
        for ((key, _), field) in USUAL.iter().zip(self.usual) {
            let number = parameters.get(*key).filter(|value| value.is_number()).map(json::text);
            if number.is_some() {
                parameters.remove(*key);
            }
            field.set(number.unwrap_or_default());
        }
        let variables = take_object(&mut parameters, "variables");
        let row = |(name, value): (String, Value)| {
            let value = value.as_str().map_or_else(|| json::text(&value), str::to_owned);
            self.new_row(name, value)
        };
        self.variables.set(variables.into_iter().map(row).collect());
        self.metadata.set(pretty(take_object(&mut parameters, "metadata")));
        self.rest.set(pretty(parameters));
    }

    /// Adds an empty variable.
    fn add_variable(self) {
        let row = self.new_row(String::new(), String::new());
        self.variables.update(|rows| rows.push(row));
    }

    fn new_row(self, name: String, value: String) -> Row {
        let id = self.next_row.get_value();
        self.next_row.set_value(id + 1);
        Row { id, name, value }
    }

    /// Returns the variables as typed so far, even if other fields are incomplete.
    pub fn own_variables(self) -> BTreeMap<String, String> {
        let mut own = BTreeMap::new();
        for Row { name, value, .. } in self.variables.get() {
            if !name.is_empty() {
                own.insert(name, value);
            }
        }
        own
    }

    /// Renames the variable of the row `id`, there and in the template.
    fn rename_variable(self, id: usize, name: &str, template: Option<RwSignal<String>>) {
        let rows = self.variables.get_untracked();
        let Some(row) = rows.into_iter().find(|row| row.id == id) else { return };
        if let Some(template) = template {
            template.update(|text| *text = Template::parse(text).with_renamed_variable(&row.name, name));
        }
        // The renamed row gets a new id: the view of the old one would keep the typed name.
        let renamed = self.new_row(name.to_owned(), row.value);
        self.variables
            .update(|rows| rows.iter_mut().filter(|row| row.id == id).for_each(|row| *row = renamed.clone()));
    }

    /// Returns the object to save, or the errors. The name of a built-in variable that was added later is
    /// accepted here, because older versions are previewed and compared. The server refuses to save it again.
    pub fn compose(self) -> Result<JsonObject, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut object = parse_object(&self.rest.get(), "/parameters", &mut errors);
        for key in ["variables", "metadata"] {
            if object.remove(key).is_some() {
                let detail = format!("`{key}` has a place of its own, not among the other parameters.");
                errors.push(FieldError::at("/parameters", "misplaced", detail));
            }
        }
        for ((key, _), field) in USUAL.iter().zip(self.usual) {
            let text = field.get();
            match serde_json::from_str(text.trim()) {
                _ if text.trim().is_empty() => {}
                Ok(number @ Value::Number(_)) => drop(object.insert((*key).to_owned(), number)),
                _ => errors.push(FieldError::at(format!("/parameters/{key}"), "number", "Must be a number.")),
            }
        }
        let variables = self.compose_variables(&mut errors);
        if !variables.is_empty() {
            object.insert("variables".to_owned(), Value::Object(variables));
        }
        let metadata = parse_object(&self.metadata.get(), "/parameters/metadata", &mut errors);
        if !metadata.is_empty() {
            object.insert("metadata".to_owned(), Value::Object(metadata));
        }
        if errors.is_empty() { Ok(object) } else { Err(errors) }
    }

    fn compose_variables(self, errors: &mut Vec<FieldError>) -> JsonObject {
        let mut variables = JsonObject::new();
        for row in self.variables.get() {
            if row.name.is_empty() && row.value.is_empty() {
                continue;
            }
            let wrong = match check_own_variable(&row.name) {
                Err(NameProblem::BuiltIn) if ADDED_LATER.contains(&row.name.as_str()) => None,
                Err(problem) => Some(problem.to_string()),
                Ok(()) if variables.contains_key(&row.name) => Some("This name is there twice.".to_owned()),
                Ok(()) => None,
            };
            if let Some(detail) = wrong {
                let detail = format!("“{}”: {detail}", row.name);
                errors.push(FieldError::at("/parameters/variables", "variable_name", detail));
            }
            variables.insert(row.name, Value::String(row.value));
        }
        variables
    }
}

fn take_object(parameters: &mut JsonObject, key: &str) -> JsonObject {
    match parameters.remove(key) {
        Some(Value::Object(object)) => object,
        Some(other) => {
            // Not an object: shown with the rest rather than dropped.
            parameters.insert(key.to_owned(), other);
            JsonObject::new()
        }
        None => JsonObject::new(),
    }
}

fn pretty(object: JsonObject) -> String {
    if object.is_empty() {
        String::new()
    } else {
        serde_json::to_string_pretty(&Value::Object(object)).unwrap_or_default()
    }
}

fn parse_object(text: &str, pointer: &str, errors: &mut Vec<FieldError>) -> JsonObject {
    if text.trim().is_empty() {
        return JsonObject::new();
    }
    let detail = match serde_json::from_str(text) {
        Ok(Value::Object(object)) => return object,
        Ok(_) => "Must be a JSON object, as in {\"stop\": [\"###\"]}.".to_owned(),
        Err(error) => format!("Is not JSON: {error}."),
    };
    errors.push(FieldError::at(pointer, "json", detail));
    JsonObject::new()
}

/// The form of the parameters.
#[component]
pub fn ParametersForm(
    /// The typed parameters.
    draft: ParametersDraft,
    /// The chosen model, if the catalogue has it.
    model: Signal<Option<Model>>,
    /// The errors of the form.
    errors: FormErrors,
    /// The template, in which a renamed variable is renamed too.
    #[prop(optional)]
    template: Option<RwSignal<String>>,
) -> impl IntoView {
    let usual = move || {
        let fields = USUAL.into_iter().zip(draft.usual).filter(|((key, _), field)| {
            // A parameter with a value stays visible even if the model does not take it.
            let is_set = untrack(|| !field.get().is_empty());
            is_set || model.with(|m| m.as_ref().is_none_or(|m| m.parameters.iter().any(|p| p == key)))
        });
        let view = |((key, hint), value): ((&'static str, &'static str), RwSignal<String>)| {
            let error = parameter_error(key, value, model, errors);
            view! { <TextField label=key value hint error inputmode="decimal" /> }
        };
        fields.map(view).collect_view()
    };
    let known = |key: &str| USUAL.iter().any(|(usual, _)| *usual == key);
    let rest_error = errors.matching(move |pointer| match pointer.strip_prefix("/parameters") {
        Some("") => true,
        Some(rest) => {
            let key = rest.trim_start_matches('/').split('/').next().unwrap_or_default();
            !known(key) && key != "variables" && key != "metadata"
        }
        None => false,
    });
    view! {
        <div class="columns">{usual}</div>
        <TextArea
            label="Other parameters"
            hint="A JSON object with whatever else the model takes."
            value=draft.rest
            error=rest_error
            rows=3
            code=true
        />
        <Variables draft error=errors.at("/parameters/variables") template />
        <TextArea
            label="Metadata"
            hint="A JSON object of your own: kept, shown and compared with the version."
            value=draft.metadata
            error=errors.at("/parameters/metadata")
            rows=4
            code=true
        />
    }
}

fn parameter_error(
    key: &'static str,
    value: RwSignal<String>,
    model: Signal<Option<Model>>,
    errors: FormErrors,
) -> Signal<Option<String>> {
    let error = errors.at(format!("/parameters/{key}"));
    Signal::derive(move || {
        error.get().or_else(|| {
            let model = model.get().filter(|_| value.with(|value| !value.trim().is_empty()))?;
            (!model.parameters.iter().any(|p| p == key)).then(|| format!("{} does not take this.", model.id))
        })
    })
}

#[component]
fn Variables(
    draft: ParametersDraft,
    error: Signal<Option<String>>,
    template: Option<RwSignal<String>>,
) -> impl IntoView {
    let rows = draft.variables;
    view! {
        <fieldset class="variables">
            <legend class="label">"Variables of this version"</legend>
            <p class="hint">"Texts that the template can name, as in {tone}."</p>
            <For each=move || rows.get() key=|row| row.id let:row>
                <VariableRow draft row template />
            </For>
            <p class="field-error" aria-live="polite">{error}</p>
            <Button class="small" on_click=move |()| draft.add_variable()>"Add a variable"</Button>
        </fieldset>
    }
}

#[component]
fn VariableRow(draft: ParametersDraft, row: Row, template: Option<RwSignal<String>>) -> impl IntoView {
    let (id, rows) = (row.id, draft.variables);
    let change = move |change: &dyn Fn(&mut Row)| {
        rows.update(|rows| rows.iter_mut().filter(|row| row.id == id).for_each(change));
    };
    view! {
        <div class="variable-row">
            <input
                class="input code"
                aria-label="Name"
                placeholder="name"
                spellcheck="false"
                value=row.name
                on:input:target=move |event| {
                    let name = event.target().value();
                    change(&move |row| row.name.clone_from(&name));
                }
            />
            <textarea
                class="input code"
                aria-label="Value"
                placeholder="text"
                rows="1"
                prop:value=row.value
                on:input:target=move |event| {
                    let value = event.target().value();
                    change(&move |row| row.value.clone_from(&value));
                }
            ></textarea>
            <Button
                class="quiet small"
                on_click=move |()| rows.update(|rows| rows.retain(|row| row.id != id))
            >
                <span class="visually-hidden">"Remove the variable"</span>
                <span aria-hidden="true">"✕"</span>
            </Button>
            <TakenName draft id template />
        </div>
    }
}

/// Reports that a variable of an older version has the name of a built-in one, and offers to rename it.
#[component]
fn TakenName(draft: ParametersDraft, id: usize, template: Option<RwSignal<String>>) -> impl IntoView {
    let taken = Memo::new(move |_| {
        let name = draft
            .variables
            .with(|rows| rows.iter().find(|row| row.id == id).map(|row| row.name.clone()))
            .filter(|name| check_own_variable(name) == Err(NameProblem::BuiltIn))?;
        let other = suggest_own_name(&name, &draft.own_variables());
        Some((name, other))
    });
    move || {
        taken.get().map(|(name, other)| {
            let label = format!("Rename it to {other}");
            let rename = move |()| draft.rename_variable(id, &other, template);
            view! {
                <p class="field-error variable-taken">
                    {format!("{{{name}}} is the name of a built-in variable. A new version needs another name for its own variable.")}
                    " "
                    <Button class="small" on_click=rename>{label}</Button>
                </p>
            }
        })
    }
}

#[cfg(test)]
mod tests;
