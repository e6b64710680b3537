//! The dialog for one file after another, or for all together.

use super::{
    chapters::{Chapters, summary},
    file::{ImportFile, Outcome},
    form,
    questions::{Asked, Questions},
    queue::Queue,
    warnings::warnings,
};
use crate::ui::{
    Button, Dialog, DialogActions, Failure,
    number::{counted, size},
};
use colophon_contract::SplitMode;
use leptos::{html, prelude::*};

/// The dialog, which shows the file in view while it is open.
#[component]
pub fn ImportDialog(queue: Queue) -> impl IntoView {
    let title = Signal::derive(move || match queue.in_review().len() {
        0 | 1 => "Import a file".to_owned(),
        count => format!("Import {count} files"),
    });
    // By the id: the file's own signals report changes within it.
    let at = Memo::new(move |_| queue.current().map(|file| file.id));
    view! {
        <Dialog title open=queue.open class="full">
            {move || at.get().and_then(|_| untrack(|| queue.current())).map(|file| view! { <Review file queue /> })}
        </Dialog>
    }
}

/// A file with its fields, its preview, and its actions.
#[component]
fn Review(file: ImportFile, queue: Queue) -> impl IntoView {
    let heading = NodeRef::<html::P>::new();
    // The focus moves to the next file: the button that led there may be disabled now.
    Effect::new(move |_| {
        if let Some(heading) = heading.get() {
            request_animation_frame(move || drop(heading.focus()));
        }
    });
    let place = move || {
        let files = queue.in_review();
        let index = files.iter().position(|other| other.id == file.id)? + 1;
        (files.len() > 1).then(|| format!("{index} of {} · ", files.len()))
    };
    let asked = RwSignal::new(None::<Asked>);
    view! {
        <p class="import-file" tabindex="-1" node_ref=heading>
            {place}
            <strong>{file.name()}</strong>
            {format!(" · {}", size(file.size()))}
        </p>
        <div class="import">
            <div class="import-form stack">
                {form::details(file)}
                {form::options(file)}
            </div>
            <Preview file />
        </div>
        <Actions file queue asked />
        {move || asked.get().map(|question| view! { <Questions question asked queue /> })}
    }
}

/// The preview, or why there is none.
#[component]
fn Preview(file: ImportFile) -> impl IntoView {
    let preview = Signal::derive(move || file.preview.value());
    let has_preview = Memo::new(move |_| preview.with(Option::is_some));
    let phase = Memo::new(move |_| phase(file));
    let is_updating = move || has_preview.get() && phase.with(|phase| *phase == Some(UPDATING));
    let lang = Signal::derive(move || file.fields.source_language.value.get());
    let progress = move || {
        let share = file.sent().filter(|share| *share < 1.0)?;
        let percent = ((share * 100.0) as u32).to_string();
        Some(view! {
            <progress class="progress" aria-label=format!("Sending {}", file.name()) max="100" value=percent></progress>
        })
    };
    let status = move || match phase.get() {
        Some(words) => Some(words.to_owned()),
        None => preview.with(|preview| preview.as_ref().map(|preview| summary(preview))),
    };
    let found =
        move || preview.with(|preview| preview.as_ref().map(|p| p.warnings.clone()).unwrap_or_default());
    let failure = move || {
        let error = file.failure()?;
        let hint = file.exceeded_limit().map(|limit| {
            let limit = size(limit as f64);
            view! { <p class="hint">{format!("The file is larger than {limit}: a server takes it only if it is configured to.")}</p> }
        });
        Some(view! { <Failure error retry=move |()| file.retry() /> {hint} })
    };
    view! {
        <section class="import-preview stack" aria-label="Preview" aria-busy=move || is_updating().then_some("true")>
            <p class="import-status" role="status">{status}</p>
            {progress}
            {failure}
            {move || warnings(found())}
            {move || has_preview.get().then(|| view! { <Chapters preview lang /> })}
        </section>
    }
}

const UPDATING: &str = "Updating the preview…";

/// Returns the state of the preview in words; `None` if it shows what would be stored.
fn phase(file: ImportFile) -> Option<&'static str> {
    let has_preview = file.preview.value().is_some();
    let is_missing_pattern = || {
        file.fields.split.with(|split| split == SplitMode::Pattern.as_str())
            && file.fields.pattern.with(String::is_empty)
    };
    Some(match (file.preview.error().is_some(), file.preview.is_settled(), has_preview) {
        (true, _, true) => "Not updated: the chapters below are those of the options before.",
        (true, _, false) => "There is no preview.",
        (false, true, _) => return None,
        (false, false, true) if is_missing_pattern() => {
            "Enter a pattern. The chapters below are those of the options before."
        }
        (false, false, true) if file.fields.to_preview().is_none() => {
            "Enter a language tag. The chapters below are those of the language before."
        }
        (false, false, true) => UPDATING,
        (false, false, false) => match file.sent() {
            Some(share) if share < 1.0 => "Sending the file…",
            Some(_) => "Reading the chapters…",
            None if file.preview.is_loading() => "Sending the file…",
            None => "Waiting for other files to be read…",
        },
    })
}

/// The buttons at the dialog's foot.
#[component]
fn Actions(file: ImportFile, queue: Queue, asked: RwSignal<Option<Asked>>) -> impl IntoView {
    let files = Memo::new(move |_| queue.in_review().iter().map(|file| file.id).collect::<Vec<_>>());
    let is_first = Signal::derive(move || files.with(|files| files.first() == Some(&file.id)));
    let is_last = Signal::derive(move || files.with(|files| files.last() == Some(&file.id)));
    let is_importing = Signal::derive(move || file.is_storing() || queue.accepted() > 0);
    // Only what the person sees is stored: the button is disabled while the preview is being updated.
    let no_import = Signal::derive(move || !file.is_ready() && !file.is_storing());
    let import = move |()| {
        if file.check() {
            ask_or_import(vec![file], queue, asked);
        }
    };
    let together = move || -> Vec<ImportFile> {
        queue.undecided().into_iter().filter(|file| file.is_ready() && file.is_valid()).collect()
    };
    let count = Memo::new(move |_| together().len());
    let are_being_read = Memo::new(move |_| queue.undecided().iter().any(|file| file.is_being_read()));
    let import_all = move || {
        (queue.undecided().len() > 1).then(|| {
            let no_import = Signal::derive(move || are_being_read.get() || count.get() == 0);
            let label = move || match are_being_read.get() {
                true => "Reading the files…".to_owned(),
                false => format!("Import {} together", counted(count.get() as i64, "file")),
            };
            view! {
                <Button disabled=no_import busy=is_importing on_click=move |()| {
                    ask_or_import(untrack(together), queue, asked)
                }>{label}</Button>
            }
        })
    };
    view! {
        <DialogActions>
            {move || (files.with(Vec::len) > 1).then(|| view! {
                <Button class="quiet" disabled=is_first on_click=move |()| queue.go(-1)>"← Back"</Button>
                <Button class="quiet" disabled=is_last on_click=move |()| queue.go(1)>"Next →"</Button>
            })}
            {move || file.is_open().then(|| view! {
                <Button disabled=is_importing on_click=move |()| queue.skip(file)>"Skip this file"</Button>
            })}
            {import_all}
            {move || match file.outcome.get() {
                Outcome::Open => view! {
                    <Button class="primary" disabled=no_import busy=is_importing on_click=import>"Import"</Button>
                }.into_any(),
                Outcome::Skipped => view! {
                    <Button on_click=move |()| file.reopen()>"Take it up again"</Button>
                }.into_any(),
                Outcome::Done(_) => ().into_any(),
            }}
        </DialogActions>
    }
}

/// Imports the files, or first shows their questions.
fn ask_or_import(files: Vec<ImportFile>, queue: Queue, asked: RwSignal<Option<Asked>>) {
    match untrack(|| files.iter().all(|file| file.questions().is_empty())) {
        true => queue.accept(&files),
        false => asked.set(Some(Asked { files })),
    }
}
