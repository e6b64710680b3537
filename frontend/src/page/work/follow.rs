//! Follows all runs of the work.

use crate::{
    api::event::{Incoming, keep_open},
    state::use_visible,
};
use colophon_contract::url;
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

/// The least time between two reloads, in milliseconds: a run reports each of its segments.
const CALM_MS: u32 = 500;

/// Calls `on_news` when a run of the work has changed or may have changed. It does so while the tab is
/// visible and the calling component is on the page.
pub fn follow(work_id: i64, on_news: Callback<()>) {
    let visible = use_visible();
    let is_expected = StoredValue::new(false);
    keep_open(url::work_events(work_id), visible.into(), move |stream, incoming| {
        match incoming {
            Incoming::Closed => spawn_local(stream.reopen_later()),
            Incoming::Interrupted => {}
            Incoming::Opened | Incoming::Event(_) if is_expected.get_value() => {}
            Incoming::Opened | Incoming::Event(_) => {
                is_expected.set_value(true);
                spawn_local(async move {
                    TimeoutFuture::new(CALM_MS).await;
                    // The page may be gone by now.
                    if is_expected.try_set_value(false).is_none() {
                        on_news.run(());
                    }
                });
            }
        }
    });
}
