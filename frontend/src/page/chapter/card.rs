//! The card of a run: its badge, progress, cost, and failure.

use super::{
    cost,
    failures::failed_segments,
    live::{Link, Live},
    runs::Context,
    start::Readiness,
};
use crate::{
    api,
    page::{badge::VersionBadge, check::check, paused::PausedProviders},
    route,
    state::Mutation,
    ui::{Button, Failure, ProgressLine, Time, number::span, time::ClockTime},
};
use colophon_contract::{AttemptKind, FailureCode, MadeBy, Progress, Run, RunStatus, Timestamp};
use js_sys::Date;
use leptos::prelude::*;

/// A run's card. It is updated while the run goes on.
#[component]
pub fn RunCard(run: Signal<Run>, context: Context) -> impl IntoView {
    let first = run.get_untracked();
    let id = first.id;
    let is_shown = move || context.shown.get() == Some(id);
    let status = Memo::new(move |_| run.with(|run| run.status));
    let done = Signal::derive(move || run.with(|run| run.progress.done));
    let total = Signal::derive(move || run.with(|run| run.progress.total));
    let is_active = move || !status.get().is_ended();
    let href = route::chapter_run(context.work_id, context.chapter_id, id);
    let (model, number) = (first.model_snapshot.clone(), first.prompt_version_number);
    let is_in_trouble = Memo::new(move |_| run.with(is_in_trouble));
    let waits = Memo::new(move |_| run.with(rate_limit));
    let may_resume = Memo::new(move |_| {
        let is_unfinished = matches!(status.get(), RunStatus::Failed | RunStatus::Cancelled);
        // Runs older than prompts have no version to resume.
        is_unfinished && number.is_some() && context.start.readiness().get() == Readiness::Ready
    });
    // If the prompt has a newer version, a resume stays on the old one.
    let newer = move || {
        let latest = context.latest.get()?;
        (may_resume.get() && Some(latest) != number).then_some(latest)
    };
    view! {
        <li class="run" aria-current=move || is_shown().then_some("true")>
            <p class="run-head">
                {badge(first.clone(), context)}
                <span class=move || format!("status status-{}", status.get().as_str())>
                    {move || run.with(status_text)}
                </span>
            </p>
            {move || (status.get() != RunStatus::Completed).then(|| view! { <ProgressLine label="Segments translated" done total /> })}
            <p class="run-facts">{move || run.with(|run| facts(run, elapsed_seconds(run)))}</p>
            {move || run.with(|run| mix(run.prompt_version_number, &run.made_by)).map(|mix| view! {
                <p class="run-mix"><span class="visually-hidden">"Made by "</span>{mix}</p>
            })}
            <p class="run-made">"Asked for by "{first.created_by.name}", "<Time at=first.created_at /></p>
            {move || is_active().then(|| view! { <LinkState id live=context.live /> })}
            <div role="status">
                {move || waits.get().map(|(provider, until)| wait_notice(provider, until))}
            </div>
            {move || is_active().then(|| failed_segments(move || context.live.failures(id), is_shown))}
            {move || run.with(failure)}
            {move || is_in_trouble.get().then(|| view! {
                <PausedProviders models=vec![model.clone()] on_change=context.on_change />
            })}
            {move || newer().map(|latest| moved_on(number, latest))}
            <div class="actions">
                {move || may_resume.get().then(|| view! { <Ask id resumes=true context /> })}
                {move || newer().map(|latest| view! {
                    <Button class="small" on_click=move |()| context.start.go()>{format!("New run on v{latest}")}</Button>
                })}
                {move || (!is_shown()).then(|| view! { <a class="button small" href=href.clone()>"Show"</a> })}
                {move || (is_active() && context.can_write.get()).then(|| view! { <Ask id resumes=false context /> })}
            </div>
            {move || status.get().is_ended().then(|| check("Check this run", move || api::run::verify(id)))}
        </li>
    }
}

/// The badge; shows who made the version once that is loaded.
fn badge(run: Run, context: Context) -> impl IntoView {
    let number = run.prompt_version_number;
    let maker = Memo::new(move |_| {
        let makers = context.makers.get()?.ok()?;
        makers.get(&number?).cloned()
    });
    move || {
        let (author, at) = maker.get().map_or_else(Default::default, |(author, at)| (author.name, Some(at)));
        view! {
            <VersionBadge
                work_id=context.work_id
                number
                model=run.model_snapshot.clone()
                latest=context.latest.get()
                author
                at
            />
        }
    }
}

fn status_text(run: &Run) -> &'static str {
    match run.status {
        RunStatus::Queued | RunStatus::Running if rate_limit(run).is_some() => "Waiting for a rate limit",
        RunStatus::Queued if run.waiting_reason.is_some() => "Waiting for its provider",
        RunStatus::Queued => "Waiting for its turn",
        RunStatus::Running => "Translating",
        RunStatus::Completed => "Complete",
        RunStatus::Failed => "Failed",
        RunStatus::Cancelled => "Cancelled",
    }
}

/// Returns the provider whose rate limit the run waits for, and until when.
fn rate_limit(run: &Run) -> Option<(String, Timestamp)> {
    let reason = run.waiting_reason.as_ref().filter(|_| !run.status.is_ended())?;
    Some((reason.provider.clone(), reason.until.clone()?))
}

/// A notice that the wait ends by itself, and how to avoid further waits.
fn wait_notice(provider: String, until: Timestamp) -> impl IntoView {
    view! {
        <div class="notice run-link">
            <p>
                {format!("The provider “{provider}” asks to slow down. The translation goes on by itself at ")}
                <ClockTime at=until />"."
            </p>
            <p>
                "To keep below the provider's limit, set "<code>"requests_per_minute"</code>
                {format!(" of “{provider}” in the server's configuration.")}
            </p>
        </div>
    }
}

/// Whether the run waits for a paused provider, or failed with an error that pauses one.
fn is_in_trouble(run: &Run) -> bool {
    let code = run.error.as_ref().map(|error| error.code);
    match run.status {
        RunStatus::Queued => run.waiting_reason.is_some() && rate_limit(run).is_none(),
        RunStatus::Failed => {
            matches!(code, Some(FailureCode::ProviderQuota | FailureCode::ProviderUnauthorized))
        }
        _ => false,
    }
}

/// Returns `3 of 8 segments · about 2 minutes left · $0.0123 so far · 1,452 tokens`.
///
/// `elapsed` is [`elapsed_seconds`].
fn facts(run: &Run, elapsed: Option<f64>) -> String {
    let is_active = !run.status.is_ended();
    let mut facts = Vec::new();
    if run.status == RunStatus::Completed {
        facts.push(plural(run.progress.total, "segment"));
    } else {
        facts.push(format!("{} of {}", run.progress.done, plural(run.progress.total, "segment")));
    }
    if run.status == RunStatus::Running
        && rate_limit(run).is_none()
        && let Some(seconds) = elapsed.and_then(|elapsed| seconds_left(run.progress, elapsed))
    {
        facts.push(format!("about {} left", span(seconds)));
    }
    if run.finished_at.is_some()
        && let Some(seconds) = elapsed
    {
        facts.push(format!("took {}", span(seconds)));
    }
    if let Some(cost) = cost::cost(run.cost_usd.as_deref(), run.reported_cost_usd.as_deref()) {
        facts.push(if is_active { format!("{cost} so far") } else { cost });
    }
    facts.extend(run.usage.as_ref().map(cost::tokens));
    facts.join(" · ")
}

/// Returns `v3 + 2 segments v5 + 1 by hand`; `None` if all texts are of the run's own version.
fn mix(own: Option<i32>, made_by: &[MadeBy]) -> Option<String> {
    let (mut parts, mut is_mixed) = (Vec::new(), false);
    for made in made_by {
        let count = made.segments;
        let part = match (made.kind, made.prompt_version_number) {
            (AttemptKind::Model, number) if number == own => {
                parts.insert(0, format!("v{}", own.unwrap_or_default()));
                continue;
            }
            (AttemptKind::Legacy, _) if own.is_none() => {
                parts.insert(0, "legacy".to_owned());
                continue;
            }
            (AttemptKind::Model, number) => {
                format!("{} v{}", plural(count, "segment"), number.unwrap_or_default())
            }
            (AttemptKind::Legacy, _) => format!("{} legacy", plural(count, "segment")),
            (AttemptKind::Person, _) => format!("{count} by hand"),
        };
        parts.push(part);
        is_mixed = true;
    }
    is_mixed.then(|| parts.join(" + "))
}

fn plural(count: i64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Returns the seconds from the run's start to its end, or to now while it runs. The card reads it only when
/// the run changes, so that the text does not flicker.
fn elapsed_seconds(run: &Run) -> Option<f64> {
    let start = millis(run.started_at.as_ref()?);
    let end = run.finished_at.as_ref().map_or_else(Date::now, millis);
    Some((end - start) / 1000.0)
}

/// Estimates the seconds until the run is complete from the `elapsed` seconds so far.
#[expect(clippy::cast_precision_loss, reason = "numbers of segments are small")]
fn seconds_left(progress: Progress, elapsed: f64) -> Option<f64> {
    let (done, left) = (progress.done as f64, (progress.total - progress.done) as f64);
    // In steps of ten seconds: the estimate is not more precise.
    (done > 0.0 && elapsed > 0.0 && left > 0.0).then(|| (elapsed * left / done / 10.0).ceil() * 10.0)
}

fn millis(at: &Timestamp) -> f64 {
    Date::new(&at.0.as_str().into()).get_time()
}

/// The failure: what happened, what was kept, and what to do.
fn failure(run: &Run) -> Option<AnyView> {
    let error = run.error.as_ref()?;
    let kept = match run.progress.done {
        0 => "No segment was translated.".to_owned(),
        done => format!("{} of {} are translated and kept.", done, plural(run.progress.total, "segment")),
    };
    if run.status == RunStatus::Cancelled {
        return Some(view! { <p class="hint">{kept}</p> }.into_any());
    }
    let meaning = error.code.meaning();
    let more = error.detail.strip_prefix(meaning).unwrap_or(&error.detail).to_owned();
    Some(
        view! {
            <div class="failure run-failure">
                <p class="failure-title">{meaning}</p>
                <p>{more}</p>
                <p>{kept}" Once the cause is gone, a resume tries only what is missing."</p>
            </div>
        }
        .into_any(),
    )
}

/// Reports a broken event stream, as a notice and not as an error, because the run itself goes on.
#[component]
fn LinkState(id: i64, live: Live) -> impl IntoView {
    let text = move || match live.link(id) {
        Link::Fine => None,
        Link::Interrupted => Some(
            "The connection was interrupted. The translation goes on in the server; reconnecting…".to_owned(),
        ),
        Link::Lost(None) => {
            Some("The server is not telling what happens just now. Asking again shortly.".to_owned())
        }
        Link::Lost(Some(error)) => Some(format!(
            "{}. The translation goes on in the server if that is up; asking again shortly.",
            error.title()
        )),
    };
    view! {
        <div role="status">
            {move || text().map(|text| view! { <p class="notice run-link">{text}</p> })}
        </div>
        {move || {
            matches!(live.link(id), Link::Lost(_))
                .then(|| view! { <Button class="small" on_click=move |()| live.retry(id)>"Ask now"</Button> })
        }}
    }
}

fn moved_on(number: Option<i32>, latest: i32) -> impl IntoView {
    let words = format!(
        "The prompt is at version {latest} now. A resume stays on version {}; a new run takes version {latest}.",
        number.unwrap_or_default()
    );
    view! { <p class="notice run-link">{words}</p> }
}

/// A button that resumes or cancels the run.
#[component]
fn Ask(id: i64, resumes: bool, context: Context) -> impl IntoView {
    let request = Mutation::new(
        move |(), key| async move {
            if resumes { api::run::resume(id, &key).await } else { api::run::cancel(id, &key).await }
        },
        move |_: Run| context.on_change.run(()),
    );
    let error = request.error();
    let label = if resumes { "Resume" } else { "Cancel the translation" };
    view! {
        <Button class="small" busy=request.pending() on_click=move |()| request.send(())>{label}</Button>
        {move || error.get().map(|error| view! { <Failure error retry=move |()| context.on_change.run(()) /> })}
    }
}

#[cfg(test)]
mod tests;
