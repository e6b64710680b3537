//! Short messages about what was just done: seen in a corner, read out by screen readers.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

const SHOWN_MS: u32 = 8_000;

#[derive(Clone, Copy)]
struct Toasts(RwSignal<Vec<(usize, String)>>);

/// What says a text to everybody, without taking the focus. Taken while a component is made, it still works
/// when the component is gone, as after an answer came.
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

/// Where the messages appear.
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
