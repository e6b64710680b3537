//! Source beside translation, segment by segment.

use super::{
    hand::{Hands, SegmentHands},
    segments::{Row, Stage},
};
use crate::ui::{Failure, Skeleton};
use colophon_contract::SegmentStatus;
use leptos::prelude::*;

/// The languages of both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Languages {
    /// The chapter's language.
    pub source: String,
    /// The translation's language.
    pub target: String,
}

/// The loaded rows of a run.
#[component]
pub fn Pairs(
    /// The run's segments and the actions on them.
    hands: Hands,
    languages: Languages,
) -> impl IntoView {
    let Languages { source, target } = languages.clone();
    let segments = hands.segments;
    let stage = segments.stage();
    let rest = move || match stage.get() {
        Stage::Loading => Some(view! { <Skeleton lines=6 /> }.into_any()),
        Stage::Ready => None,
        Stage::Failed(error) => Some(view! { <Failure error retry=move |()| segments.retry() /> }.into_any()),
    };
    view! {
        <div class="pair-heads" aria-hidden="true">
            <span>{format!("Source · {source}")}</span>
            <span>{format!("Translation · {target}")}</span>
        </div>
        <ol class="pairs">
            <For each=move || segments.rows().get() key=|row| row.position let:row>
                <Pair row languages=languages.clone() hands />
            </For>
        </ol>
        {rest}
    }
}

#[component]
fn Pair(row: Row, languages: Languages, hands: Hands) -> impl IntoView {
    let Row { position, source, text, .. } = row;
    let blank = source.trim().is_empty();
    if blank {
        // White space between paragraphs is not translated: both sides show an empty row.
        return view! { <li class="pair pair-blank" aria-hidden="true"></li> }.into_any();
    }
    let state = text.clone();
    let shown = Memo::new(move |_| state.with(|text| text.shown().trim_matches(['\n', '\r']).to_owned()));
    let state = text.clone();
    let is_growing = Memo::new(move |_| state.with(|text| text.is_growing() && !text.partial.is_empty()));
    let is_empty = Memo::new(move |_| shown.with(String::is_empty));
    let editing = RwSignal::new(false);
    let state = text.clone();
    let note = move || note(&state, hands.has_ended.get());
    view! {
        <li class="pair" id=format!("segment-{position}") class:pair-growing=is_growing>
            <span class="pair-number">
                <span class="visually-hidden">"Segment "</span>
                {position}
            </span>
            <div class="novel pair-source" lang=languages.source>
                {source.trim_matches(['\n', '\r']).to_owned()}
            </div>
            <div class="pair-target">
                <div class="novel" lang=languages.target.clone() hidden=move || is_empty.get() || editing.get()>
                    {shown}
                </div>
                {note}
                <SegmentHands position text lang=languages.target editing hands />
            </div>
        </li>
    }
    .into_any()
}

/// The note below a translation, or in its place.
fn note(text: &ArcRwSignal<super::segment_text::SegmentText>, has_ended: bool) -> Option<AnyView> {
    text.with(|text| {
        if let Some(error) = &text.error {
            let what = match (text.status, has_ended) {
                (SegmentStatus::Pending, false) => "It will try again. The last time: ",
                (SegmentStatus::Completed, _) => "The newest attempt failed, the text above is kept: ",
                _ => "No text: ",
            };
            let class =
                if text.status == SegmentStatus::Failed { "pair-error" } else { "pair-error pair-kept" };
            let detail = error.detail.clone();
            return Some(view! { <p class=class><strong>{what}</strong>{detail}</p> }.into_any());
        }
        let words = match text.status {
            // A retranslation has its own note.
            _ if text.again.is_some() => return None,
            SegmentStatus::Running if text.partial.is_empty() && text.text.is_none() => "Being translated…",
            SegmentStatus::Pending | SegmentStatus::Running if text.text.is_none() => {
                match (has_ended, text.partial.is_empty()) {
                    (true, _) => "Not translated.",
                    (false, true) => "Waiting.",
                    (false, false) => return None,
                }
            }
            _ => return None,
        };
        Some(view! { <p class="hint pair-note">{words}</p> }.into_any())
    })
}
