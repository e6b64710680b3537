use super::*;
use crate::test_support::{fixture::object, with_signals};
use serde_json::json;

/// Returns a draft that holds `parameters`.
fn draft_of(parameters: Value) -> ParametersDraft {
    let draft = ParametersDraft::new();
    draft.put(object(parameters));
    draft
}

fn field(draft: ParametersDraft, key: &str) -> RwSignal<String> {
    let index = USUAL.iter().position(|(usual, _)| *usual == key).unwrap();
    draft.usual[index]
}

/// Returns pointer, code and detail of the errors of `draft`.
fn wrong(draft: ParametersDraft) -> Vec<(String, String, String)> {
    let errors = untrack(|| draft.compose()).expect_err("something is wrong");
    errors.into_iter().map(|error| (error.pointer.unwrap_or_default(), error.code, error.detail)).collect()
}

fn error(pointer: &str, code: &str, detail: &str) -> (String, String, String) {
    (pointer.to_owned(), code.to_owned(), detail.to_owned())
}

fn add_rows(draft: ParametersDraft, names: &[&str]) {
    for name in names {
        draft.add_variable();
        draft.variables.update(|rows| {
            let row = rows.last_mut().unwrap();
            (row.name, row.value) = ((*name).to_owned(), "text".to_owned());
        });
    }
}

#[test]
fn parameters_come_back_as_they_were_put() {
    with_signals(|| {
        for parameters in [
            json!({}),
            json!({"temperature": 0.7, "top_p": 1, "max_tokens": 4_096, "seed": -3}),
            json!({"frequency_penalty": 1e-7, "presence_penalty": 0.1}),
            json!({"stop": ["###"], "logit_bias": {"50256": -100}, "user": "夜"}),
            json!({"variables": {"tone": "calm", "glossary": "夜 = night\n川 = river"}}),
            json!({"metadata": {"ticket": 7, "tags": ["a", {"b": null}]}}),
            json!({"temperature": 0, "stop": "#", "variables": {"a": ""}, "metadata": {"b": true}}),
        ] {
            let draft = draft_of(parameters.clone());
            assert_eq!(untrack(|| draft.compose()).map(Value::Object), Ok(parameters));
        }
    });
}

#[test]
fn each_part_has_its_own_field() {
    with_signals(|| {
        let draft = draft_of(json!({
            "temperature": 0.7, "stop": "#", "variables": {"tone": "calm"}, "metadata": {"ticket": 7},
        }));
        assert_eq!(field(draft, "temperature").get_untracked(), "0.7");
        assert_eq!(field(draft, "seed").get_untracked(), "");
        assert_eq!(draft.rest.get_untracked(), "{\n  \"stop\": \"#\"\n}");
        assert_eq!(draft.metadata.get_untracked(), "{\n  \"ticket\": 7\n}");
        assert_eq!(draft.variables.with_untracked(Vec::len), 1);
    });
}

#[test]
fn put_replaces_all_that_was_there() {
    with_signals(|| {
        let draft = draft_of(json!({
            "temperature": 0.7, "stop": "#", "variables": {"tone": "calm"}, "metadata": {"ticket": 7},
        }));
        draft.put(JsonObject::new());
        assert_eq!(untrack(|| draft.compose()), Ok(JsonObject::new()));
    });
}

#[test]
fn a_usual_parameter_that_is_no_number_stays_among_the_others() {
    with_signals(|| {
        let parameters = json!({"temperature": "high", "seed": null});
        let draft = draft_of(parameters.clone());
        assert_eq!(field(draft, "temperature").get_untracked(), "");
        assert_eq!(untrack(|| draft.compose()).map(Value::Object), Ok(parameters));
    });
}

#[test]
fn a_number_may_have_white_space_around_it_but_nothing_else() {
    with_signals(|| {
        let draft = draft_of(json!({}));
        field(draft, "temperature").set(" 0.5 ".to_owned());
        assert_eq!(untrack(|| draft.compose()).map(Value::Object), Ok(json!({"temperature": 0.5})));
        for text in ["warm", "0,5", "1 2", "\"1\"", "[1]", "true", "NaN", ".5"] {
            field(draft, "temperature").set(text.to_owned());
            let expected = [error("/parameters/temperature", "number", "Must be a number.")];
            assert_eq!(wrong(draft), expected, "{text}");
        }
    });
}

#[test]
fn a_key_with_a_field_of_its_own_is_refused_among_the_others() {
    with_signals(|| {
        let draft = draft_of(json!({}));
        draft.rest.set(r#"{"variables": {}, "metadata": 1, "stop": "."}"#.to_owned());
        let detail = |key: &str| format!("`{key}` has a place of its own, not among the other parameters.");
        let expected = ["variables", "metadata"].map(|key| error("/parameters", "misplaced", &detail(key)));
        assert_eq!(wrong(draft), expected);
    });
}

#[test]
fn text_that_is_no_json_object_is_refused_at_its_field() {
    with_signals(|| {
        let draft = draft_of(json!({}));
        draft.rest.set("[1]".to_owned());
        draft.metadata.set("{".to_owned());
        let errors = wrong(draft);
        let places: Vec<_> = errors.iter().map(|(pointer, code, _)| (&**pointer, &**code)).collect();
        assert_eq!(places, [("/parameters", "json"), ("/parameters/metadata", "json")]);
        assert_eq!(errors[0].2, "Must be a JSON object, as in {\"stop\": [\"###\"]}.");
        assert!(errors[1].2.starts_with("Is not JSON: "), "{}", errors[1].2);
    });
}

#[test]
fn variables_and_metadata_of_the_wrong_type_are_shown_and_not_dropped() {
    with_signals(|| {
        let draft = draft_of(json!({"variables": ["tone"]}));
        assert_eq!(draft.variables.with_untracked(Vec::len), 0);
        assert_eq!(wrong(draft).len(), 1, "the person has to decide what becomes of it");
    });
}

#[test]
fn a_variable_that_is_no_text_becomes_its_json() {
    with_signals(|| {
        let draft = draft_of(json!({"variables": {"count": 3}}));
        let expected = json!({"variables": {"count": "3"}});
        assert_eq!(untrack(|| draft.compose()).map(Value::Object), Ok(expected));
    });
}

#[test]
fn a_variable_name_that_is_there_twice_is_refused() {
    with_signals(|| {
        let draft = draft_of(json!({}));
        add_rows(draft, &["tone", "place", "tone"]);
        let detail = "“tone”: This name is there twice.";
        assert_eq!(wrong(draft), [error("/parameters/variables", "variable_name", detail)]);
    });
}

#[test]
fn a_variable_name_that_no_template_can_name_is_refused() {
    with_signals(|| {
        for name in ["", "7", "a{b", "a.b", "source_text"] {
            let draft = draft_of(json!({}));
            add_rows(draft, &[name]);
            let errors = wrong(draft);
            assert_eq!(errors.len(), 1, "{name:?}");
            assert!(errors[0].2.starts_with(&format!("“{name}”: ")), "{}", errors[0].2);
        }
    });
}

#[test]
fn an_empty_row_is_ignored() {
    with_signals(|| {
        let draft = draft_of(json!({"variables": {"tone": "calm"}}));
        draft.add_variable();
        let expected = json!({"variables": {"tone": "calm"}});
        assert_eq!(untrack(|| draft.compose()).map(Value::Object), Ok(expected));
    });
}

#[test]
fn the_id_of_a_row_is_never_used_again() {
    with_signals(|| {
        let draft = draft_of(json!({"variables": {"a": "1", "b": "2"}}));
        let ids = || draft.variables.with_untracked(|rows| rows.iter().map(|row| row.id).collect::<Vec<_>>());
        let mut seen = ids();
        draft.variables.update(Vec::clear);
        draft.add_variable();
        seen.extend(ids());
        draft.put(object(json!({"variables": {"a": "1", "b": "2"}})));
        seen.extend(ids());
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((count, seen.len()), (5, 5));
    });
}

#[test]
fn a_variable_of_an_older_version_may_have_the_name_of_a_younger_built_in_one() {
    with_signals(|| {
        let older = json!({"variables": {"volume_title": "mine", "own_volume_title": "x"}});
        let draft = draft_of(older.clone());
        assert_eq!(untrack(|| draft.compose()).map(Value::Object), Ok(older));
        let own = untrack(|| draft.own_variables());
        assert_eq!(own.get("volume_title").map(String::as_str), Some("mine"));

        let id = draft
            .variables
            .with_untracked(|rows| rows.iter().find(|row| row.name == "volume_title").unwrap().id);
        let template =
            RwSignal::new("{volume_title}: {source_text:>{volume_title}} {{volume_title}}".to_owned());
        draft.rename_variable(id, "own_volume_title_2", Some(template));
        let renamed = json!({"variables": {"own_volume_title": "x", "own_volume_title_2": "mine"}});
        assert_eq!(untrack(|| draft.compose()).map(Value::Object), Ok(renamed));
        assert_eq!(
            template.get_untracked(),
            "{own_volume_title_2}: {source_text:>{own_volume_title_2}} {{volume_title}}"
        );
        assert!(
            draft.variables.with_untracked(|rows| rows.iter().all(|row| row.id != id)),
            "a row of its own"
        );
    });
}

#[test]
fn the_variables_are_known_while_other_fields_are_half_typed() {
    with_signals(|| {
        let draft = draft_of(json!({"variables": {"tone": "calm"}}));
        draft.metadata.set("{\"a".to_owned());
        draft.add_variable();
        assert!(untrack(|| draft.compose()).is_err());
        let own = untrack(|| draft.own_variables());
        assert_eq!(own.into_iter().collect::<Vec<_>>(), [("tone".to_owned(), "calm".to_owned())]);
    });
}

/// The form on a page.
#[cfg(target_arch = "wasm32")]
mod browser {
    use super::*;
    use crate::test_support::dom::{Mounted, mount_with, settle};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn form(parameters: Value, model: Option<Model>) -> (Mounted, ParametersDraft) {
        mount_with(move || {
            let draft = draft_of(parameters);
            let errors = FormErrors::new(Signal::stored(None));
            let model = Signal::stored(model);
            (draft, view! { <ParametersForm draft model errors /> })
        })
    }

    /// Returns names and values in the rows of the variables.
    fn rows(page: &Mounted) -> Vec<(String, String)> {
        let names = page.values(".variable-row input");
        names.into_iter().zip(page.values(".variable-row textarea")).collect()
    }

    fn row(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[wasm_bindgen_test]
    async fn the_rows_show_the_variables_of_what_was_put_last() {
        let (page, draft) = form(json!({"variables": {"tone": "calm", "place": "river"}}), None);
        settle().await;
        assert_eq!(rows(&page), [row("place", "river"), row("tone", "calm")]);
        draft.put(object(json!({"variables": {"time": "night", "voice": "first person"}})));
        settle().await;
        assert_eq!(rows(&page), [row("time", "night"), row("voice", "first person")]);
        draft.put(JsonObject::new());
        settle().await;
        assert_eq!(rows(&page), []);
    }

    #[wasm_bindgen_test]
    async fn what_is_typed_into_a_row_after_put_is_composed() {
        let (page, draft) = form(json!({"variables": {"tone": "calm"}}), None);
        draft.put(object(json!({"variables": {"place": "river"}})));
        settle().await;
        page.type_text(".variable-row textarea", "bridge");
        page.click(".variables > button");
        settle().await;
        page.type_text(".variable-row:last-of-type input", "time");
        page.type_text(".variable-row:last-of-type textarea", "night");
        let expected = json!({"variables": {"place": "bridge", "time": "night"}});
        assert_eq!(untrack(|| draft.compose()).map(Value::Object), Ok(expected));
    }

    #[wasm_bindgen_test]
    async fn only_the_row_whose_button_is_pressed_is_removed() {
        let (page, draft) = form(json!({"variables": {"a": "1", "b": "2", "c": "3"}}), None);
        settle().await;
        page.click(".variable-row:nth-of-type(2) button");
        settle().await;
        assert_eq!(rows(&page), [row("a", "1"), row("c", "3")]);
        assert_eq!(draft.variables.with_untracked(Vec::len), 2);
    }

    #[wasm_bindgen_test]
    async fn a_parameter_that_the_model_does_not_take_is_shown_only_if_it_has_a_value() {
        let model = Model {
            id: "demo".to_owned(),
            name: "Demo".to_owned(),
            provider: "demo".to_owned(),
            context_window: None,
            parameters: vec!["temperature".to_owned()],
            available: true,
            missing_env: None,
        };
        let (page, _) = form(json!({"seed": 7}), Some(model));
        settle().await;
        assert_eq!(page.texts(".columns .label"), ["temperature", "seed"]);
        assert_eq!(page.texts(".columns .field-error"), ["", "demo does not take this."]);
    }
}
