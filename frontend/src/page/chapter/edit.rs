//! Changing a chapter's number, volume and title.

use crate::{
    api,
    page::work::VOLUME_HINT,
    state::Mutation,
    ui::{Button, Dialog, DialogActions, FormErrors, TextField, close_dialog, failed, toast::toaster},
};
use colophon_contract::{Chapter, FieldError, UpdateChapter, Work};
use leptos::{ev::SubmitEvent, prelude::*};

/// The typed values and the previous ones. Copy it into closures.
#[derive(Clone, Copy)]
struct Fields {
    number: RwSignal<String>,
    volume: RwSignal<String>,
    title: RwSignal<String>,
    before: RwSignal<[String; 3]>,
}

impl Fields {
    fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self { number: empty(), volume: empty(), title: empty(), before: RwSignal::new(Default::default()) }
    }

    fn reset(self, chapter: &Chapter) {
        let volume = chapter.volume.clone().unwrap_or_default();
        let texts = [chapter.number.to_string(), volume, chapter.title.clone()];
        for (signal, text) in self.signals().into_iter().zip(&texts) {
            signal.set(text.clone());
        }
        self.before.set(texts);
    }

    fn is_changed(self) -> bool {
        self.signals().map(|signal| signal.get()) != self.before.get()
    }

    fn signals(self) -> [RwSignal<String>; 3] {
        [self.number, self.volume, self.title]
    }

    /// Returns the request with the changed fields, or the error that prevents it.
    fn body(self) -> Result<UpdateChapter, FieldError> {
        let before = self.before.get_untracked();
        let now = self.signals().map(|signal| signal.get_untracked());
        let changed = |index: usize| Some(now[index].clone()).filter(|text| *text != before[index]);
        let number = changed(0).map(|text| text.trim().parse()).transpose();
        let number = number.map_err(|_| FieldError::at("/number", "number", "Must be a whole number."))?;
        Ok(UpdateChapter { number, volume: changed(1), title: changed(2), source_text: None })
    }
}

/// The button and its dialog.
#[component]
pub fn EditChapterButton(
    /// The chapter with its work.
    data: Signal<(Work, Chapter)>,
    /// Called after the chapter was changed.
    on_done: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let fields = Fields::new();
    let unsaved = Signal::derive(move || fields.is_changed());
    let toast = toaster();
    let (work_id, chapter_id) = data.with_untracked(|(work, chapter)| (work.id, chapter.id));
    let update = Mutation::new(
        move |body: UpdateChapter, _| async move { api::chapter::update(work_id, chapter_id, &body).await },
        move |chapter: Chapter| {
            fields.reset(&chapter);
            open.set(false);
            toast("The chapter's details were changed.".to_owned());
            on_done.run(());
        },
    );
    let start = move |()| {
        data.with_untracked(|(_, chapter)| fields.reset(chapter));
        update.clear();
        open.set(true);
    };
    view! {
        <Button class="small quiet" on_click=start>"Edit details"</Button>
        <Dialog title="Edit the chapter's details" open unsaved>
            <Form fields update open />
        </Dialog>
    }
}

#[component]
fn Form(fields: Fields, update: Mutation<UpdateChapter>, open: RwSignal<bool>) -> impl IntoView {
    let errors = FormErrors::new(update.error());
    let close = close_dialog();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match fields.body() {
            Ok(body) if body == UpdateChapter::default() => open.set(false),
            Ok(body) if errors.check(&body) => update.send(body),
            Ok(_) => {}
            Err(error) => errors.set(vec![error]),
        }
    };
    view! {
        <form class="stack" on:submit=submit novalidate=true>
            <TextField label="Title" value=fields.title error=errors.at("/title") autofocus=true />
            <TextField label="Volume" value=fields.volume error=errors.at("/volume") hint=VOLUME_HINT />
            <TextField label="Number" value=fields.number error=errors.at("/number") inputmode="numeric" />
            <p class="hint">"Translations that exist keep the details that they were made with."</p>
            {failed(update.error())}
            <DialogActions>
                <Button on_click=move |()| close()>"Cancel"</Button>
                <Button class="primary" kind="submit" busy=update.pending()>"Save"</Button>
            </DialogActions>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{fixture::chapter, with_signals};

    #[test]
    fn only_what_was_changed_is_sent() {
        with_signals(|| {
            let fields = Fields::new();
            fields.reset(&Chapter { volume: Some("I".to_owned()), ..chapter(3) });
            assert!(!fields.is_changed());
            assert_eq!(fields.body().unwrap(), UpdateChapter::default());
            fields.volume.set(String::new());
            let body = UpdateChapter { volume: Some(String::new()), ..UpdateChapter::default() };
            assert_eq!(fields.body().unwrap(), body, "an empty volume takes the chapter out of it");
            fields.number.set(" 4 ".to_owned());
            assert_eq!(fields.body().unwrap().number, Some(4));
            assert!(fields.is_changed());
            fields.number.set("four".to_owned());
            assert_eq!(fields.body().unwrap_err().pointer.as_deref(), Some("/number"));
        });
    }
}
