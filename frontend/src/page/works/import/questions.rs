//! Questions to the person before files are stored.

use super::{file::ImportFile, queue::Queue, warnings::sentence};
use crate::ui::{Button, number::counted};
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The files that the question is about.
#[derive(Clone)]
pub struct Asked {
    /// All files to import; at least one has a question.
    pub files: Vec<ImportFile>,
}

/// The question. The answer that stores nothing has the focus.
#[component]
pub fn Questions(
    question: Asked,
    /// Set to `None` by an answer.
    asked: RwSignal<Option<Asked>>,
    queue: Queue,
) -> impl IntoView {
    let files = StoredValue::new(question.files);
    let back = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = back.get() {
            request_animation_frame(move || drop(button.focus()));
        }
    });
    let (clear, unclear): (Vec<ImportFile>, Vec<ImportFile>) =
        untrack(|| files.get_value().into_iter().partition(|file| file.questions().is_empty()));
    let is_single = clear.len() + unclear.len() == 1;
    let details = unclear.into_iter().flat_map(|file| {
        let name = file.name();
        untrack(|| file.questions()).into_iter().map(move |warning| {
            let name = (!is_single).then(|| view! { <strong>{name.clone()}": "</strong> });
            view! { <li>{name}{sentence(warning)}</li> }
        })
    });
    let details = details.collect_view();
    let count = clear.len();
    let clear = StoredValue::new(clear);
    let go_back = move || {
        asked.set(None);
        focus_import();
    };
    let accept = move |chosen: Vec<ImportFile>| {
        asked.set(None);
        focus_import();
        queue.accept(&chosen);
    };
    let others = match count {
        1 => "Import only the other file".to_owned(),
        count => format!("Import only the other {}", counted(count as i64, "file")),
    };
    let all = if is_single { "Import anyway" } else { "Import all of them" };
    view! {
        <div
            class="unsaved import-question"
            role="alertdialog"
            aria-labelledby="import-question"
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.prevent_default();
                    event.stop_propagation();
                    go_back();
                }
            }
        >
            <div class="import-question-text">
                <p id="import-question">"Import it? Please look at this first."</p>
                <ul>{details}</ul>
            </div>
            <button type="button" class="button" node_ref=back on:click=move |_| go_back()>"Do not import yet"</button>
            {(count > 0).then(|| view! {
                <Button on_click=move |()| accept(clear.get_value())>{others}</Button>
            })}
            <Button class="primary" on_click=move |()| accept(files.get_value())>{all}</Button>
        </div>
    }
}

/// Returns the focus to the import button.
fn focus_import() {
    request_animation_frame(move || {
        if let Ok(Some(button)) = document().query_selector("dialog[open] .dialog-actions .primary") {
            let _ = button.unchecked_into::<HtmlElement>().focus();
        }
    });
}
