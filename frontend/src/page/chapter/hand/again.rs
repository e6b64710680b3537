//! Retranslation of a segment: the form that requests it, and the new text as it arrives.

use super::{super::segment_text::SegmentText, Hands, form::InPlace};
use crate::{
    api,
    page::paused::PausedProviders,
    state::Mutation,
    ui::{Button, FormErrors, TextArea, failed, toast::toaster},
};
use colophon_contract::{
    Code, RetranslateSegment, RetranslateVersion, Retranslation, Run, Segment, SegmentStatus,
};
use leptos::prelude::*;

/// The form that requests a retranslation.
#[component]
pub fn AgainForm(
    position: i32,
    text: ArcRwSignal<SegmentText>,
    /// Whether the form is open.
    open: RwSignal<bool>,
    hands: Hands,
) -> impl IntoView {
    let instruction = RwSignal::new(String::new());
    let takes_latest = RwSignal::new(false);
    let newer = Memo::new(move |_| hands.latest.get().filter(|latest| Some(*latest) != hands.own));
    let toast = toaster();
    let request = Mutation::new(
        move |(body, _): (RetranslateSegment, Option<i64>), key| async move {
            let result = api::segment::retranslate(hands.run_id, position, &body, &key).await;
            // The cause may be a change that the page does not know yet. The segment is loaded again, and the
            // next request is based on it.
            if result.is_err() {
                hands.segments.refresh(position);
            }
            result
        },
        move |segment: Segment| {
            hands.segments.put(&segment);
            toast(format!("Segment {position} is being translated again."));
            open.set(false);
        },
    );
    let error = request.error();
    let errors = FormErrors::new(error);
    let on_send = Callback::new(move |()| {
        let latest = takes_latest.get_untracked() && newer.get_untracked().is_some();
        let body = RetranslateSegment {
            instruction: Some(instruction.get_untracked()).filter(|text| !text.trim().is_empty()),
            base_attempt_id: text.with_untracked(|text| text.base),
            version: latest.then_some(RetranslateVersion::Latest),
        };
        // The newest known attempt is part of the input: after another attempt the same text is a new
        // request.
        request.send((body, text.with_untracked(|text| text.ended_attempt())));
    });
    // The field shows an instruction's own error.
    let failure = move || error.get().filter(|error| error.code() != Some(Code::ValidationFailed));
    let typed = Signal::derive(move || !instruction.with(String::is_empty));
    view! {
        <InPlace
            position
            label="Translate again"
            open
            typed
            send="Translate again"
            busy=request.pending()
            on_send
        >
            <TextArea
                label="Instruction (optional)"
                hint="What to do otherwise. The prompt’s template says where it goes: {instruction}."
                value=instruction
                error=errors.at("/instruction")
                rows=2
            />
            {move || newer.get().map(|latest| versions(position, hands.own.unwrap_or_default(), latest, takes_latest))}
            {failed(Signal::derive(failure))}
        </InPlace>
    }
}

fn versions(position: i32, own: i32, latest: i32, takes_latest: RwSignal<bool>) -> impl IntoView {
    let choice = move |is_latest: bool, words: String| {
        view! {
            <label class="check">
                <input
                    type="radio"
                    name=format!("again-{position}")
                    prop:checked=move || takes_latest.get() == is_latest
                    on:change=move |_| takes_latest.set(is_latest)
                />
                {words}
            </label>
        }
    };
    view! {
        <fieldset class="again-versions">
            <legend class="label">"Version of the prompt"</legend>
            {choice(false, format!("v{own}, this translation’s own"))}
            {choice(true, format!("v{latest}, the latest"))}
        </fieldset>
    }
}

/// The new text beside the old one until it is complete.
pub fn new_text(
    position: i32,
    text: ArcRwSignal<SegmentText>,
    lang: String,
    hands: Hands,
) -> Option<impl IntoView> {
    let Retranslation { prompt_version_number, instruction, author, waiting_reason, .. } =
        text.with_untracked(|text| text.again.clone())?;
    let state = text.clone();
    let is_running = Memo::new(move |_| state.with(|text| text.status == SegmentStatus::Running));
    // Without an old text, the new one grows in its place.
    let new = Memo::new(move |_| {
        text.with(|text| if text.text.is_some() { text.partial.clone() } else { String::new() })
    });
    let stop = Mutation::new(
        move |(), key| async move { api::run::cancel(hands.run_id, &key).await },
        move |_: Run| hands.segments.fetch(),
    );
    let label = move || match hands.segments.again().get() {
        0 | 1 => "Stop".to_owned(),
        count => format!("Stop all {count}"),
    };
    let version = api::fetch(move || api::prompt::get_version(hands.work_id, prompt_version_number));
    // A waiting segment may wait for a paused provider.
    let paused = move || {
        let models = vec![version.get()?.ok().filter(|_| !is_running.get())?.model];
        Some(view! { <PausedProviders models on_change=hands.on_change /> })
    };
    Some(view! {
        <section class="pair-again" aria-label=format!("New text of segment {position}")>
            <p class="hint">
                {move || if is_running.get() { "Being translated again" } else { "Waits to be translated again" }}
                {format!(" under v{prompt_version_number}, asked for by {}", author.name)}
                {instruction.map(|text| format!(": “{text}”"))}
                ". What is there stays until the new text is complete."
                {waiting_reason.map(|reason| format!(" {}", reason.detail))}
            </p>
            <div class="novel" lang=lang hidden=move || new.with(String::is_empty)>{new}</div>
            {paused}
            {move || hands.can_write.get().then(|| view! {
                <Button class="small" busy=stop.pending() on_click=move |()| stop.send(())>{label}</Button>
            })}
            {failed(stop.error())}
        </section>
    })
}
