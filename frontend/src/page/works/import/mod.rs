//! Importing files: dropped or picked, reviewed in a dialog, then stored.

mod chapters;
mod dialog;
mod fields;
mod file;
mod form;
mod questions;
mod queue;
mod warnings;

use crate::{
    route,
    ui::{Button, guard::guard_unsaved, id, number::counted},
};
use colophon_contract::ImportedWork;
use dialog::ImportDialog;
use file::{ImportFile, Outcome};
use leptos::{html, prelude::*};
use queue::{Queue, state_text};
use web_sys::{DragEvent, FileList};

/// Accepts files, opens the dialog for them, and lists their outcomes.
#[component]
pub fn ImportPanel(
    /// Called after each imported work.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let queue = Queue::new(on_done);
    guard_unsaved(Signal::derive(move || queue.is_unsaved()));
    let over = RwSignal::new(false);
    let take = move |files: Option<FileList>| {
        let Some(files) = files else { return };
        queue.add((0..files.length()).filter_map(|index| files.get(index)).collect());
    };
    let input = NodeRef::<html::Input>::new();
    let input_id = id::unique("file");
    let drop_file = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        take(event.data_transfer().and_then(|data| data.files()));
    };
    let picked = move |_| {
        if let Some(input) = input.get_untracked() {
            take(input.files());
            // Cleared, because otherwise the same file could not be picked again.
            input.set_value("");
        }
    };
    view! {
        <section
            class="drop"
            class:drop-over=over
            aria-label="Import"
            on:dragover=move |event: DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=drop_file
        >
            <p>
                <label class="drop-pick" for=input_id.clone()>"Import a novel"</label>
                ": drop text, Markdown or EPUB files here, or choose them. You see the chapters before anything is stored."
            </p>
            <input
                id=input_id
                type="file"
                multiple=true
                accept=".txt,.md,.markdown,.epub,text/plain,text/markdown,application/epub+zip"
                node_ref=input
                on:change=picked
            />
            <ul class="uploads">
                <For each=move || queue.files.get() key=|file| file.id let:file>
                    <li>{row(file, queue)}</li>
                </For>
            </ul>
        </section>
        <ImportDialog queue />
    }
}

/// The outcome of a file, and a link to the dialog until it is imported.
fn row(file: ImportFile, queue: Queue) -> impl IntoView {
    let name = file.name();
    let look = name.clone();
    view! {
        <p class="upload-name">{name}</p>
        {move || match file.outcome.get() {
            Outcome::Done(imported) => view! { <Imported imported=*imported /> }.into_any(),
            Outcome::Open | Outcome::Skipped => {
                let look = look.clone();
                let show = move |()| {
                    if file.outcome.get_untracked() == Outcome::Skipped {
                        file.reopen();
                    }
                    queue.show(file.id);
                };
                view! {
                    <p class="upload-state">
                        <span>{move || state_text(file)}</span>
                        <Button class="small" on_click=show>
                            "Look at it"
                            <span class="visually-hidden">{format!(" {look}")}</span>
                        </Button>
                    </p>
                }
                .into_any()
            }
        }}
    }
}

#[component]
fn Imported(imported: ImportedWork) -> impl IntoView {
    view! {
        <p>
            "Made "
            <a href=route::work(imported.work.id) lang=imported.work.source_language>{imported.work.title}</a>
            {format!(" with {}.", counted(imported.chapter_count, "chapter"))}
        </p>
        {warnings::warnings(imported.warnings)}
    }
}
