//! The list of failed segments while their run goes on.

use crate::ui::number::counted;
use colophon_contract::RunEvent;
use leptos::prelude::*;
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The error of each failed segment, by position.
pub type Failures = BTreeMap<i32, String>;

/// Applies an event of a run that is under way. Returns whether anything changed.
pub fn note(failures: &mut Failures, event: &RunEvent) -> bool {
    match event {
        RunEvent::SegmentError(error) if !error.will_retry => {
            failures.insert(error.position, error.detail.clone()).as_ref() != Some(&error.detail)
        }
        // A resume tries the segment again.
        RunEvent::SegmentStart(start) => failures.remove(&start.position).is_some(),
        RunEvent::SegmentComplete(done) => failures.remove(&done.position).is_some(),
        _ => false,
    }
}

/// The list of failed segments, if there are any. `is_shown`: the run's text is on the page, so the list can
/// link to its segments.
pub fn failed_segments(
    failures: impl Fn() -> Failures + Copy + Send + Sync + 'static,
    is_shown: impl Fn() -> bool + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let is_any = Memo::new(move |_| !failures().is_empty());
    let title = move || match failures().len() as i64 {
        1 => "1 segment failed, the others go on".to_owned(),
        count => format!("{} failed, the others go on", counted(count, "segment")),
    };
    let row = move |(position, detail): (i32, String)| {
        let name = format!("Segment {position}");
        let place = match is_shown() {
            true => view! {
                <button type="button" class="button quiet small" on:click=move |_| go_to(position)>{name}</button>
            }
            .into_any(),
            false => view! { <strong>{name}</strong> }.into_any(),
        };
        view! { <li>{place}" "{detail}</li> }
    };
    move || {
        is_any.get().then(|| {
            view! {
                <details class="run-failed" open=true>
                    <summary>{title}</summary>
                    <ul>{move || failures().into_iter().map(row).collect_view()}</ul>
                </details>
            }
        })
    }
}

/// Scrolls to a segment and moves the focus to it.
fn go_to(position: i32) {
    if let Some(segment) = document().get_element_by_id(&format!("segment-{position}")) {
        let _ = segment.set_attribute("tabindex", "-1");
        let _ = segment.unchecked_into::<HtmlElement>().focus();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_contract::{
        AttemptKind, FailureCode, Progress, SegmentComplete, SegmentError, SegmentStart, SegmentStatus,
    };

    fn failed(position: i32, will_retry: bool) -> RunEvent {
        RunEvent::SegmentError(SegmentError {
            position,
            attempt_id: Some(i64::from(position)),
            code: FailureCode::ContentFiltered,
            detail: format!("Segment {position} was filtered."),
            will_retry,
        })
    }

    #[test]
    fn a_segment_is_listed_while_it_has_failed_for_good() {
        let mut failures = Failures::new();
        assert!(!note(&mut failures, &failed(2, true)), "another try follows");
        assert!(note(&mut failures, &failed(5, false)));
        assert!(note(&mut failures, &failed(2, false)));
        assert!(!note(&mut failures, &failed(2, false)), "the same event again");
        assert_eq!(failures.keys().copied().collect::<Vec<_>>(), [2, 5]);
        assert_eq!(failures[&2], "Segment 2 was filtered.");

        let start = SegmentStart { position: 2, attempt_id: 9, made_with: None };
        assert!(note(&mut failures, &RunEvent::SegmentStart(start)));
        let done = SegmentComplete {
            position: 5,
            attempt_id: 10,
            kind: AttemptKind::Person,
            text: "Night.".to_owned(),
            status: SegmentStatus::Completed,
            progress: Progress { done: 1, total: 5 },
            usage: None,
            cost_usd: None,
        };
        assert!(note(&mut failures, &RunEvent::SegmentComplete(done)));
        assert!(failures.is_empty());
    }
}
