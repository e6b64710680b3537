//! The chapters of a preview, by volume and in pages: a file may have 10,000 of them.

use crate::{
    page::volume::{by_volume, volume_heading},
    ui::{
        Button, id,
        number::{counted, grouped},
    },
};
use colophon_contract::{ImportFormat, ImportPreview, PreviewChapter};
use leptos::prelude::*;
use std::sync::Arc;

/// The number of chapters on a page of the list.
const ON_A_PAGE: usize = 100;

/// The list and its pages.
#[component]
pub fn Chapters(
    /// The preview.
    preview: Signal<Option<Arc<ImportPreview>>>,
    /// The language of titles and texts.
    lang: Signal<String>,
) -> impl IntoView {
    let chosen = RwSignal::new(0_usize);
    let total = Memo::new(move |_| preview.with(|preview| preview.as_ref().map_or(0, |p| p.chapters.len())));
    let last = Memo::new(move |_| total.get().saturating_sub(1) / ON_A_PAGE);
    // Other options may lead to fewer pages.
    let page = Memo::new(move |_| chosen.get().min(last.get()));
    let groups = move || {
        let (page, lang) = (page.get(), lang.get());
        preview.with(|preview| {
            let chapters = preview.as_ref().map_or(&[][..], |preview| &preview.chapters);
            let start = page * ON_A_PAGE;
            let shown = chapters.iter().skip(start).take(ON_A_PAGE);
            let before = start.checked_sub(1).and_then(|index| chapters.get(index));
            let has_begun = move |volume: &Option<String>| {
                volume.is_some() && before.is_some_and(|before| before.volume == *volume)
            };
            by_volume(shown, |chapter| chapter.volume.as_deref())
                .into_iter()
                .enumerate()
                .map(|(index, (volume, chapters))| {
                    let continues = index == 0 && has_begun(&volume);
                    let heading = volume_heading(volume, index == 0, continues, lang.clone());
                    let rows = chapters.into_iter().map(|chapter| row(chapter, lang.clone())).collect_view();
                    view! { {heading} <ol class="preview-chapters">{rows}</ol> }
                })
                .collect_view()
        })
    };
    view! {
        <section class="preview-list" aria-label="Chapters">
            {move || (last.get() > 0).then(|| view! { <Pager preview chosen page last /> })}
            {groups}
        </section>
    }
}

/// The list of pages to choose from.
#[component]
fn Pager(
    preview: Signal<Option<Arc<ImportPreview>>>,
    chosen: RwSignal<usize>,
    page: Memo<usize>,
    last: Memo<usize>,
) -> impl IntoView {
    let id = id::unique("chapters");
    let options = move || {
        let pages =
            preview.with(|preview| preview.as_ref().map_or_else(Vec::new, |p| page_names(&p.chapters)));
        pages
            .into_iter()
            .enumerate()
            .map(|(index, name)| {
                view! { <option value=index.to_string() prop:selected=move || page.get() == index>{name}</option> }
            })
            .collect_view()
    };
    let first = Signal::derive(move || page.get() == 0);
    let at_end = Signal::derive(move || page.get() == last.get());
    view! {
        <nav class="preview-pager" aria-label="Pages of chapters">
            <Button class="small" disabled=first on_click=move |()| chosen.set(page.get_untracked().saturating_sub(1))>
                "← Earlier"
            </Button>
            <label class="visually-hidden" for=id.clone()>"Chapters shown"</label>
            <select
                class="input"
                id=id
                on:change:target=move |event| {
                    if let Ok(index) = event.target().value().parse() {
                        chosen.set(index);
                    }
                }
            >
                {options}
            </select>
            <Button class="small" disabled=at_end on_click=move |()| chosen.set(page.get_untracked() + 1)>
                "Later →"
            </Button>
        </nav>
    }
}

/// Returns the names of the pages: `1–100`, `101–200 · 第二巻` if the page begins within a volume.
fn page_names(chapters: &[PreviewChapter]) -> Vec<String> {
    let name = |page: &[PreviewChapter]| {
        let (first, last) = (page.first()?, page.last()?);
        let range = format!("{}–{}", grouped(first.number.into()), grouped(last.number.into()));
        Some(match &first.volume {
            Some(volume) => format!("{range} · {volume}"),
            None => range,
        })
    };
    chapters.chunks(ON_A_PAGE).filter_map(name).collect()
}

fn row(chapter: &PreviewChapter, lang: String) -> impl IntoView + use<> {
    let title = match chapter.title.as_str() {
        "" => format!("Chapter {}", chapter.number),
        title => title.to_owned(),
    };
    view! {
        <li class="preview-row">
            <span class="chapter-number">{chapter.number}</span>
            <span class="chapter-title" lang=lang.clone()>{title}</span>
            <span class="chapter-size">{counted(chapter.characters, "character")}</span>
            <span class="preview-line" lang=lang>{chapter.first_line.clone()}</span>
        </li>
    }
}

/// Returns `EPUB · 2,400 chapters in 12 volumes · 5,234,120 characters`.
pub fn summary(preview: &ImportPreview) -> String {
    let format = match preview.format {
        ImportFormat::Text => "Text",
        ImportFormat::Markdown => "Markdown",
        ImportFormat::Epub => "EPUB",
    };
    let mut parts = vec![format.to_owned()];
    parts.extend(preview.encoding.clone());
    let mut chapters = counted(preview.chapters.len() as i64, "chapter");
    let volumes = by_volume(&preview.chapters, |chapter| chapter.volume.as_deref());
    let volumes = volumes.iter().filter(|(volume, _)| volume.is_some()).count();
    if volumes > 0 {
        chapters = format!("{chapters} in {}", counted(volumes as i64, "volume"));
    }
    parts.push(chapters);
    let characters = preview.chapters.iter().map(|chapter| chapter.characters).sum();
    parts.push(counted(characters, "character"));
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::fixture::import_preview;

    #[test]
    fn a_summary_counts_chapters_volumes_and_characters() {
        let mut preview = import_preview(3);
        assert_eq!(summary(&preview), "Text · UTF-8 · 3 chapters · 3,000 characters");
        (preview.format, preview.encoding) = (ImportFormat::Epub, None);
        preview.chapters[1].volume = Some("I".to_owned());
        preview.chapters[2].volume = Some("II".to_owned());
        assert_eq!(summary(&preview), "EPUB · 3 chapters in 2 volumes · 3,000 characters");
        preview.chapters.truncate(1);
        assert_eq!(summary(&preview), "EPUB · 1 chapter · 1,000 characters");
    }

    #[test]
    fn pages_are_named_by_their_chapters_and_the_volume_that_they_begin_in() {
        let mut preview = import_preview(1_250);
        preview.chapters[150].volume = Some("II".to_owned());
        preview.chapters[200].volume = Some("II".to_owned());
        let names = page_names(&preview.chapters);
        assert_eq!(names.len(), 13);
        assert_eq!(names[..3], ["1–100", "101–200", "201–300 · II"]);
        assert_eq!(names[12], "1,201–1,250");
        assert!(page_names(&[]).is_empty());
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod browser_tests;
