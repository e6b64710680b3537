//! The boundary around what is loaded: its shape while it comes, its failure where it happens.

use crate::{
    api::Error,
    route,
    ui::{Failure, Skeleton},
};
use leptos::prelude::*;
use leptos_router::components::Redirect;

/// Shows `resource` by `children`, which run once and then follow the data through their signal, so that
/// a reload changes what changed and nothing else. A reload that fails leaves what was there in place,
/// below the failure. Whoever is not signed in goes to sign in, and comes back.
#[component]
pub fn Load<T, F>(
    /// What is loaded.
    resource: LocalResource<Result<T, Error>>,
    /// Lines of the shape shown meanwhile.
    #[prop(default = 4)]
    lines: usize,
    /// Whether it is all of the page: a failure is then its heading, too.
    #[prop(optional)]
    page: bool,
    children: F,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(Signal<T>) -> AnyView + Send + 'static,
{
    let latest = Memo::new(move |last: Option<&Option<T>>| match resource.get() {
        Some(Ok(data)) => Some(data),
        _ => last.cloned().flatten(),
    });
    let error = Memo::new(move |_| resource.get().and_then(Result::err));
    let is_there = Memo::new(move |_| latest.with(Option::is_some));
    let content = move || {
        let first = is_there.get().then(|| latest.get_untracked()).flatten()?;
        let data = Memo::new(move |last: Option<&T>| {
            latest.get().or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
        });
        Some(children(data.into()))
    };
    view! {
        {move || boundary(error.get(), is_there.get(), lines, page, move || resource.refetch())}
        {content}
    }
    .into_any()
}

fn boundary(
    error: Option<Error>,
    is_there: bool,
    lines: usize,
    page: bool,
    retry: impl Fn() + 'static,
) -> AnyView {
    match error {
        Some(error) if error.is_signed_out() => {
            view! { <Redirect path=route::sign_in(&route::current()) /> }.into_any()
        }
        Some(error) => {
            view! { <Failure error heading=page && !is_there retry=move |()| retry() /> }.into_any()
        }
        None if is_there => ().into_any(),
        None => view! { <Skeleton lines /> }.into_any(),
    }
}
