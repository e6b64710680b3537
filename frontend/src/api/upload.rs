//! Importing a file. By `XMLHttpRequest`, for `fetch` does not tell how far an upload came.

use super::{Error, Key, client};
use colophon_contract::{ImportedWork, url};
use js_sys::{Function, Promise};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FormData, ProgressEvent, XmlHttpRequest};

/// Makes a work from `file`. `on_progress` gets the share of the file that was sent, 0 to 1.
pub async fn import(
    file: &File,
    key: &Key,
    on_progress: impl Fn(f64) + 'static,
) -> Result<ImportedWork, Error> {
    let request = send(file, key, on_progress).await.map_err(|_| Error::Network)?;
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match request.status().unwrap_or(0) {
        0 => Err(Error::Network),
        200..=299 => client::decode(&text),
        status => Err(client::problem(status, &text)),
    }
}

async fn send(
    file: &File,
    key: &Key,
    on_progress: impl Fn(f64) + 'static,
) -> Result<XmlHttpRequest, JsValue> {
    let form = FormData::new()?;
    form.append_with_blob_and_filename("file", file, &file.name())?;
    let request = XmlHttpRequest::new()?;
    request.open("POST", &url::import())?;
    request.set_request_header("Accept", "application/json")?;
    request.set_request_header("Idempotency-Key", key.as_str())?;
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.total() > 0.0 {
            on_progress(event.loaded() / event.total());
        }
    });
    request.upload()?.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    // `loadend` comes after success, failure and abort alike.
    let done = Promise::new(&mut |resolve: Function, _| request.set_onloadend(Some(&resolve)));
    request.send_with_opt_form_data(Some(&form))?;
    JsFuture::from(done).await?;
    Ok(request)
}
