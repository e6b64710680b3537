//! Previews and imports files.
//!
//! The only module that uses `XMLHttpRequest`: `fetch` does not report how much of an upload was sent.

use super::{Error, Key, client::Reply};
use colophon_contract::{Code, ImportFields, ImportPreview, ImportedWork, url};
use js_sys::{Function, Promise};
use serde::de::DeserializeOwned;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FormData, ProgressEvent, XmlHttpRequest};

/// Gets the share of the file that was sent, 0 to 1. Not called if the server already has the file.
pub type OnProgress = Rc<dyn Fn(f64)>;

/// Returns the preview of an import of `file`. Stores nothing.
///
/// With `fields.upload_id` the server uses the file that it keeps. If it no longer keeps the file, the file
/// is sent again. Dropping the future stops the transfer.
pub async fn preview(
    file: &File,
    fields: ImportFields,
    on_progress: OnProgress,
) -> Result<ImportPreview, Error> {
    send(url::import_dry_run(), file, fields, None, on_progress).await
}

/// Imports `file` as a work; otherwise as [`preview`].
pub async fn import(
    file: &File,
    fields: ImportFields,
    key: &Key,
    on_progress: OnProgress,
) -> Result<ImportedWork, Error> {
    send(url::import(), file, fields, Some(key), on_progress).await
}

async fn send<T: DeserializeOwned>(
    url: String,
    file: &File,
    mut fields: ImportFields,
    key: Option<&Key>,
    on_progress: OnProgress,
) -> Result<T, Error> {
    if fields.upload_id.is_some() {
        let result = exchange(&url, None, &fields, key, &on_progress).await;
        if !result.as_ref().is_err_and(|error| error.code() == Some(Code::UploadGone)) {
            return result?.decode();
        }
        fields.upload_id = None;
    }
    exchange(&url, Some(file), &fields, key, &on_progress).await?.decode()
}

async fn exchange(
    url: &str,
    file: Option<&File>,
    fields: &ImportFields,
    key: Option<&Key>,
    on_progress: &OnProgress,
) -> Result<Reply, Error> {
    let on_progress = on_progress.clone();
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.total() > 0.0 {
            on_progress(event.loaded() / event.total());
        }
    });
    let listener = file.is_some().then(|| progress.as_ref().unchecked_ref());
    request(url, file, fields, key, listener).await.map_err(|_| Error::Network)?.success()
}

/// Aborts the request when dropped. A completed request is not affected.
struct StopOnDrop(XmlHttpRequest);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        let _ = self.0.abort();
    }
}

async fn request(
    url: &str,
    file: Option<&File>,
    fields: &ImportFields,
    key: Option<&Key>,
    on_progress: Option<&Function>,
) -> Result<Reply, JsValue> {
    let form = FormData::new()?;
    // The fields first: a server can refuse a wrong one before it reads the file.
    for (name, value) in fields.pairs() {
        form.append_with_str(name, value)?;
    }
    if let Some(file) = file {
        form.append_with_blob_and_filename("file", file, &file.name())?;
    }
    let request = StopOnDrop(XmlHttpRequest::new()?);
    let StopOnDrop(request) = &request;
    request.open("POST", url)?;
    request.set_request_header("Accept", "application/json")?;
    if let Some(key) = key {
        request.set_request_header("Idempotency-Key", key.as_str())?;
    }
    if on_progress.is_some() {
        request.upload()?.set_onprogress(on_progress);
    }
    // `loadend` follows success, failure and abort.
    let done = Promise::new(&mut |resolve: Function, _| request.set_onloadend(Some(&resolve)));
    request.send_with_opt_form_data(Some(&form))?;
    JsFuture::from(done).await?;
    Ok(Reply {
        status: request.status()?,
        request_id: request.get_response_header("x-request-id")?,
        text: request.response_text()?.unwrap_or_default(),
    })
}
