//! Properties that hold of any text.

use std::collections::BTreeMap;

use colophon_template::{BuiltInValues, SuggestionKind, Template, Values, check, check_own_variable};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn json() -> impl Strategy<Value = Json> {
    let text = "[^{}]{0,8}";
    let leaf =
        prop_oneof![Just(Json::Null), any::<i32>().prop_map(|n| json!(n)), text.prop_map(|t| json!(t))];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(text, inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// Applies suggestions of doubling, the last one first, until there are no more.
fn double(mut template: String) -> String {
    for _ in 0..template.len() + 1 {
        let problems = check(&template, &BTreeMap::new()).problems;
        let mut suggestions = problems.into_iter().filter_map(|problem| problem.suggestion);
        let doubling = suggestions.rfind(|one| one.kind == SuggestionKind::DoubleBraces);
        let Some(last) = doubling else { break };
        template = last.apply(&template);
    }
    template
}

proptest! {
    #[test]
    fn pasted_json_is_mended_to_itself(value in json(), is_pretty: bool) {
        let pasted = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let pasted = format!("Answer as {} or not at all", pasted.expect("JSON"));
        let own = BTreeMap::new();
        let rendered = Template::parse(&double(pasted.clone()))
            .render(&Values { built_ins: BuiltInValues::SAMPLES, own: &own });
        prop_assert_eq!(rendered, Ok(pasted));
    }

    #[test]
    fn doubled_braces_render_any_text(text in ".{0,60}|[{}a:!\\[\\]. ]{0,30}") {
        let own = BTreeMap::new();
        let values = Values { built_ins: BuiltInValues::SAMPLES, own: &own };
        let escaped = text.replace('{', "{{").replace('}', "}}");
        prop_assert_eq!(Template::parse(&escaped).render(&values), Ok(text));
    }

    #[test]
    fn values_are_never_scanned(value in "[{}a:!\\[\\]. ]{0,30}", name in "[^{}:!.\\[]{1,6}") {
        prop_assume!(check_own_variable(&name).is_ok());
        let own = BTreeMap::from([(name.clone(), value.clone())]);
        let values = Values { built_ins: BuiltInValues { source_text: &value, ..BuiltInValues::SAMPLES }, own: &own };
        let rendered = Template::parse(&format!("{{{name}}}{{source_text}}")).render(&values);
        prop_assert_eq!(rendered, Ok(value.repeat(2)));
    }

    #[test]
    fn a_name_is_allowed_exactly_where_a_field_can_look_it_up(name in "[{}:!.\\[\\]a0１ 夜\"]{0,4}") {
        let own = BTreeMap::from([(name.clone(), "value".to_owned())]);
        let found = check(&format!("{{{name}}}"), &own);
        let is_looked_up = found.problems.is_empty() && found.variables_used == [name.clone()];
        prop_assert_eq!(check_own_variable(&name).is_ok(), is_looked_up);
    }

    #[test]
    fn any_text_is_gone_through(text in "([{}\\[\\]:!.\"'\n]|[a-z_]|source_text|夜|\\PC){0,40}") {
        let template = Template::parse(&text);
        let own = BTreeMap::new();
        let joined: String = template.pieces(&own).iter().map(|piece| piece.text).collect();
        prop_assert_eq!(joined, text.clone());
        let found = template.check(&own);
        let rendered = template.render(&Values { built_ins: BuiltInValues::SAMPLES, own: &own });
        prop_assert_eq!(found.problems.is_empty(), rendered.is_ok());
        for suggestion in found.problems.iter().filter_map(|problem| problem.suggestion.as_ref()) {
            prop_assert_ne!(suggestion.apply(&text), text.clone());
        }
    }
}
