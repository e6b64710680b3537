//! Importing a file by dropping or picking it.

use crate::{
    api::{self, Error, Key},
    route,
    ui::{Failure, id},
};
use colophon_contract::{ImportedWork, rule};
use leptos::{html, prelude::*, task::spawn_local};
use web_sys::{DragEvent, File, FileList};

/// What became of one file.
#[derive(Clone)]
enum Outcome {
    /// Its share that was sent, 0 to 1.
    Sending(f64),
    Done(Box<ImportedWork>),
    Failed(Error),
    /// Longer than any server takes: not sent.
    TooLarge,
}

/// One file and its key, kept for another try.
#[derive(Clone, Copy)]
struct Upload {
    id: usize,
    file: StoredValue<File, LocalStorage>,
    key: StoredValue<Key>,
    outcome: RwSignal<Outcome>,
}

impl Upload {
    fn start(self, on_done: Callback<()>) {
        let (file, key) = (self.file.get_value(), self.key.get_value());
        if file.size() > rule::FILE_MAX_BYTES as f64 {
            self.outcome.set(Outcome::TooLarge);
            return;
        }
        self.outcome.set(Outcome::Sending(0.0));
        spawn_local(async move {
            let progress = move |share| drop(self.outcome.try_set(Outcome::Sending(share)));
            let result = api::upload::import(&file, &key, progress).await;
            if !result.as_ref().is_err_and(Error::is_uncertain) {
                self.key.try_update_value(|key| *key = Key::random());
            }
            let is_done = result.is_ok();
            let outcome = result.map_or_else(Outcome::Failed, |work| Outcome::Done(Box::new(work)));
            if self.outcome.try_set(outcome).is_none() && is_done {
                on_done.run(());
            }
        });
    }
}

/// Takes files and says of each what became of it.
#[component]
pub fn ImportPanel(
    /// After each work that was made.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let uploads = RwSignal::new(Vec::<Upload>::new());
    let over = RwSignal::new(false);
    let take = move |files: Option<FileList>| {
        let Some(files) = files else { return };
        for file in (0..files.length()).filter_map(|index| files.get(index)) {
            let upload = Upload {
                id: uploads.with_untracked(Vec::len),
                file: StoredValue::new_local(file),
                key: StoredValue::new(Key::random()),
                outcome: RwSignal::new(Outcome::Sending(0.0)),
            };
            uploads.update(|list| list.push(upload));
            upload.start(on_done);
        }
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
            // Cleared, or the same file could not be picked again.
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
                ": drop a text, Markdown or EPUB file here, or choose one."
            </p>
            <input
                id=input_id
                type="file"
                multiple=true
                accept=".txt,.md,.markdown,.epub,text/plain,text/markdown,application/epub+zip"
                node_ref=input
                on:change=picked
            />
            <ul class="uploads" aria-live="polite">
                <For each=move || uploads.get() key=|upload| upload.id let:upload>
                    <li><UploadRow upload on_done /></li>
                </For>
            </ul>
        </section>
    }
}

#[component]
fn UploadRow(upload: Upload, on_done: Callback<()>) -> impl IntoView {
    let name = upload.file.with_value(File::name);
    view! {
        <p class="upload-name">{name.clone()}</p>
        {move || match upload.outcome.get() {
            Outcome::Sending(share) => sending(&name, share).into_any(),
            Outcome::Done(imported) => view! { <Imported imported=*imported /> }.into_any(),
            Outcome::Failed(error) => {
                view! { <Failure error retry=move |()| upload.start(on_done) /> }.into_any()
            }
            Outcome::TooLarge => {
                view! { <p class="failure" role="alert">"Larger than 20 MB: it was not sent."</p> }.into_any()
            }
        }}
    }
}

fn sending(name: &str, share: f64) -> impl IntoView + use<> {
    let percent = (share * 100.0) as u32;
    let text =
        if share < 1.0 { format!("Sending, {percent} %") } else { "Reading the chapters…".to_owned() };
    view! {
        <progress class="progress" aria-label=format!("Sending {name}") max="100" value=percent.to_string()></progress>
        <p class="hint">{text}</p>
    }
}

#[component]
fn Imported(imported: ImportedWork) -> impl IntoView {
    let warnings = imported.warnings;
    let has_warnings = !warnings.is_empty();
    let list = warnings.into_iter().map(|warning| view! { <li>{warning.detail}</li> }).collect_view();
    view! {
        <p>
            "Made "
            <a href=route::work(imported.work.id) lang=imported.work.source_language>{imported.work.title}</a>
            {format!(" with {} chapters.", imported.chapter_count)}
        </p>
        {has_warnings.then(|| view! { <ul class="warnings" aria-label="Worth a look">{list}</ul> })}
    }
}
