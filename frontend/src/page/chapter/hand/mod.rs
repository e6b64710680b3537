//! The actions on a segment: edit it, translate it again, look at all attempts.

mod again;
mod attempts;
mod beside;
mod edit;
mod form;

pub use attempts::Attempts;

use super::{runs::Context, segment_text::SegmentText, segments::Segments};
use again::{AgainForm, new_text};
use edit::EditForm;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The values that the actions on a run's segments need. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Hands {
    /// The work.
    pub work_id: i64,
    /// The run that is shown.
    pub run_id: i64,
    /// The number of the run's version; `None` for runs older than prompts.
    pub own: Option<i32>,
    /// The number of the prompt's latest version.
    pub latest: Memo<Option<i32>>,
    /// The run's segments.
    pub segments: Segments,
    /// Whether the user may change them.
    pub can_write: Signal<bool>,
    /// Whether the run has ended.
    pub has_ended: Signal<bool>,
    /// Called after a segment was changed.
    pub on_change: Callback<()>,
    /// The segment whose attempts are shown.
    position: StoredValue<i32>,
    /// Whether the attempts are shown.
    open: RwSignal<bool>,
}

impl Hands {
    /// Creates the values for a run, its version and its segments.
    pub fn new(
        context: Context,
        run_id: i64,
        own: Option<i32>,
        segments: Segments,
        has_ended: Signal<bool>,
    ) -> Self {
        let Context { work_id, latest, can_write, on_change, .. } = context;
        let (position, open) = (StoredValue::new(0), RwSignal::new(false));
        Self { work_id, run_id, own, latest, segments, can_write, has_ended, on_change, position, open }
    }
}

/// The part below a segment's text: its actions, the form of the chosen action, and the text that will
/// replace it.
#[component]
pub fn SegmentHands(
    position: i32,
    text: ArcRwSignal<SegmentText>,
    /// The language of the text.
    lang: String,
    /// Whether the segment is being edited: the form replaces the text.
    editing: RwSignal<bool>,
    hands: Hands,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let (state, to_ask, written) = (text.clone(), text.clone(), text.clone());
    let is_again = Memo::new(move |_| state.with(|text| text.again.is_some()));
    let is_free = move || hands.can_write.get() && !is_again.get();
    let has_text = move |text: &ArcRwSignal<SegmentText>| text.with(|text| text.text.is_some());
    let state = text.clone();
    let no_edit = Signal::derive(move || !(is_free() && (hands.has_ended.get() || has_text(&state))));
    let no_ask = Signal::derive(move || !(is_free() && hands.has_ended.get() && hands.own.is_some()));
    let state = text.clone();
    let no_attempts = Signal::derive(move || {
        !(is_again.get() || has_text(&state) || state.with(|text| text.error.is_some()))
    });
    let is_open = Signal::derive(move || editing.get() || asking.get());
    Effect::new(move |was: Option<(bool, bool)>| {
        let is = (editing.get(), asking.get());
        // After a form closes, its button gets the focus back, or a button that is left there.
        match was {
            Some((true, _)) if !is.0 => focus(position, ".pair-edit"),
            Some((_, true)) if !is.1 => focus(position, ".pair-ask:not([hidden]), .pair-attempts"),
            _ => {}
        }
        is
    });
    let show = move |()| {
        hands.position.set_value(position);
        hands.open.set(true);
    };
    let edit_lang = lang.clone();
    view! {
        {move || is_again.get().then(|| new_text(position, text.clone(), lang.clone(), hands)).flatten()}
        {move || editing.get().then(|| view! {
            <EditForm position text=written.clone() lang=edit_lang.clone() open=editing hands />
        })}
        {move || asking.get().then(|| view! {
            <AgainForm position text=to_ask.clone() open=asking hands />
        })}
        <div class="actions pair-actions" hidden=is_open>
            {action("edit", "Edit", position, no_edit, Callback::new(move |()| editing.set(true)))}
            {action("ask", "Translate again…", position, no_ask, Callback::new(move |()| asking.set(true)))}
            {action("attempts", "Attempts", position, no_attempts, Callback::new(show))}
        </div>
    }
}

fn action(
    class: &'static str,
    label: &'static str,
    position: i32,
    hidden: Signal<bool>,
    act: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=format!("button quiet small pair-{class}")
            hidden=hidden
            on:click=move |_| act.run(())
        >
            {label}
            <span class="visually-hidden">{format!(" segment {position}")}</span>
        </button>
    }
}

/// Moves the focus to the element that `selector` finds within a segment, once that is drawn.
fn focus(position: i32, selector: &'static str) {
    request_animation_frame(move || {
        let selector = format!("#segment-{position} {selector}");
        if let Ok(Some(element)) = document().query_selector(&selector) {
            let _ = element.unchecked_into::<HtmlElement>().focus();
        }
    });
}
