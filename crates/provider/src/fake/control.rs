//! The fake's control endpoints, for tests in another process (the end-to-end suite).
//!
//! `POST /control/scripts` ([`Order`]), `POST /control/pace` (`{delay_ms, characters}`),
//! `GET /control/requests` (`[{headers, body}]`), `DELETE /control` (removes scripts and requests).

use std::{collections::BTreeMap, time::Duration};

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::{Pace, Script, State, Step, lock};

/// A script as JSON: either `text` (streamed like a good answer) or `chunks` of raw bytes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    /// The provider's name for the model; absent: any model.
    model: Option<String>,
    /// Number of requests; 0: all later requests.
    #[serde(default = "one")]
    times: u32,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Milliseconds before the status.
    #[serde(default)]
    head_after_ms: u64,
    text: Option<String>,
    /// Sent after `text`; absent: the stream ends without a reason.
    finish_reason: Option<String>,
    /// Whether the usage ends the answer.
    #[serde(default)]
    usage: bool,
    #[serde(default)]
    chunks: Vec<String>,
    /// Milliseconds before each chunk.
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    end: End,
}

/// How the body ends.
#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum End {
    #[default]
    Close,
    Drop,
    Hang,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaceOrder {
    delay_ms: u64,
    #[serde(default = "four")]
    characters: usize,
}

fn one() -> u32 {
    1
}

fn four() -> usize {
    4
}

fn ok() -> u16 {
    200
}

impl Order {
    fn into_script(self) -> Script {
        let name = self.model.clone().unwrap_or_else(|| "scripted".to_owned());
        let mut script = match &self.text {
            Some(text) => Script::deltas(&name, text, 4),
            None if self.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) => {
                Script::status(self.status)
            }
            None => Script::stream([] as [String; 0]),
        };
        if let Some(reason) = &self.finish_reason {
            script = script.then_finish(&name, reason);
        }
        if self.usage {
            script = script.then_usage(&name, self.text.as_deref().unwrap_or_default());
        }
        script = self.chunks.into_iter().fold(script, Script::then_send);
        script = script.paced(Duration::from_millis(self.delay_ms));
        script = match self.end {
            End::Close => script,
            End::Drop => script.then(Step::Drop),
            End::Hang => script.then(Step::Hang),
        };
        script = self.headers.iter().fold(script, |script, (name, value)| script.header(name, value));
        script.status = self.status;
        script = script.after(Duration::from_millis(self.head_after_ms));
        script = script.times((self.times > 0).then_some(self.times));
        match self.model {
            Some(model) => script.for_model(&model),
            None => script,
        }
    }
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/control/scripts", web::post().to(add_script))
        .route("/control/pace", web::post().to(set_pace))
        .route("/control/requests", web::get().to(list_requests))
        .route("/control", web::delete().to(reset));
}

async fn add_script(order: web::Json<Order>, state: web::Data<State>) -> HttpResponse {
    state.add_script(order.into_inner().into_script());
    HttpResponse::NoContent().finish()
}

async fn set_pace(order: web::Json<PaceOrder>, state: web::Data<State>) -> HttpResponse {
    let PaceOrder { delay_ms, characters } = order.into_inner();
    *lock(&state.pace) = Pace { characters, delay: Duration::from_millis(delay_ms) };
    HttpResponse::NoContent().finish()
}

async fn list_requests(state: web::Data<State>) -> HttpResponse {
    let received = lock(&state.received);
    let all: Vec<_> = received.iter().map(|it| json!({"headers": it.headers, "body": it.json()})).collect();
    HttpResponse::Ok().json(all)
}

async fn reset(state: web::Data<State>) -> HttpResponse {
    state.reset();
    HttpResponse::NoContent().finish()
}
