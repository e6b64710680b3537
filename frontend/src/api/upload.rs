//! Imports a file.
//!
//! By `XMLHttpRequest`, the only place that uses it: `fetch` does not report how much of an upload was sent.

use super::{Error, Key, client::Reply};
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
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.total() > 0.0 {
            on_progress(event.loaded() / event.total());
        }
    });
    let reply = exchange(file, key, progress.as_ref().unchecked_ref()).await.map_err(|_| Error::Network)?;
    reply.success()?.decode()
}

async fn exchange(file: &File, key: &Key, on_progress: &Function) -> Result<Reply, JsValue> {
    let form = FormData::new()?;
    form.append_with_blob_and_filename("file", file, &file.name())?;
    let request = XmlHttpRequest::new()?;
    request.open("POST", &url::import())?;
    request.set_request_header("Accept", "application/json")?;
    request.set_request_header("Idempotency-Key", key.as_str())?;
    request.upload()?.set_onprogress(Some(on_progress));
    // `loadend` follows success, failure and abort alike.
    let done = Promise::new(&mut |resolve: Function, _| request.set_onloadend(Some(&resolve)));
    request.send_with_opt_form_data(Some(&form))?;
    JsFuture::from(done).await?;
    Ok(Reply {
        status: request.status()?,
        request_id: request.get_response_header("x-request-id")?,
        text: request.response_text()?.unwrap_or_default(),
    })
}
