//! Editing a segment's text by hand.

use super::{super::segment_text::SegmentText, Hands, focus, form::InPlace};
use crate::{
    api::{self, Error},
    page::diff::DiffView,
    state::Mutation,
    ui::{Button, FormErrors, TextArea, Time, failed, toast::toaster},
};
use colophon_contract::{Segment, UpdateSegment, text::is_same_text};
use leptos::prelude::*;

/// The typed text and its base. Copy it into closures.
#[derive(Clone, Copy)]
struct Draft {
    position: i32,
    value: RwSignal<String>,
    /// The text that it will replace.
    old: RwSignal<String>,
    /// The attempt of that text.
    base: StoredValue<Option<i64>>,
    request: Mutation<UpdateSegment>,
}

/// The form with the text, in the text's place.
#[component]
pub fn EditForm(
    position: i32,
    text: ArcRwSignal<SegmentText>,
    /// The language of the text.
    lang: String,
    /// Whether the form is open.
    open: RwSignal<bool>,
    hands: Hands,
) -> impl IntoView {
    let (old, base) = text.with_untracked(|text| (text.text.clone().unwrap_or_default(), text.base));
    let rows = u32::try_from(old.len() / 50 + old.lines().count()).map_or(20, |rows| rows.clamp(3, 20));
    let value = RwSignal::new(old.clone());
    let toast = toaster();
    let request = Mutation::new(
        move |body: UpdateSegment, _| async move { api::segment::update(hands.run_id, position, &body).await },
        move |segment: Segment| {
            hands.segments.put(&segment);
            toast(format!("Segment {position} was saved."));
            open.set(false);
            hands.on_change.run(());
        },
    );
    let error = request.error();
    let draft = Draft { position, value, old: RwSignal::new(old), base: StoredValue::new(base), request };
    let errors = FormErrors::new(error);
    // Browsers show a model's CRLF as LF, which is not an edit.
    let typed = Signal::derive(move || draft.old.with(|old| value.with(|value| !is_same_text(value, old))));
    let on_send = Callback::new(move |()| {
        if !typed.get_untracked() {
            open.set(false);
            return;
        }
        request.send(UpdateSegment { text: value.get_untracked(), base_attempt_id: draft.base.get_value() });
    });
    let outcome = RwSignal::new(String::new());
    let newer = move || error.get().as_ref().and_then(present);
    // A conflict is shown with the newer text, not as a failure.
    let failure = move || error.get().filter(|error| present(error).is_none());
    let new_lang = lang.clone();
    view! {
        <InPlace position label="Edit" open typed send="Save" busy=request.pending() on_send>
            <TextArea label=format!("Text of segment {position}") value error=errors.at("/text") rows lang />
            <p class="merge-outcome" role="status">{outcome}</p>
            {move || newer().map(|newer| view! {
                <Conflict draft newer lang=new_lang.clone() outcome hands />
            })}
            {failed(Signal::derive(failure))}
        </InPlace>
    }
}

/// Returns the current segment if the error is a conflict with it.
fn present(error: &Error) -> Option<Segment> {
    match error {
        Error::Problem(problem) => problem.present_segment.as_deref().cloned(),
        _ => None,
    }
}

/// The conflict when somebody else changed the text: both texts, and the choices.
#[component]
fn Conflict(
    draft: Draft,
    newer: Segment,
    lang: String,
    outcome: RwSignal<String>,
    hands: Hands,
) -> impl IntoView {
    let text = newer.text.clone().unwrap_or_default();
    let (old, kept) = (text.clone(), text.clone());
    let attempt = newer.attempt.clone();
    let base = attempt.as_ref().map(|attempt| attempt.id);
    let resolve = move |takes: bool| {
        if takes {
            draft.value.set(kept.clone());
        }
        draft.old.set(kept.clone());
        draft.base.set_value(base);
        let words = match takes {
            true => "Their text is in the field now.",
            false => "Your text is kept. Saved, it takes the place of the newer one.",
        };
        outcome.set(words.to_owned());
        draft.request.clear();
        hands.segments.put(&newer);
        focus(draft.position, "textarea");
    };
    let take = resolve.clone();
    let (author, at) = attempt.map_or_else(Default::default, |attempt| (attempt.author, attempt.finished_at));
    let author = author.map_or_else(|| "the model".to_owned(), |author| author.name);
    view! {
        <section class="conflict" aria-label="The text now, and yours">
            <p class="failure-title" role="alert">"Somebody changed the text while you were editing it."</p>
            <p>"By "{author}{at.map(|at| view! { ", "<Time at /> })}". Nothing of yours is lost, and nothing was stored yet. The text now:"</p>
            <div class="novel" lang=lang>{text}</div>
            <p>"What yours would change in it:"</p>
            {move || view! {
                <DiffView old=old.clone() new=draft.value.get() split=false label="The text now, and yours" />
            }}
            <div class="actions">
                <Button class="small" on_click=move |()| resolve(false)>"Keep mine"</Button>
                <Button class="small" on_click=move |()| take(true)>"Take theirs"</Button>
            </div>
            <p class="hint">"Nothing is stored before you save, and every text stays among the attempts."</p>
        </section>
    }
}
