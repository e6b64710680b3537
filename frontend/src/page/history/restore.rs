//! Restoring a version's content: shows the changes first, then makes a new version.

use super::layout::{LayoutSwitch, preferred_split};
use crate::{
    api::{self, Error},
    page::diff::{Content, VersionDiffView},
    state::Mutation,
    ui::{
        Button, Dialog, DialogActions, FormErrors, Load, TextField, Time, close_dialog, failed,
        toast::toaster,
    },
};
use colophon_contract::{Code, PromptVersion, RestoreVersion};
use futures::future::try_join;
use leptos::prelude::*;

/// The button and its dialog.
#[component]
pub fn RestoreButton(
    work_id: i64,
    /// The version to restore.
    number: i32,
    /// Called with the new version after the restore.
    on_done: Callback<PromptVersion>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let note = RwSignal::new(String::new());
    let unsaved = Signal::derive(move || !note.with(String::is_empty));
    let start = move |()| {
        note.set(String::new());
        open.set(true);
    };
    view! {
        <Button class="small" on_click=start>"Restore…"</Button>
        <Dialog title=format!("Restore version {number}") open class="full" unsaved>
            <Question work_id number note open on_done />
        </Dialog>
    }
}

#[component]
fn Question(
    work_id: i64,
    number: i32,
    note: RwSignal<String>,
    open: RwSignal<bool>,
    on_done: Callback<PromptVersion>,
) -> impl IntoView {
    let both = api::fetch(move || load(work_id, number));
    let form = move |both: Signal<(PromptVersion, PromptVersion)>| {
        let (version, latest) = both.get_untracked();
        view! { <Form work_id version latest note open on_done /> }
    };
    view! { <Load resource=both lines=10 children=form /> }
}

/// Loads the version and the current latest version.
async fn load(work_id: i64, number: i32) -> Result<(PromptVersion, PromptVersion), Error> {
    let (version, prompt) =
        try_join(api::prompt::get_version(work_id, number), api::prompt::find(work_id)).await?;
    let latest = prompt.map(|prompt| prompt.latest_version);
    Ok((version.clone(), latest.unwrap_or(version)))
}

/// The latest version as the person first saw it, and as the server last reported it.
#[derive(Clone, PartialEq)]
struct Base {
    seen: PromptVersion,
    now: PromptVersion,
}

#[component]
fn Form(
    work_id: i64,
    version: PromptVersion,
    latest: PromptVersion,
    note: RwSignal<String>,
    open: RwSignal<bool>,
    on_done: Callback<PromptVersion>,
) -> impl IntoView {
    let (close, toast) = (close_dialog(), toaster());
    let number = version.number;
    let request = move |body: RestoreVersion, key| async move {
        api::prompt::restore(work_id, number, &body, &key).await
    };
    let restore = Mutation::new(request, move |made: PromptVersion| {
        toast(format!("Version {number} was restored as version {}.", made.number));
        note.set(String::new());
        open.set(false);
        on_done.run(made);
    });
    let error = restore.error();
    let errors = FormErrors::new(error);
    let content = Content::from(&version);
    let base = Memo::new(move |last: Option<&Base>| {
        let seen = last.map_or_else(|| latest.clone(), |last| last.seen.clone());
        let now = error.get().and_then(|error| overtaking(&error));
        let now = now.or_else(|| last.map(|last| last.now.clone()));
        Base { now: now.unwrap_or_else(|| seen.clone()), seen }
    });
    let next = move || base.with(|base| base.now.number) + 1;
    let same = Memo::new({
        let content = content.clone();
        move |_| base.with(|base| Content::from(&base.now).is_same_text(&content))
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let base_version = base.with_untracked(|base| base.now.number);
        let body = RestoreVersion { base_version, note: note.get_untracked() };
        if errors.check(&body) {
            restore.send(body);
        }
    };
    // A stale base is shown with the changes in between, not as a failure.
    let failure = move || error.get().filter(|error| overtaking(error).is_none());
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            <p>
                {move || format!(
                    "The content of version {number} comes back as a new version {}. Nothing is deleted: every version stays in the history.",
                    next(),
                )}
            </p>
            {move || base.with(|base| (base.now != base.seen).then(|| overtaken(base)))}
            <WhatChanges base content number same />
            {move || (!same.get()).then(|| view! {
                <TextField label="Note" hint="Why: it stands in the history." value=note error=errors.at("/note") />
            })}
            {failed(Signal::derive(failure))}
            <DialogActions>
                <Button on_click=move |()| close()>"Cancel"</Button>
                {move || (!same.get()).then(|| view! {
                    <Button class="primary" kind="submit" busy=restore.pending()>
                        {move || format!("Restore as version {}", next())}
                    </Button>
                })}
            </DialogActions>
        </form>
    }
}

/// The changes to the latest version.
#[component]
fn WhatChanges(base: Memo<Base>, content: Content, number: i32, same: Memo<bool>) -> impl IntoView {
    let split = RwSignal::new(preferred_split());
    let title = move || {
        let latest = base.with(|base| base.now.number);
        format!("What changes, from version {latest} (latest) to the content of version {number}")
    };
    move || {
        if same.get() {
            return view! {
                <p class="notice">
                    "The latest version has this very content already (kinds of line ends do not count): there is nothing to restore."
                </p>
            }
            .into_any();
        }
        let old = base.with(|base| Content::from(&base.now));
        view! {
            <div class="diff-head">
                <h3>{title}</h3>
                <LayoutSwitch split=split on_change=move |wide| split.set(wide) />
            </div>
            <VersionDiffView old new=content.clone() split />
        }
        .into_any()
    }
}

/// Returns the version that somebody else saved in between, if that caused the error.
fn overtaking(error: &Error) -> Option<PromptVersion> {
    match error {
        Error::Problem(problem) if problem.code == Code::StaleBaseVersion => {
            problem.latest_version.as_deref().cloned()
        }
        _ => None,
    }
}

/// The notice that somebody else saved in between: who, what, and that nothing was restored.
fn overtaken(base: &Base) -> impl IntoView + use<> {
    let (old, new) = (base.seen.number, &base.now);
    view! {
        <div class="notice" role="alert">
            <p>
                <strong>{format!("{} saved version {} meanwhile; nothing was restored yet.", new.author.name, new.number)}</strong>
                " "
                <Time at=new.created_at.clone() />
                {(!new.note.is_empty()).then(|| format!(": “{}”", new.note))}
            </p>
            <p>"Below is what would change now. Restore again if that is still what you want."</p>
            <details>
                <summary>{format!("What changed from version {old} to version {}", new.number)}</summary>
                <VersionDiffView old=Content::from(&base.seen) new=Content::from(new) split=false />
            </details>
        </div>
    }
}
