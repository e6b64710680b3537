//! The boundary around loaded content: a skeleton while it loads, and the failure in its place.

use crate::{
    api::{Error, Fetched},
    state::session::SessionState,
    ui::{Failure, Skeleton},
};
use leptos::prelude::*;

/// Shows `resource` by `children`, which run once and then follow the data through their signal, so that a
/// reload changes only what differs. If a reload fails, the old content stays, below the failure.
#[component]
pub fn Load<T, F, V>(
    /// The resource.
    resource: Fetched<T>,
    /// Lines of the skeleton.
    #[prop(default = 4)]
    lines: usize,
    /// Whether the resource is the page's main content. If nothing was loaded before and nobody is signed in,
    /// the sign-in page follows.
    #[prop(optional)]
    page: bool,
    /// Whether there is no heading outside of `children`: a failure has its own then.
    #[prop(optional)]
    heading: bool,
    children: F,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(Signal<T>) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let is_loaded =
        Memo::new(move |was| was == Some(&true) || resource.with(|reply| matches!(reply, Some(Ok(_)))));
    // Reads the resource itself, not a memo of it, so that the transition in the boundary waits for it.
    let error = Signal::derive(move || resource.get().and_then(Result::err));
    let retry = Callback::new(move |()| resource.refetch());
    let content = move || {
        let data = Memo::new(move |last: Option<&T>| match (resource.get(), last) {
            (Some(Ok(data)), _) => data,
            (_, last) => last.cloned().expect("once it is loaded, it stays"),
        });
        children(data.into())
    };
    view! {
        <Boundary is_loaded error retry lines page heading />
        // Outside of the boundary, which would otherwise wait for everything that the content loads itself.
        {move || is_loaded.get().then(&content)}
    }
}

/// The skeleton or failure in place of the data, or the failure above it. Not generic, so that it is compiled
/// once.
#[component]
fn Boundary(
    is_loaded: Memo<bool>,
    error: Signal<Option<Error>>,
    retry: Callback<()>,
    lines: usize,
    page: bool,
    heading: bool,
) -> impl IntoView {
    let session = SessionState::expect();
    if page {
        // The session belongs to the whole app: its routes show the sign-in page once it is over.
        Effect::new(move |_| {
            if let Some(error) = error.get().filter(Error::is_signed_out)
                && !is_loaded.get_untracked()
            {
                session.end(error);
            }
        });
    }
    let failed = move |errors: ArcRwSignal<Errors>| {
        move || {
            let error = errors
                .with(|errors| errors.iter().find_map(|(_, error)| error.downcast_ref::<Error>().cloned()));
            // Nothing is shown on the way to the sign-in page.
            let error = error.filter(|error| !(page && error.is_signed_out()))?;
            Some(view! { <Failure error heading retry=move |()| retry.run(()) /> })
        }
    };
    // A first load that fails is thrown to the boundary.
    let first_load = move || match error.get() {
        Some(error) if !is_loaded.get_untracked() => Err(error),
        _ => Ok(()),
    };
    let later_failure = move || if is_loaded.get() { error.get() } else { None };
    view! {
        <Transition fallback=move || view! { <Skeleton lines /> }>
            <ErrorBoundary fallback=failed>{first_load}</ErrorBoundary>
        </Transition>
        {move || later_failure().map(|error| view! { <Failure error retry=move |()| retry.run(()) /> })}
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
