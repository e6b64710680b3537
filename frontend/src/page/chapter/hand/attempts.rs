//! All attempts at a segment: requests, answers, a comparison of any two, and a button that restores one.

use super::{super::cost, Hands, beside::beside};
use crate::{
    api,
    page::{badge::VersionBadge, diff::DiffView, history::choice::Chosen},
    state::Mutation,
    ui::{Button, Dialog, Load, Stamp, StampKind, Time, failed, toast::toaster},
};
use colophon_contract::{AttemptKind, AttemptStatus, Finish, RestoreAttempt, Segment, SegmentAttempt};
use leptos::prelude::*;

/// The dialog, shown while `hands.open`.
#[component]
pub fn Attempts(
    hands: Hands,
    /// The language of the texts.
    lang: String,
) -> impl IntoView {
    let title = Signal::derive(move || format!("Attempts at segment {}", hands.position.get_value()));
    view! {
        <Dialog title open=hands.open class="wide">
            <List hands lang=lang.clone() />
        </Dialog>
    }
}

#[component]
fn List(hands: Hands, lang: String) -> impl IntoView {
    let position = hands.position.get_value();
    let row = hands.segments.find(position);
    let state = Memo::new(move |_| row.as_ref().and_then(|row| row.text.with(|text| text.ended_attempt())));
    let list = api::fetch(move || {
        // Read, not only tracked: a memo that nobody reads does not follow its sources.
        state.get();
        api::segment::list_attempts(hands.run_id, position)
    });
    let chosen = Chosen::new();
    // One mutation for all attempts, so that its failure stays visible when the list is loaded again.
    let toast = toaster();
    let request = Mutation::new(
        move |Restore { id, number, base }: Restore, key| async move {
            let body = RestoreAttempt { base_attempt_id: base };
            let result = api::segment::restore(hands.run_id, position, id, &body, &key).await;
            // The segment may have changed in between: the list shows the change.
            if result.is_err() {
                hands.segments.refresh(position);
                list.refetch();
            }
            result.map(|segment| (number, segment))
        },
        move |(number, segment): (i32, Segment)| {
            hands.segments.put(&segment);
            toast(format!("Attempt {number} at segment {position} was brought back."));
            hands.open.set(false);
            hands.on_change.run(());
        },
    );
    let content = move |list: Signal<Vec<SegmentAttempt>>| {
        let lang = lang.clone();
        view! {
            <div class="stack">
                <p class="hint" role="status">
                    {move || match chosen.pair() {
                        None => "Choose two attempts to compare them.",
                        Some(_) => "Two are chosen: what differs stands with the second one.",
                    }}
                </p>
                {failed(request.error())}
                <ol class="attempts">
                    {move || {
                        let attempts = list.get();
                        let current = attempts.iter().find(|attempt| attempt.current).map(|attempt| attempt.id);
                        let numbers = (1..).zip(attempts.into_iter().rev());
                        let mut views: Vec<_> = numbers
                            .map(|(number, attempt)| {
                                let place = Place { number, chosen, list };
                                view(attempt, place, current, lang.clone(), request, hands)
                            })
                            .collect();
                        views.reverse();
                        views
                    }}
                </ol>
            </div>
        }
    };
    view! { <Load resource=list lines=8 children=content /> }
}

/// An attempt to restore.
#[derive(Clone, Copy, PartialEq)]
struct Restore {
    id: i64,
    /// Its number among the segment's attempts.
    number: i32,
    /// The attempt that is shown now.
    base: Option<i64>,
}

/// An attempt's number, and the attempts to compare it with.
#[derive(Clone, Copy)]
struct Place {
    number: i32,
    chosen: Chosen,
    list: Signal<Vec<SegmentAttempt>>,
}

impl Place {
    /// The difference between the two chosen attempts, shown at the second one, where the person has just
    /// clicked.
    fn difference(self) -> Option<impl IntoView> {
        let (from, to) = self.chosen.pair().filter(|_| self.chosen.second() == Some(self.number))?;
        let title = format!("Attempt {from} → attempt {to}");
        let text = |number: i32| {
            self.list.with_untracked(|list| {
                let index = list.len().checked_sub(usize::try_from(number).ok()?)?;
                Some(list.get(index)?.text.clone().unwrap_or_default())
            })
        };
        let (old, new) = (text(from)?, text(to)?);
        Some(view! {
            <section class="diff-part diff-prose">
                <h3>{title}</h3>
                <DiffView old new split=false label="Both texts" />
            </section>
        })
    }
}

fn view(
    attempt: SegmentAttempt,
    place: Place,
    current: Option<i64>,
    lang: String,
    request: Mutation<Restore>,
    hands: Hands,
) -> impl IntoView {
    let Place { number, chosen, .. } = place;
    let status = match (attempt.current, attempt.status) {
        (true, _) => "shown now",
        (_, AttemptStatus::Running) => "being written",
        (_, AttemptStatus::Completed) => "",
        (_, AttemptStatus::Failed) => "failed",
    };
    let may_restore = !attempt.current && attempt.status == AttemptStatus::Completed;
    let wanted = Restore { id: attempt.id, number, base: current };
    let (stamp, facts) = (stamp(&attempt, hands), facts(&attempt));
    let beside = beside(&attempt, hands.run_id, hands.position.get_value());
    let said = said(&attempt);
    let at = attempt.finished_at.unwrap_or(attempt.started_at);
    view! {
        <li class="attempt stack">
            <div class="run-head">
                <label class="check">
                    <input
                        type="checkbox"
                        prop:checked=move || chosen.has(number)
                        on:change=move |_| chosen.toggle(number)
                    />
                    {format!("Attempt {number}")}
                </label>
                {stamp}
                <strong class="status">{status}</strong>
            </div>
            <p class="run-facts">{facts}<Time at /></p>
            {move || place.difference()}
            {attempt.instruction.map(|text| view! { <p>"Asked to do otherwise: “"{text}"”"</p> })}
            {attempt.error.map(|error| view! { <p class="pair-error">{error.detail}</p> })}
            {said.map(|said| view! { <p class="pair-error">"The provider said: “"{said}"”"</p> })}
            {attempt.text.map(|text| view! { <div class="novel" lang=lang>{text}</div> })}
            {beside}
            {may_restore.then(|| restore(wanted, request, hands.can_write))}
        </li>
    }
}

/// The origin of the attempt as a stamp.
fn stamp(attempt: &SegmentAttempt, hands: Hands) -> AnyView {
    let text = match attempt.kind {
        AttemptKind::Model => {
            let model = attempt.model.clone().or_else(|| attempt.model_requested.clone());
            return view! {
                <VersionBadge
                    work_id=hands.work_id
                    number=attempt.prompt_version_number
                    model=model.unwrap_or_default()
                    latest=hands.latest.get_untracked()
                />
            }
            .into_any();
        }
        AttemptKind::Person if attempt.restored_from.is_some() => "brought back",
        AttemptKind::Person => "by hand",
        AttemptKind::Legacy => "legacy",
    };
    view! { <Stamp text kind=StampKind::Dashed /> }.into_any()
}

/// Returns `Mika · answered by gpt-5-2026-10 · ended with “length” · $0.0123 · 1,452 tokens · `; a time
/// follows it.
fn facts(attempt: &SegmentAttempt) -> String {
    let mut facts = Vec::new();
    if let Some(author) = &attempt.author {
        facts.push(author.name.clone());
    }
    if let (Some(_), Some(number)) = (attempt.restored_from, attempt.prompt_version_number) {
        facts.push(format!("made under v{number}"));
    }
    if let Some(model) = &attempt.model_reported {
        facts.push(format!("answered by {model}"));
    }
    // The normal finish reason is left out.
    if let (Some(reason), true) = (&attempt.finish_reason, attempt.finish != Some(Finish::Done)) {
        facts.push(format!("ended with “{reason}”"));
    }
    facts.extend(cost::cost(attempt.cost_usd.as_deref(), attempt.reported_cost_usd.as_deref()));
    facts.extend(attempt.usage.as_ref().map(cost::tokens));
    facts.push(String::new());
    facts.join(" · ")
}

/// Returns the provider's message about a failed attempt, unless the error's text contains it.
fn said(attempt: &SegmentAttempt) -> Option<String> {
    let said = attempt.provider_message.as_ref().filter(|said| !said.is_empty())?;
    let is_told = attempt.error.as_ref().is_some_and(|error| error.detail.contains(said.as_str()));
    (!is_told).then(|| said.clone())
}

/// A button that restores the text as a new attempt.
fn restore(wanted: Restore, request: Mutation<Restore>, can_write: Signal<bool>) -> impl IntoView {
    move || {
        can_write.get().then(|| {
            view! {
                <Button class="small" busy=request.pending() on_click=move |()| request.send(wanted)>
                    "Bring back"
                    <span class="visually-hidden">{format!(" attempt {}", wanted.number)}</span>
                </Button>
            }
        })
    }
}
