//! The parts of an attempt beside its text: the messages that were sent, the reasoning, and characters
//! removed from the answer. Loaded when opened.

use crate::{
    api,
    ui::{
        Load,
        number::{counted, size},
    },
};
use colophon_contract::{
    AttemptMessages, AttemptReasoning, AttemptRemoved, Message, MessageRole, Removed, SegmentAttempt,
};
use leptos::prelude::*;

/// Renders the folded parts that exist.
pub fn beside(attempt: &SegmentAttempt, run_id: i64, position: i32) -> impl IntoView + use<> {
    let id = attempt.id;
    let reasoning = attempt.reasoning_bytes.filter(|bytes| *bytes > 0).map(|bytes| {
        let title = format!("Reasoning beside the answer ({})", size(bytes as f64));
        folded(title, move || {
            let reply = api::fetch(move || api::segment::get_reasoning(run_id, position, id));
            view! { <Load resource=reply children=reasoning_view /> }.into_any()
        })
    });
    let removed = (attempt.removed_characters > 0).then(|| {
        let title = format!("Removed from the answer ({})", counted(attempt.removed_characters, "character"));
        folded(title, move || {
            let reply = api::fetch(move || api::segment::get_removed(run_id, position, id));
            view! { <Load resource=reply children=removed_view /> }.into_any()
        })
    });
    let (provider, model) = (attempt.provider.clone(), attempt.model_requested.clone());
    let sent = attempt.has_messages.then(|| {
        folded("What was sent".to_owned(), move || {
            let reply = api::fetch(move || api::segment::get_messages(run_id, position, id));
            let (provider, model) = (provider.clone(), model.clone());
            view! {
                <p class="hint">"To “"{provider}"”, for its model "<code>{model}</code>"."</p>
                <Load resource=reply children=messages_view />
            }
            .into_any()
        })
    });
    (reasoning, removed, sent)
}

fn messages_view(reply: Signal<AttemptMessages>) -> impl IntoView {
    let message = |message: Message| {
        let role = match message.role {
            MessageRole::System => "System message",
            MessageRole::User => "User message",
        };
        view! {
            <h3>{role}</h3>
            <pre class="template" tabindex="0" aria-label=role>{message.content}</pre>
        }
    };
    move || reply.get().messages.unwrap_or_default().into_iter().map(message).collect_view()
}

/// A folded part whose content is created when it is opened for the first time.
fn folded(title: String, content: impl Fn() -> AnyView + Send + Sync + 'static) -> impl IntoView {
    let opened = RwSignal::new(false);
    view! {
        <details on:toggle=move |_| opened.set(true)>
            <summary>{title}</summary>
            {move || opened.get().then(&content)}
        </details>
    }
}

fn reasoning_view(reply: Signal<AttemptReasoning>) -> impl IntoView {
    move || {
        let AttemptReasoning { text, bytes, .. } = reply.get();
        let text = text.unwrap_or_default();
        let all = bytes.unwrap_or_default();
        let is_cut = all > text.len() as i64;
        let note = format!("Kept are the first {} of {}.", size(text.len() as f64), size(all as f64));
        view! {
            {is_cut.then(|| view! { <p class="hint">{note}</p> })}
            <pre class="template" tabindex="0" aria-label="Reasoning">{text}</pre>
        }
    }
}

fn removed_view(reply: Signal<AttemptRemoved>) -> impl IntoView {
    let piece = |Removed { offset, text }| {
        let place = place(offset);
        view! {
            <p class="hint">{place}</p>
            <pre class="template" tabindex="0" aria-label="Removed characters">{text}</pre>
        }
    };
    move || reply.get().removed.into_iter().map(piece).collect_view()
}

/// Returns in words where removed characters stood in the answer.
fn place(offset: u64) -> String {
    match offset {
        0 => "Before the text:".to_owned(),
        offset => format!("After {} of the text:", counted(offset as i64, "character")),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_place_counts_the_text_before_it() {
        assert_eq!(place(0), "Before the text:");
        assert_eq!(place(1), "After 1 character of the text:");
        assert_eq!(place(2_400), "After 2,400 characters of the text:");
    }
}
