//! Which messages a template makes.

use std::collections::BTreeMap;

use colophon_template::{BuiltInValues, Message, ProblemCode, Role, Template, Values};

fn messages(template: &str) -> Vec<Message> {
    let built_ins = BuiltInValues { source_text: "{夜}", ..BuiltInValues::SAMPLES };
    Template::parse(template).messages(&Values { built_ins, own: &BTreeMap::new() }).expect("messages")
}

fn message(role: Role, content: &str) -> Message {
    Message { role, content: content.to_owned() }
}

#[test]
fn a_template_with_the_source_text_is_the_one_user_message() {
    assert_eq!(messages("Translate {source_text}"), [message(Role::User, "Translate {夜}")]);
    assert_eq!(messages("{source_text!a}"), [message(Role::User, "'{\\u591c}'")]);
    assert_eq!(messages("{source_text:.0}"), [message(Role::User, "")]);
}

#[test]
fn a_template_without_it_is_the_system_message() {
    let segment = message(Role::User, "{夜}");
    assert_eq!(messages("Be plain."), [message(Role::System, "Be plain."), segment.clone()]);
    assert_eq!(messages(""), [message(Role::System, ""), segment.clone()]);
    assert_eq!(messages("{{source_text}}"), [message(Role::System, "{source_text}"), segment]);
}

#[test]
fn a_template_that_passed_can_fail_where_a_number_decides() {
    let own = BTreeMap::new();
    let template =
        Template::parse("{source_text}{tone:{chapter_number}}".replace("tone", "work_title").as_str());
    assert_eq!(template.check(&own).problems, []);
    let built_ins = BuiltInValues { chapter_number: 10_001, ..BuiltInValues::SAMPLES };
    let error = template.messages(&Values { built_ins, own: &own }).expect_err("too wide");
    assert_eq!(error.problem.code, ProblemCode::WidthTooLarge);
    assert_eq!(error.problem.text, "{chapter_number}");
    assert!(error.to_string().starts_with("width_too_large at line 1, column 26: "), "{error}");
}
