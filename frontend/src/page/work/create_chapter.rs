//! Adding a chapter by hand.

use crate::{
    api,
    state::Mutation,
    ui::{
        Button, Dialog, DialogActions, FormErrors, TextArea, TextField, close_dialog, failed, toast::toaster,
    },
};
use colophon_contract::{Chapter, CreateChapter, FieldError, Work};
use leptos::{ev::SubmitEvent, prelude::*};

/// The hint of the field for the volume.
pub const VOLUME_HINT: &str = "The same text in all chapters of a volume. Empty: in no volume.";

#[derive(Clone, Copy)]
struct Fields {
    number: RwSignal<String>,
    volume: RwSignal<String>,
    title: RwSignal<String>,
    text: RwSignal<String>,
}

impl Fields {
    fn clear(self) {
        for field in [self.number, self.volume, self.title, self.text] {
            field.set(String::new());
        }
    }

    /// Returns the request, or the error that prevents it.
    fn body(self) -> Result<CreateChapter, FieldError> {
        let number = self.number.get_untracked();
        let number = match number.trim() {
            "" => None,
            text => Some(text.parse().map_err(|_| {
                FieldError::at("/number", "number", "Must be a whole number, or empty for the next one.")
            })?),
        };
        Ok(CreateChapter {
            volume: Some(self.volume.get_untracked()).filter(|volume| !volume.is_empty()),
            title: self.title.get_untracked(),
            source_text: self.text.get_untracked(),
            number,
        })
    }
}

/// The button and its dialog.
#[component]
pub fn AddChapterButton(
    /// The work that gets the chapter.
    work: Signal<Work>,
    /// Called after the chapter was added.
    on_done: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let empty = || RwSignal::new(String::new());
    let fields = Fields { number: empty(), volume: empty(), title: empty(), text: empty() };
    let unsaved = Signal::derive(move || {
        [fields.number, fields.volume, fields.title, fields.text]
            .iter()
            .any(|field| !field.with(String::is_empty))
    });
    view! {
        <Button on_click=move |()| { fields.clear(); open.set(true); }>"Add a chapter"</Button>
        <Dialog title="Add a chapter" open unsaved class="wide">
            <Form work fields open on_done />
        </Dialog>
    }
}

#[component]
fn Form(work: Signal<Work>, fields: Fields, open: RwSignal<bool>, on_done: Callback<()>) -> impl IntoView {
    let close = close_dialog();
    let toast = toaster();
    let work_id = work.with_untracked(|work| work.id);
    let create = Mutation::new(
        move |body: CreateChapter, key| async move { api::chapter::create(work_id, &body, &key).await },
        move |chapter: Chapter| {
            fields.clear();
            open.set(false);
            toast(format!("Chapter {} was added.", chapter.number));
            on_done.run(());
        },
    );
    let errors = FormErrors::new(create.error());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match fields.body() {
            Ok(body) if errors.check(&body) => create.send(body),
            Ok(_) => {}
            Err(error) => errors.set(vec![error]),
        }
    };
    let lang = work.with_untracked(|work| work.source_language.clone());
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            <div class="columns">
                <TextField
                    label="Number"
                    value=fields.number
                    error=errors.at("/number")
                    hint="Empty for the next one."
                    inputmode="numeric"
                />
                <TextField label="Volume" value=fields.volume error=errors.at("/volume") hint=VOLUME_HINT />
            </div>
            <TextField label="Title" value=fields.title error=errors.at("/title") />
            <TextArea label="Source text" value=fields.text error=errors.at("/source_text") rows=14 lang />
            {failed(create.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Cancel"</Button>
                <Button class="primary" kind="submit" busy=create.pending()>"Add the chapter"</Button>
            </DialogActions>
        </form>
    }
}
