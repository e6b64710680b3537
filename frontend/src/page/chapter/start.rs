//! Starting a run of the chapter.

use crate::ui::guard::use_navigate;
use crate::{
    api, route,
    state::{Mutation, shortcut::use_allowed_shortcut},
    ui::{Button, failed, toast::toaster},
};
use colophon_contract::{Code, Run};
use leptos::prelude::*;
use leptos_router::NavigateOptions;

/// Whether a run may be started now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// A run may be started.
    Ready,
    /// The user may not change anything.
    ReadOnly,
    /// The work has no prompt yet.
    NoPrompt,
    /// A run is under way.
    UnderWay,
}

/// The start of a run. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Start {
    readiness: Memo<Readiness>,
    /// The input is the newest known run. Once a newer one is known, the next request is a new one with its
    /// own key.
    request: Mutation<Option<i64>>,
    go: Callback<()>,
}

impl Start {
    /// Creates the start of a chapter's runs with its key `t`; `on_change` is called when there is a new run.
    pub fn new(
        work_id: i64,
        chapter_id: i64,
        readiness: Memo<Readiness>,
        newest: Memo<Option<i64>>,
        on_change: Callback<()>,
    ) -> Self {
        let navigate = use_navigate();
        let toast = toaster();
        let request = Mutation::new(
            move |_: Option<i64>, key| async move {
                let result = api::run::start(work_id, chapter_id, &key).await;
                // Somebody else has started a run: load the list again, unless the page is gone by now.
                if result.as_ref().is_err_and(|error| error.code() == Some(Code::TranslationInProgress)) {
                    on_change.try_run(());
                }
                result
            },
            move |run: Run| {
                // A repeated reply, to a request whose outcome was not known.
                let is_known = newest.get_untracked() >= Some(run.id);
                let words = if is_known {
                    "That translation exists already."
                } else {
                    "The translation was started."
                };
                toast(words.to_owned());
                if newest.get_untracked().is_some() {
                    let options =
                        NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
                    navigate(&route::chapter_run(work_id, chapter_id, run.id), options);
                }
                on_change.run(());
            },
        );
        let go = Callback::new(move |()| match readiness.get_untracked() {
            Readiness::Ready => request.send(newest.get_untracked()),
            Readiness::ReadOnly => toast("Your role may read, not translate.".to_owned()),
            Readiness::NoPrompt => {
                toast("There is no prompt to translate with yet: create it first.".to_owned())
            }
            Readiness::UnderWay => toast("A translation of this chapter is under way.".to_owned()),
        });
        let allowed = Signal::derive(move || readiness.get() != Readiness::ReadOnly);
        use_allowed_shortcut("t", "Translate the chapter", allowed, move || go.run(()));
        Self { readiness, request, go }
    }

    /// Returns whether a run may be started, or why not.
    pub fn readiness(self) -> Memo<Readiness> {
        self.readiness
    }

    /// Starts a run, or reports why that is not possible.
    pub fn go(self) {
        self.go.run(());
    }
}

/// The button, and the failure of its request.
#[component]
pub fn StartButton(
    start: Start,
    /// The button's text.
    label: &'static str,
    /// The classes of a button: `primary` if this is the next step on the page.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let button = move || {
        (start.readiness.get() == Readiness::Ready).then(|| {
            view! {
                <Button class=class busy=start.request.pending() on_click=move |()| start.go()>
                    {label}
                </Button>
            }
        })
    };
    view! {
        {button}
        {failed(start.request.error())}
    }
}
