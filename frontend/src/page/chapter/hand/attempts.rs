//! All attempts at a segment: what was sent, what came, any two compared, any brought back.

use super::Hands;
use crate::prelude::*;
use crate::{
    api,
    page::{badge::VersionBadge, diff::DiffView, history::choice::Chosen},
    state::Mutation,
    ui::{
        Button, Data, Dialog, Load, Remote, Stamp, StampKind, Time, failed, number::grouped, toast::toaster,
    },
};
use colophon_contract::{
    AttemptKind, AttemptStatus, Message, MessageRole, RestoreAttempt, Segment, SegmentAttempt,
};

/// The dialog, there while `hands.open`.
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
    .into_any()
}

#[component]
fn List(hands: Hands, lang: String) -> impl IntoView {
    let position = hands.position.get_value();
    let row = hands.segments.find(position);
    let state = Memo::new(move |_| row.as_ref().and_then(|row| row.text.with(|text| text.ended_attempt())));
    let list = Remote::new(move || {
        state.track();
        api::segment::list_attempts(hands.run_id, position)
    });
    let chosen = Chosen::new();
    // One for all: the list may load again while it is told why an attempt was not brought back.
    let request = Mutation::new();
    let restoring = Restoring { request, list };
    let content = move |list: Data<Vec<SegmentAttempt>>| {
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
                    {move || list.with(|attempts| {
                        let current = attempts.iter().find(|attempt| attempt.current).map(|attempt| attempt.id);
                        let numbers = (1..).zip(attempts.iter().rev());
                        let mut views: Vec<_> = numbers
                            .map(|(number, attempt)| {
                                view(attempt, Place { number, chosen, list }, current, &lang, restoring, hands)
                            })
                            .collect();
                        views.reverse();
                        views
                    })}
                </ol>
            </div>
        }
        .into_any()
    };
    view! { <Load resource=list lines=8 children=content /> }.into_any()
}

/// An attempt's number, and what it can be compared with.
#[derive(Clone, Copy)]
struct Place {
    number: i32,
    chosen: Chosen,
    list: Data<Vec<SegmentAttempt>>,
}

impl Place {
    /// What differs between the two that are chosen, at the second one: there whoever chose it looks.
    fn difference(self) -> Option<AnyView> {
        let (from, to) = self.chosen.pair().filter(|_| self.chosen.second() == Some(self.number))?;
        let title = format!("Attempt {from} → attempt {to}");
        let text = |number: i32| {
            self.list.with_untracked(|list| {
                let index = list.len().checked_sub(usize::try_from(number).ok()?)?;
                Some(list.get(index)?.text.clone().unwrap_or_default())
            })
        };
        let (old, new) = (text(from)?, text(to)?);
        Some(
            view! {
                <section class="diff-part diff-prose">
                    <h3>{title}</h3>
                    <DiffView old new split=false label="Both texts" />
                </section>
            }
            .into_any(),
        )
    }
}

fn view(
    attempt: &SegmentAttempt,
    place: Place,
    current: Option<i64>,
    lang: &str,
    restoring: Restoring,
    hands: Hands,
) -> AnyView {
    let Place { number, chosen, .. } = place;
    let status = match (attempt.current, attempt.status) {
        (true, _) => "shown now",
        (_, AttemptStatus::Running) => "being written",
        (_, AttemptStatus::Completed) => "",
        (_, AttemptStatus::Failed) => "failed",
    };
    let may_restore = !attempt.current && attempt.status == AttemptStatus::Completed;
    let at = attempt.finished_at.clone().unwrap_or_else(|| attempt.started_at.clone());
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
                {stamp(attempt, hands)}
                <strong class="status">{status}</strong>
            </div>
            <p class="run-facts">{facts(attempt)}<Time at /></p>
            {move || place.difference()}
            {attempt.instruction.clone().map(|text| view! { <p>"Asked to do otherwise: “"{text}"”"</p> }.into_any())}
            {attempt.error.clone().map(|error| view! { <p class="pair-error">{error.detail}</p> }.into_any())}
            {attempt.text.clone().map(|text| view! { <div class="novel" lang=lang.to_owned()>{text}</div> }.into_any())}
            {attempt.messages.clone().map(|messages| sent(messages, attempt))}
            {may_restore.then(|| restore(attempt.id, number, current, restoring, hands))}
        </li>
    }
    .into_any()
}

/// Whose it is.
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

/// `Mika · answered by gpt-5-2026-10 · $0.0123 · 1,452 tokens · `, for a time to follow.
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
    if let Some(cost) = &attempt.cost_usd {
        facts.push(format!("${cost}"));
    }
    if let Some(usage) = attempt.usage {
        facts.push(format!("{} tokens", grouped(usage.total_tokens)));
    }
    facts.push(String::new());
    facts.join(" · ")
}

fn sent(messages: Vec<Message>, attempt: &SegmentAttempt) -> AnyView {
    let (provider, model) = (attempt.provider.clone(), attempt.model_requested.clone());
    let messages = messages.into_iter().map(|message| {
        let role = match message.role {
            MessageRole::System => "System message",
            MessageRole::User => "User message",
        };
        view! {
            <h3>{role}</h3>
            <pre class="template" tabindex="0" aria-label=role>{message.content}</pre>
        }
        .into_any()
    });
    view! {
        <details>
            <summary>"What was sent"</summary>
            <p class="hint">"To “"{provider}"”, for its model "<code>{model}</code>"."</p>
            {messages.collect_view()}
        </details>
    }
    .into_any()
}

/// What is asked for, and what shows why it was refused.
#[derive(Clone, Copy)]
struct Restoring {
    request: Mutation,
    list: Remote<Vec<SegmentAttempt>>,
}

/// Brings the text back, as a new attempt.
fn restore(
    id: i64,
    number: i32,
    current: Option<i64>,
    Restoring { request, list }: Restoring,
    hands: Hands,
) -> AnyView {
    let position = hands.position.get_value();
    let toast = toaster();
    let ask = move |()| {
        let body = RestoreAttempt { base_attempt_id: current };
        let key = request.key_for(&(id, current.unwrap_or_default()));
        let send = async move {
            let result = api::segment::restore(hands.run_id, position, id, &body, &key).await;
            // Changed in between: the list shows by what.
            if result.is_err() {
                hands.segments.refresh(position);
                list.refetch();
            }
            result
        };
        request.run(send, move |segment: Segment| {
            hands.segments.put(&segment);
            toast(format!("Attempt {number} at segment {position} was brought back."));
            hands.open.set(false);
            hands.on_change.run(());
        });
    };
    (move || {
        hands.can_write.get().then(|| {
            view! {
                <Button class="small" busy=request.pending() on_click=ask>
                    "Bring back"
                    <span class="visually-hidden">{format!(" attempt {number}")}</span>
                </Button>
            }
            .into_any()
        })
    })
    .into_child()
}
