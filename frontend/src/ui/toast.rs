//! Toasts: short messages about completed actions, shown in a corner and read out by screen readers.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

const SHOWN_MS: u32 = 8_000;

#[derive(Clone, Copy)]
struct Toasts(RwSignal<Vec<(usize, String)>>);

/// Returns a function that shows a message without moving the focus. Get it while a component is created: it
/// still works after the component is gone, for instance when a reply arrives.
pub fn toaster() -> impl Fn(String) + Copy + Send + Sync + 'static {
    let list = use_context::<Toasts>().map(|toasts| toasts.0);
    move |text| {
        if let Some(list) = list {
            show(list, text);
        }
    }
}

fn show(list: RwSignal<Vec<(usize, String)>>, text: String) {
    let id = list.try_update(|list| {
        let id = list.last().map_or(0, |(id, _)| id + 1);
        list.push((id, text));
        id
    });
    spawn_local(async move {
        TimeoutFuture::new(SHOWN_MS).await;
        list.try_update(|list| list.retain(|(other, _)| Some(*other) != id));
    });
}

/// Makes [`toaster`] work below it. Call once, in the app.
pub fn provide_toasts() {
    provide_context(Toasts(RwSignal::new(Vec::new())));
}

/// The place of the messages.
#[component]
pub fn Toaster() -> impl IntoView {
    let Toasts(list) = expect_context();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || list.get() key=|(id, _)| *id let:item>
                <p class="toast">{item.1}</p>
            </For>
        </div>
    }
}
