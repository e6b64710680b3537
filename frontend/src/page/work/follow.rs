//! All runs of the work, as they go on.

use crate::{
    api::event::{EventStream, Incoming},
    state::use_visible,
};
use colophon_contract::url;
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use std::rc::Rc;

/// Between two looks: a run tells of each of its segments.
const CALM_MS: u32 = 500;

/// Calls `on_news` when something has happened to a run of the work, and when it may have, while somebody looks and for as
/// long as the calling component is on the page.
pub fn follow(work_id: i64, on_news: Callback<()>) {
    let visible = use_visible();
    let stream = StoredValue::new_local(None::<EventStream>);
    let expected = StoredValue::new(false);
    let handler = Rc::new(move |incoming: Incoming| {
        let is_news = matches!(incoming, Incoming::Opened | Incoming::Event(_));
        if !is_news || expected.get_value() {
            return;
        }
        expected.set_value(true);
        spawn_local(async move {
            TimeoutFuture::new(CALM_MS).await;
            // The page may be gone by now.
            if expected.try_set_value(false).is_none() {
                on_news.run(());
            }
        });
    });
    Effect::new(move |_| {
        stream.set_value(None);
        if visible.get() {
            stream.set_value(EventStream::open(&url::work_events(work_id), handler.clone()));
        }
    });
}
