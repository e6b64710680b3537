//! The fields of the dialog: the work's details, and how the file is read.

use super::{fields, file::ImportFile};
use crate::ui::{SelectField, TextField};
use colophon_contract::SplitMode;
use leptos::prelude::*;

/// The details of the work that the file becomes.
pub fn details(file: ImportFile) -> impl IntoView {
    let (fields, errors) = (file.fields, file.errors);
    view! {
        <fieldset class="stack import-fields">
            <legend>"Work"</legend>
            <TextField label="Title" value=fields.title.value error=errors.at("/title") />
            <TextField
                label="Author"
                value=fields.author.value
                error=errors.at("/author")
                hint="Empty where unknown."
            />
            <div class="columns">
                <TextField
                    label="Source language"
                    value=fields.source_language.value
                    error=errors.at("/source_language")
                    hint="A tag such as ja, zh-Hant or en."
                />
                <TextField
                    label="Target language"
                    value=fields.target_language.value
                    error=errors.at("/target_language")
                    hint="A tag such as en."
                />
            </div>
        </fieldset>
    }
}

/// The options for reading the file. A change updates the preview.
pub fn options(file: ImportFile) -> impl IntoView {
    let (fields, errors) = (file.fields, file.errors);
    let preview = Signal::derive(move || file.preview.value());
    // The encoding that was found without the option.
    let found = Memo::new(move |last: Option<&Option<String>>| {
        let is_automatic = untrack(|| fields.encoding.with(String::is_empty));
        let found = preview.with(|preview| preview.as_ref().and_then(|preview| preview.encoding.clone()));
        if is_automatic { found } else { last.cloned().flatten() }
    });
    let format = Memo::new(move |_| preview.with(|preview| preview.as_ref().map(|preview| preview.format)));
    let encodings = Signal::derive(move || found.with(|found| fields::encodings(found.as_deref())));
    let splits = Signal::derive(move || fields::splits(format.get()));
    let by_pattern = move || fields.split.with(|split| split == SplitMode::Pattern.as_str());
    view! {
        <fieldset class="stack import-fields">
            <legend>"How the file is read"</legend>
            <SelectField
                label="Where chapters begin"
                value=fields.split
                choices=splits
                error=errors.at("/split")
            />
            {move || by_pattern().then(|| view! {
                <TextField
                    label="Pattern"
                    value=fields.pattern
                    error=errors.at("/pattern")
                    hint="A regular expression, such as ^第\\d+話. Each line that it matches begins a chapter."
                    code=true
                />
            })}
            <SelectField
                label="Encoding"
                value=fields.encoding
                choices=encodings
                error=errors.at("/encoding")
            />
            <SelectField
                label="Readings (ruby)"
                value=fields.ruby
                choices=fields::rubies()
                error=errors.at("/ruby")
            />
            <SelectField
                label="Footnotes and endnotes"
                value=fields.notes
                choices=fields::notes()
                error=errors.at("/notes")
            />
        </fieldset>
    }
}
