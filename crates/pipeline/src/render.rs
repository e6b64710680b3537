//! Renders what is sent for a segment.
//!
//! A segment's outer blank lines and trailing white space are not sent: models drop or double them at random.
//! The indentation of the first line is sent, so that all paragraphs look alike. A model's answer is stored
//! byte for byte.

use colophon_contract::parameters::own_variables;
use colophon_contract::{Message, MessageRole};
use colophon_domain::run::{FinishedPair, RunContext};
use colophon_provider::{ChatRequest, Subject};
use colophon_template::{BuiltInValues, RenderError, Role, Template, Values};

/// How many finished pairs `{preceding}` shows.
pub const PRECEDING: u32 = 3;

/// A segment about to be rendered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// From 1.
    pub(crate) position: i32,
    /// The whole slice of the chapter.
    pub(crate) source_text: &'a str,
    /// What a person asked for, or an empty text.
    pub(crate) instruction: &'a str,
}

/// Returns the messages that ask for a segment's translation.
pub(crate) fn messages(
    template: &Template,
    context: &RunContext,
    place: Place<'_>,
    preceding: &[FinishedPair],
) -> Result<Vec<Message>, RenderError> {
    let preceding = preceding_text(preceding);
    let own = own_variables(&context.parameters);
    let values = Values { built_ins: built_ins(context, place, &preceding), own: &own };
    Ok(on_the_wire(template.messages(&values)?))
}

/// Returns [`messages`] with at most `limit` code points of the rendered template, which is the first
/// message, and whether it was cut.
pub(crate) fn messages_first(
    template: &Template,
    context: &RunContext,
    place: Place<'_>,
    preceding: &[FinishedPair],
    limit: usize,
) -> Result<(Vec<Message>, bool), RenderError> {
    let preceding = preceding_text(preceding);
    let own = own_variables(&context.parameters);
    let values = Values { built_ins: built_ins(context, place, &preceding), own: &own };
    let (messages, is_cut) = template.messages_first(&values, limit)?;
    Ok((on_the_wire(messages), is_cut))
}

fn on_the_wire(messages: Vec<colophon_template::Message>) -> Vec<Message> {
    let message = |message: colophon_template::Message| Message {
        role: match message.role {
            Role::System => MessageRole::System,
            Role::User => MessageRole::User,
        },
        content: message.content,
    };
    messages.into_iter().map(message).collect()
}

/// Returns the request that sends `messages` for a segment.
pub(crate) fn request(context: &RunContext, source_text: &str, messages: &[Message]) -> ChatRequest {
    let sent = |message: &Message| colophon_provider::Message {
        role: match message.role {
            MessageRole::System => colophon_provider::Role::System,
            MessageRole::User => colophon_provider::Role::User,
        },
        content: message.content.clone(),
    };
    ChatRequest {
        model: context.model.clone(),
        messages: messages.iter().map(sent).collect(),
        parameters: context.parameters.clone(),
        subject: Some(Subject {
            text: sent_text(source_text).to_owned(),
            target_language: context.target_language.clone(),
        }),
    }
}

fn built_ins<'a>(context: &'a RunContext, place: Place<'a>, preceding: &'a str) -> BuiltInValues<'a> {
    BuiltInValues {
        work_title: &context.work_title,
        work_author: &context.work_author,
        source_language: &context.source_language,
        target_language: &context.target_language,
        chapter_title: &context.chapter_title,
        volume_title: &context.volume_title,
        chapter_number: i64::from(context.chapter_number),
        segment_number: i64::from(place.position),
        segment_count: context.segment_count,
        source_text: sent_text(place.source_text),
        preceding,
        instruction: place.instruction,
    }
}

/// Returns the value of `{preceding}`: one element per pair, oldest first; empty if there are none.
fn preceding_text(pairs: &[FinishedPair]) -> String {
    let pair = |pair: &FinishedPair| {
        let (source, translation) = (sent_text(&pair.source), pair.translation.trim());
        format!("<segment><source>{source}</source><translation>{translation}</translation></segment>")
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join("\n")
}

/// Returns the part of a segment's source text that is sent.
#[must_use]
pub fn sent_text(source_text: &str) -> &str {
    let text = source_text.trim_end();
    let first = text.len() - text.trim_start().len();
    let line = text[..first].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    &text[line..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_contract::{JsonObject, RunStatus};
    use serde_json::json;

    fn context(parameters: &serde_json::Value) -> RunContext {
        RunContext {
            run_id: 1,
            chapter_id: 1,
            prompt_version_id: Some(1),
            prompt_version_number: Some(1),
            status: RunStatus::Running,
            model: "demo".into(),
            template: String::new(),
            parameters: parameters.as_object().expect("an object").clone(),
            work_title: "銀河鉄道の夜".into(),
            work_author: "宮沢賢治".into(),
            source_language: "ja".into(),
            target_language: "en".into(),
            chapter_title: "一　午後の授業".into(),
            chapter_number: 1,
            volume_title: "第一巻".into(),
            segment_count: 9,
        }
    }

    fn pair(source: &str, translation: &str) -> FinishedPair {
        FinishedPair { attempt_id: 1, source: source.into(), translation: translation.into() }
    }

    #[test]
    fn every_variable_has_its_value() {
        let template = "{work_title}|{work_author}|{source_language}|{target_language}|{chapter_title}|\
                        {volume_title}|{chapter_number:03}|{segment_number}/{segment_count}|{tone}|{instruction}|{preceding}|{source_text}";
        let place = Place { position: 2, source_text: "\n　夜{brace}。\n\n", instruction: "again" };
        let pairs = [pair("一。\n", "One. \n"), pair("　二{x}。", "Two {y}.")];
        let context = context(&json!({"temperature": 1, "variables": {"tone": "plain"}}));
        let messages = messages(&Template::parse(template), &context, place, &pairs).expect("renders");
        assert_eq!(messages.len(), 1);
        assert_eq!(
            messages[0].content,
            "銀河鉄道の夜|宮沢賢治|ja|en|一　午後の授業|第一巻|001|2/9|plain|again|\
             <segment><source>一。</source><translation>One.</translation></segment>\n\
             <segment><source>　二{x}。</source><translation>Two {y}.</translation></segment>|　夜{brace}。"
        );
    }

    #[test]
    fn an_older_version_keeps_its_own_variable_of_the_name_of_a_younger_built_in_one() {
        let place = Place { position: 1, source_text: "夜。", instruction: "" };
        let context = RunContext {
            volume_title: "第一巻".into(),
            ..context(&json!({"variables": {"volume_title": "mine", "work_title": "never"}}))
        };
        let template = Template::parse("{volume_title}|{work_title}|{source_text}");
        let sent = messages(&template, &context, place, &[]).expect("renders");
        assert_eq!(sent[0].content, "mine|銀河鉄道の夜|夜。");
        let without = RunContext { volume_title: String::new(), parameters: JsonObject::new(), ..context };
        let sent = messages(&template, &without, place, &[]).expect("renders");
        assert_eq!(sent[0].content, "|銀河鉄道の夜|夜。");
    }

    #[test]
    fn without_the_source_text_the_template_is_the_system_message() {
        let place = Place { position: 1, source_text: "夜。\n", instruction: "" };
        let sent =
            messages(&Template::parse("{preceding}"), &context(&json!({})), place, &[]).expect("renders");
        let roles: Vec<_> = sent.iter().map(|m| (m.role, m.content.as_str())).collect();
        assert_eq!(roles, [(MessageRole::System, ""), (MessageRole::User, "夜。")]);
    }

    #[test]
    fn outer_blank_lines_are_cut_and_indentation_is_kept() {
        for (text, sent) in
            [("夜。", "夜。"), ("\r\n \n　夜。\n朝。\n\n", "　夜。\n朝。"), (" \n ", ""), ("", "")]
        {
            assert_eq!(sent_text(text), sent, "{text:?}");
        }
    }
}
