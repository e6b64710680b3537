//! What a person may do to a segment: write it, have it translated again, look at all attempts at it.

mod again;
mod attempts;
mod edit;
mod form;

pub use attempts::Attempts;

use super::{runs::Context, segment_text::SegmentText, segments::Segments};
use again::{Again, AgainForm};
use edit::EditForm;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// What is known where a person lays hands on the segments of a run. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Hands {
    /// The work.
    pub work_id: i64,
    /// The run that is shown.
    pub run_id: i64,
    /// The number of its version; `None` for runs older than prompts.
    pub own: Option<i32>,
    /// The number of the prompt's latest version.
    pub latest: Memo<Option<i32>>,
    /// Its segments.
    pub segments: Segments,
    /// Whether whoever is signed in may change them.
    pub can_write: Signal<bool>,
    /// Whether the run has ended.
    pub has_ended: Signal<bool>,
    /// After a segment was changed.
    pub on_change: Callback<()>,
    /// The segment whose attempts are shown.
    position: RwSignal<i32>,
    /// Whether they are.
    open: RwSignal<bool>,
}

impl Hands {
    /// Of a run, its version and its segments.
    pub fn new(
        context: Context,
        run_id: i64,
        own: Option<i32>,
        segments: Segments,
        has_ended: Signal<bool>,
    ) -> Self {
        let Context { work_id, latest, can_write, on_change, .. } = context;
        let (position, open) = (RwSignal::new(0), RwSignal::new(false));
        Self { work_id, run_id, own, latest, segments, can_write, has_ended, on_change, position, open }
    }
}

/// Which actions a segment offers.
#[derive(Clone, Copy, PartialEq)]
struct Offer {
    edit: bool,
    again: bool,
    attempts: bool,
}

/// Below a segment's text: its actions, the form of the one chosen, and the text that is to replace it.
#[component]
pub fn SegmentHands(
    position: i32,
    text: ArcRwSignal<SegmentText>,
    /// The language of the text.
    lang: String,
    /// Whether it is being written by hand: the form stands in its place.
    editing: RwSignal<bool>,
    hands: Hands,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let state = text.clone();
    let offer = Memo::new(move |_| {
        let (can_write, has_ended) = (hands.can_write.get(), hands.has_ended.get());
        state.with(|text| {
            let is_free = can_write && text.again.is_none();
            Offer {
                edit: is_free && (has_ended || text.text.is_some()),
                again: is_free && has_ended && hands.own.is_some(),
                attempts: text.text.is_some() || text.error.is_some() || text.again.is_some(),
            }
        })
    });
    let state = text.clone();
    let again = Memo::new(move |_| state.with(|text| text.again.clone()));
    Effect::new(move |was: Option<(bool, bool)>| {
        let is = (editing.get(), asking.get());
        // Closed: the keyboard goes back to where it came from.
        match was {
            Some((true, _)) if !is.0 => focus(position, ".pair-edit"),
            Some((_, true)) if !is.1 => focus(position, ".pair-actions button:last-child"),
            _ => {}
        }
        is
    });
    let (to_edit, to_ask, new_lang) = (text.clone(), text.clone(), lang.clone());
    view! {
        {move || again.get().map(|again| view! {
            <Again position again text=text.clone() lang=new_lang.clone() hands />
        }.into_any())}
        {move || editing.get().then(|| view! {
            <EditForm position text=to_edit.clone() lang=lang.clone() open=editing hands />
        }.into_any())}
        {move || asking.get().then(|| view! {
            <AgainForm position text=to_ask.clone() open=asking hands />
        }.into_any())}
        {move || {
            let Offer { edit, again, attempts } = offer.get();
            let show = move || {
                hands.position.set(position);
                hands.open.set(true);
            };
            view! {
                <div class="actions pair-actions" hidden=move || editing.get() || asking.get()>
                    {edit.then(|| action("pair-edit", "Edit", position, move || editing.set(true)))}
                    {attempts.then(|| action("", "Attempts", position, show))}
                    {again.then(|| action("", "Translate again…", position, move || asking.set(true)))}
                </div>
            }.into_any()
        }}
    }
    .into_any()
}

fn action(class: &'static str, label: &'static str, position: i32, act: impl Fn() + 'static) -> AnyView {
    view! {
        <button type="button" class=format!("button quiet small {class}") on:click=move |_| act()>
            {label}
            <span class="visually-hidden">{format!(" segment {position}")}</span>
        </button>
    }
    .into_any()
}

/// Gives the keyboard to what `selector` finds within a segment, once that is drawn.
fn focus(position: i32, selector: &'static str) {
    request_animation_frame(move || {
        let selector = format!("#segment-{position} {selector}");
        if let Ok(Some(element)) = document().query_selector(&selector) {
            let _ = element.unchecked_into::<HtmlElement>().focus();
        }
    });
}
