//! The boundary around what is loaded: its shape while it comes, its failure where it happens.

use super::remote::{Data, Loading, Remote, Shared};
use crate::prelude::*;
use crate::router::Redirect;
use crate::{
    api::Error,
    route,
    state::session::SessionState,
    ui::{Failure, Skeleton},
};

/// Shows `resource` by `children`, which run once and then follow the data through their handle, so that
/// a reload changes what changed and nothing else. A reload that fails leaves what was there in place,
/// below the failure. Whoever is not signed in goes to sign in, and comes back.
#[component]
pub fn Load<T, F>(
    /// What is loaded.
    resource: Remote<T>,
    /// Lines of the shape shown meanwhile.
    #[prop(default = 4)]
    lines: usize,
    /// Whether it is all of the page: a failure is then its heading, too.
    #[prop(optional)]
    page: bool,
    children: F,
) -> impl IntoView
where
    T: 'static,
    F: Fn(Data<T>) -> AnyView + Send + 'static,
{
    boundary(resource.erased(), lines, page, Box::new(move |latest| children(Data::new(latest))))
}

fn boundary(
    loading: Loading,
    lines: usize,
    page: bool,
    content: Box<dyn Fn(Memo<Shared>) -> AnyView + Send>,
) -> AnyView {
    let latest = Memo::new(move |last: Option<&Option<Shared>>| match loading.reply.get() {
        Some(Ok(data)) => Some(data),
        _ => last.cloned().flatten(),
    });
    let error = Memo::new(move |_| loading.reply.get().and_then(Result::err));
    let is_there = Memo::new(move |_| latest.with(Option::is_some));
    let content = move || {
        let first = is_there.get().then(|| latest.get_untracked()).flatten()?;
        let data = Memo::new(move |last: Option<&Shared>| {
            latest.get().or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
        });
        Some(content(data))
    };
    let retry = Callback::new(move |()| loading.refetch());
    view! {
        {move || match error.get() {
            Some(error) => failure(error, page && !is_there.get(), retry),
            None if is_there.get() => ().into_any(),
            None => view! { <Skeleton lines /> }.into_any(),
        }}
        {content}
    }
    .into_any()
}

fn failure(error: Error, heading: bool, retry: Callback<()>) -> AnyView {
    if error.is_signed_out() {
        // Else the sign-in page would take them for signed in, and send them back.
        let session = SessionState::expect();
        queue_microtask(move || session.forget());
        view! { <Redirect path=route::sign_in(&route::current()) /> }.into_any()
    } else {
        view! { <Failure error heading retry=move |()| retry.run(()) /> }.into_any()
    }
}
