//! Importing a file.

use super::{
    Error, Key,
    client::{self, Body},
};
use colophon_contract::{ImportedWork, url};
use js_sys::Function;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{File, FormData, ProgressEvent};

/// Makes a work from `file`. `on_progress` gets the share of the file that was sent, 0 to 1.
pub async fn import(
    file: &File,
    key: &Key,
    on_progress: impl Fn(f64) + 'static,
) -> Result<ImportedWork, Error> {
    let form = FormData::new().map_err(|_| Error::Network)?;
    form.append_with_blob_and_filename("file", file, &file.name()).map_err(|_| Error::Network)?;
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.total() > 0.0 {
            on_progress(event.loaded() / event.total());
        }
    });
    let told = progress.as_ref().unchecked_ref::<Function>().clone();
    let sent = client::send("POST", url::import(), Body::Form(form), Some(key.clone()), Some(told));
    client::decode(&sent.await?)
}
