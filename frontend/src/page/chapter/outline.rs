//! The work's chapters in order, for links to the previous and the next one.

use crate::ui::guard::use_navigate;
use crate::{
    api::{self, Error},
    route,
    state::shortcut::use_allowed_shortcut,
    ui::Button,
};
use colophon_contract::MAX_LIMIT;
use leptos::prelude::*;
use leptos_router::NavigateOptions;

/// A chapter's id and name.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    id: i64,
    name: String,
}

/// All chapters of a work, by number.
pub type Outline = api::Fetched<Vec<Entry>>;

/// Loads the outline page by page.
pub async fn load(work_id: Option<i64>) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    let Some(work_id) = work_id else { return Ok(entries) };
    let mut cursor = None;
    loop {
        let page = api::chapter::list(work_id, cursor, MAX_LIMIT).await?;
        entries.extend(
            page.items
                .into_iter()
                .map(|chapter| Entry { id: chapter.id, name: name(chapter.number, &chapter.title) }),
        );
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(entries);
        }
    }
}

/// Returns the name of a chapter: its title, or its number if it has none.
pub fn name(number: i32, title: &str) -> String {
    if title.is_empty() { format!("Chapter {number}") } else { title.to_owned() }
}

/// The chapters before and after a chapter.
#[derive(Clone, Copy)]
pub struct Neighbours {
    work_id: i64,
    outline: Outline,
    before: Memo<Option<Entry>>,
    after: Memo<Option<Entry>>,
}

impl Neighbours {
    /// Finds the neighbours of a chapter, and registers their keys.
    pub fn of(work_id: i64, chapter_id: i64, outline: Outline) -> Self {
        let at = move |step: usize, back: bool| {
            let entries = outline.get()?.ok()?;
            let here = entries.iter().position(|entry| entry.id == chapter_id)?;
            let there = if back { here.checked_sub(step)? } else { here + step };
            entries.get(there).cloned()
        };
        let before = Memo::new(move |_| at(1, true));
        let after = Memo::new(move |_| at(1, false));
        let navigate = use_navigate();
        let go = move |to: Option<Entry>| {
            if let Some(to) = to {
                navigate(&route::chapter(work_id, to.id), NavigateOptions::default());
            }
        };
        for (key, label, to) in [
            ("j", "Next chapter", after),
            ("k", "Previous chapter", before),
            ("ArrowRight", "Next chapter", after),
            ("ArrowLeft", "Previous chapter", before),
        ] {
            let is_there = Signal::derive(move || to.with(Option::is_some));
            use_allowed_shortcut(key, label, is_there, move || go(to.get_untracked()));
        }
        Self { work_id, outline, before, after }
    }
}

/// Links to the chapters before and after.
#[component]
pub fn ChapterNav(neighbours: Neighbours, label: &'static str, lang: String) -> impl IntoView {
    let Neighbours { work_id, outline, before, after } = neighbours;
    let link = move |entry: Memo<Option<Entry>>, rel: &'static str, lang: String| {
        move || {
            let lang = lang.clone();
            entry.get().map(|entry| {
                let href = route::chapter(work_id, entry.id);
                let (arrow, what) =
                    if rel == "next" { ("→", "Next chapter: ") } else { ("←", "Previous chapter: ") };
                view! {
                    <a class=format!("chapter-{rel}") rel=rel href=href>
                        <span aria-hidden="true">{arrow}</span>
                        <span class="visually-hidden">{what}</span>
                        <span lang=lang>{entry.name}</span>
                    </a>
                }
            })
        }
    };
    let has_failed = move || matches!(outline.get(), Some(Err(_)));
    view! {
        <nav class="chapter-nav" aria-label=label>
            {link(before, "prev", lang.clone())}
            {link(after, "next", lang)}
            {move || {
                has_failed()
                    .then(|| {
                        view! {
                            <span class="hint">"The other chapters could not be listed."</span>
                            <Button class="small" on_click=move |()| outline.refetch()>"Try again"</Button>
                        }
                    })
            }}
        </nav>
    }
}
