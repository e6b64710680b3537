//! The fields of a work, for creating and for changing one.

use crate::ui::{FormErrors, TextField};
use colophon_contract::Work;
use leptos::prelude::*;

/// The typed values and the previous ones. Copy it into closures.
#[derive(Clone, Copy)]
pub struct WorkFields {
    /// The title.
    pub title: RwSignal<String>,
    /// Empty if unknown.
    pub author: RwSignal<String>,
    /// Language tag.
    pub source_language: RwSignal<String>,
    /// Language tag.
    pub target_language: RwSignal<String>,
    before: RwSignal<[String; 4]>,
}

impl WorkFields {
    /// Creates the fields of a new work.
    pub fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        let fields = Self {
            title: empty(),
            author: empty(),
            source_language: empty(),
            target_language: empty(),
            before: RwSignal::new(<[String; 4]>::default()),
        };
        fields.reset(None);
        fields
    }

    /// Sets the fields to the values of `work`, or to the defaults of a new one.
    pub fn reset(self, work: Option<&Work>) {
        let texts = match work {
            Some(work) => {
                [&work.title, &work.author, &work.source_language, &work.target_language].map(Clone::clone)
            }
            None => ["", "", "ja", "en"].map(str::to_owned),
        };
        for (signal, text) in self.signals().into_iter().zip(&texts) {
            signal.set(text.clone());
        }
        self.before.set(texts);
    }

    /// Whether anything was changed.
    pub fn is_changed(self) -> bool {
        self.signals().map(|signal| signal.get()) != self.before.get()
    }

    fn signals(self) -> [RwSignal<String>; 4] {
        [self.title, self.author, self.source_language, self.target_language]
    }

    /// Renders the fields with their errors.
    pub fn view(self, errors: FormErrors) -> impl IntoView {
        let at = |pointer| errors.at(pointer);
        view! {
            <TextField label="Title" value=self.title error=at("/title") autofocus=true />
            <TextField label="Author" value=self.author error=at("/author") hint="Empty where unknown." />
            <div class="columns">
                <TextField
                    label="Source language"
                    value=self.source_language
                    error=at("/source_language")
                    hint="A tag such as ja, zh-Hant or en."
                />
                <TextField
                    label="Target language"
                    value=self.target_language
                    error=at("/target_language")
                    hint="A tag such as en."
                />
            </div>
        }
    }
}
