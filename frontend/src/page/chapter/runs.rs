//! The chapter's runs, newest first.

use super::{card::RunCard, live::Live, start::Start};
use crate::{
    api::{self, Error},
    route,
    ui::Button,
};
use colophon_contract::{Author, Code, Prompt, Run, Timestamp};
use leptos::prelude::*;
use std::collections::HashMap;

/// A chapter's runs as far as they are loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct RunList {
    /// Newest first; includes the requested run.
    pub runs: Vec<Run>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// Loads the newest `pages` pages, and the run `wanted` even if it is on none of them.
pub async fn load(work_id: i64, chapter_id: i64, pages: u32, wanted: Option<i64>) -> Result<RunList, Error> {
    let mut runs = Vec::new();
    let mut cursor = None;
    for _ in 0..pages {
        let page = api::run::list(work_id, chapter_id, cursor).await?;
        runs.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    if let Some(wanted) = wanted
        && !runs.iter().any(|run| run.id == wanted)
    {
        match api::run::get(wanted).await {
            Ok(run) if run.chapter_id == chapter_id => runs.push(run),
            // The run is not of this chapter: the newest one is shown, as without `wanted`.
            Ok(_) => {}
            Err(error) if error.code() == Some(Code::TranslationNotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(RunList { runs, has_more: cursor.is_some() })
}

/// Author and time of prompt versions, by number.
pub type Makers = HashMap<i32, (Author, Timestamp)>;

/// Loads the makers of the versions `numbers`. The newest ones come with the prompt; older ones are
/// requested.
pub async fn load_makers(work_id: i64, prompt: Option<Prompt>, numbers: Vec<i32>) -> Makers {
    let mut makers = Makers::new();
    for version in prompt.into_iter().flat_map(|prompt| prompt.versions.items) {
        makers.insert(version.number, (version.author, version.created_at));
    }
    for number in numbers {
        if !makers.contains_key(&number)
            && let Ok(version) = api::prompt::get_version(work_id, number).await
        {
            makers.insert(number, (version.author, version.created_at));
        }
    }
    makers
}

/// The values that all cards of a chapter share. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Context {
    /// The work.
    pub work_id: i64,
    /// The chapter.
    pub chapter_id: i64,
    /// The number of the prompt's latest version.
    pub latest: Memo<Option<i32>>,
    /// Author and time of the versions.
    pub makers: api::Fetched<Makers>,
    /// The run that is shown.
    pub shown: Memo<Option<i64>>,
    /// The newest run if it appeared after the shown one came on screen.
    pub newer: Memo<Option<i64>>,
    /// Whether the user may cancel and resume.
    pub can_write: Signal<bool>,
    /// The state of the runs from events.
    pub live: Live,
    /// Starts a new run.
    pub start: Start,
    /// Called after a run was cancelled or resumed.
    pub on_change: Callback<()>,
}

/// The cards: the newest run and the shown one are open, the others folded.
#[component]
pub fn Runs(
    list: Signal<RunList>,
    context: Context,
    /// Loads older runs.
    #[prop(into)]
    on_more: Callback<()>,
) -> impl IntoView {
    let Context { shown, newer, work_id, chapter_id, .. } = context;
    let is_open = move |run: &Run, newest: Option<i64>| Some(run.id) == newest || Some(run.id) == shown.get();
    let part = move |open: bool| {
        list.with(|list| {
            let newest = list.runs.first().map(|run| run.id);
            list.runs.iter().filter(|run| is_open(run, newest) == open).cloned().collect::<Vec<_>>()
        })
    };
    let others = Memo::new(move |_| part(false));
    let has_more = move || list.with(|list| list.has_more);
    let cards = move |runs: Signal<Vec<Run>>| {
        view! {
            <For each=move || runs.get() key=|run| run.id let:run>
                {
                    let id = run.id;
                    let run = Memo::new(move |last: Option<&Run>| {
                        let found = list.with(|list| list.runs.iter().find(|run| run.id == id).cloned());
                        let run = found.or_else(|| last.cloned()).unwrap_or_else(|| run.clone());
                        context.live.latest(run)
                    });
                    view! { <RunCard run=run.into() context /> }
                }
            </For>
        }
    };
    view! {
        <section class="runs" aria-labelledby="runs-title">
            <h2 id="runs-title">"Translations"</h2>
            <ol class="run-list">{cards(Memo::new(move |_| part(true)).into())}</ol>
            {move || {
                let count = others.with(Vec::len);
                (count > 0)
                    .then(|| {
                        view! {
                            <details class="runs-older">
                                <summary>{others_title(count)}</summary>
                                <ol class="run-list">{cards(others.into())}</ol>
                                {move || has_more().then(|| view! {
                                    <Button class="small" on_click=move |()| on_more.run(())>"Show older ones"</Button>
                                })}
                            </details>
                        }
                    })
            }}
            {move || {
                let newest = list.with(|list| list.runs.first().map(|run| run.id));
                newest
                    .filter(|newest| shown.get() != Some(*newest) && newer.get().is_none())
                    .map(|newest| {
                        view! {
                            <p class="hint">
                                "An older translation is shown. "
                                <a href=route::chapter_run(work_id, chapter_id, newest)>"Show the newest"</a>
                            </p>
                        }
                    })
            }}
        </section>
    }
}

fn others_title(count: usize) -> String {
    if count == 1 { "1 other translation".to_owned() } else { format!("{count} other translations") }
}
