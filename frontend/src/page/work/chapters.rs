//! The list of a work's chapters.

use crate::{
    page::{
        badge::VersionBadge,
        volume::{by_volume, volume_heading},
    },
    route,
    ui::{Empty, ProgressLine, number::grouped},
};
use colophon_contract::{ChapterSummary, Page, RunStatus, RunSummary, Work};
use leptos::prelude::*;

/// The chapters by number and under their volumes, each with the badge of its newest run.
#[component]
pub fn ChapterList(
    /// The work.
    work: Signal<Work>,
    /// The chapters.
    page: Signal<Page<ChapterSummary>>,
    /// Whether the list begins with the first chapter.
    is_first_page: Signal<bool>,
    /// The number of the prompt's latest version.
    latest: Memo<Option<i32>>,
    /// Whether the user may add chapters.
    can_write: Signal<bool>,
    /// Called after a chapter was added.
    on_change: Callback<()>,
) -> impl IntoView {
    let work_id = work.with_untracked(|work| work.id);
    let next = Memo::new(move |_| page.with(|page| page.next_cursor.clone()));
    let lang = Memo::new(move |_| work.with(|work| work.source_language.clone()));
    // Runs go on while a person moves through the list: the rows stay, and each follows its own run.
    let chapters = Memo::new(move |_| {
        let mut chapters = page.get().items;
        chapters.iter_mut().for_each(|chapter| chapter.latest_translation = None);
        chapters
    });
    view! {
        {move || {
            let chapters = chapters.get();
            if chapters.is_empty() {
                return nothing(work, can_write.get(), on_change).into_any();
            }
            let (lang, latest) = (lang.get(), latest.get());
            by_volume(chapters, |chapter| chapter.volume.as_deref())
                .into_iter()
                .enumerate()
                .map(|(index, (volume, chapters))| {
                    let rows = chapters
                        .into_iter()
                        .map(|chapter| view! { <Row chapter page lang=lang.clone() latest /> })
                        .collect_view();
                    let heading = volume_heading(volume, index == 0, false, lang.clone());
                    view! { {heading} <ol class="chapters">{rows}</ol> }
                })
                .collect_view()
                .into_any()
        }}
        <nav class="pager" aria-label="Pages">
            {move || {
                (!is_first_page.get()).then(|| view! { <a class="button" href=route::work(work_id)>"← First chapters"</a> })
            }}
            {move || {
                next
                    .get()
                    .map(|cursor| {
                        view! { <a class="button" href=route::work_page(work_id, &cursor)>"Later chapters →"</a> }
                    })
            }}
        </nav>
    }
}

/// Returns the models of the newest runs that wait or have failed.
pub fn unfinished_models(page: Page<ChapterSummary>) -> Vec<String> {
    let runs = page.items.into_iter().filter_map(|chapter| chapter.latest_translation);
    runs.filter(|run| matches!(run.status, RunStatus::Queued | RunStatus::Failed))
        .map(|run| run.model_snapshot)
        .collect()
}

fn nothing(work: Signal<Work>, can_write: bool, on_done: Callback<()>) -> impl IntoView {
    view! {
        <Empty title="No chapters yet.">
            <p>"A chapter is one numbered piece of the novel's text; it is what gets translated."</p>
            {can_write.then(|| view! { <super::create_chapter::AddChapterButton work on_done /> })}
        </Empty>
    }
}

#[component]
fn Row(
    chapter: ChapterSummary,
    page: Signal<Page<ChapterSummary>>,
    lang: String,
    latest: Option<i32>,
) -> impl IntoView {
    let (work_id, id) = (chapter.work_id, chapter.id);
    let run = Memo::new(move |_| {
        page.with(|page| page.items.iter().find(|chapter| chapter.id == id)?.latest_translation.clone())
    });
    let title = if chapter.title.is_empty() { format!("Chapter {}", chapter.number) } else { chapter.title };
    let size = match chapter.characters {
        1 => "1 character".to_owned(),
        count => format!("{} characters", grouped(count)),
    };
    view! {
        <li class="chapter-row">
            <span class="chapter-number">{chapter.number}</span>
            <a class="chapter-title" lang=lang href=route::chapter(work_id, chapter.id)>{title}</a>
            <span class="chapter-size">{size}</span>
            {move || match run.get() {
                Some(run) => view! { <Newest work_id run latest /> }.into_any(),
                None => view! { <span class="chapter-run hint">"Not translated"</span> }.into_any(),
            }}
        </li>
    }
}

#[component]
fn Newest(work_id: i64, run: RunSummary, latest: Option<i32>) -> impl IntoView {
    let progress = format!("{} of {}", run.progress.done, run.progress.total);
    let state = match run.status {
        RunStatus::Queued => "Waiting".to_owned(),
        RunStatus::Running => format!("Translating, {progress}"),
        RunStatus::Completed => "Translated".to_owned(),
        RunStatus::Failed => format!("Failed after {progress}"),
        RunStatus::Cancelled => format!("Cancelled after {progress}"),
    };
    let unfinished = run.status != RunStatus::Completed;
    let label = state.clone();
    view! {
        <span class="chapter-run">
            <span class=format!("status status-{}", run.status.as_str())>{state}</span>
            <VersionBadge
                work_id
                number=run.prompt_version_number
                model=run.model_snapshot
                latest
                at=Some(run.created_at)
            />
            {unfinished
                .then(|| view! { <ProgressLine label done=run.progress.done total=run.progress.total /> })}
        </span>
    }
}
