//! Providers that are paused, told where runs wait for them.

use crate::prelude::*;
use crate::{
    api,
    state::{Mutation, session::SessionState},
    ui::{Button, Failure, Remote, Time, failed},
};
use colophon_contract::Provider;

/// Of the providers that serve `models`, those that are paused: why, since when, and the click that ends it.
#[component]
pub fn PausedProviders(
    /// What runs wait for.
    models: Vec<String>,
    /// After one was resumed.
    on_change: Callback<()>,
) -> impl IntoView {
    let providers = Remote::new(api::provider::list);
    let resumed = Callback::new(move |()| {
        providers.refetch();
        on_change.run(());
    });
    (move || match providers.get()? {
        Err(error) => Some(view! { <Failure error retry=move |()| providers.refetch() /> }.into_any()),
        Ok(list) => {
            let is_meant = |provider: &Provider| provider.models.iter().any(|model| models.contains(model));
            let meant = list.into_iter().filter(is_meant);
            Some(meant.filter_map(|provider| notice(provider, resumed)).collect_view().into_any())
        }
    })
    .into_child()
}

fn notice(provider: Provider, resumed: Callback<()>) -> Option<AnyView> {
    let (name, pause) = (provider.name, provider.paused?);
    let is_admin = SessionState::expect().is_admin();
    let resume = Mutation::new();
    let ask = move |()| {
        let name = name.clone();
        resume.run(api::provider::resume(&name), move |_| resumed.run(()));
    };
    let button = is_admin.get().then(|| {
        view! {
            <Button class="small" busy=resume.pending() on_click=ask>"Resume the provider"</Button>
        }
        .into_any()
    });
    Some(
        view! {
            <div class="notice paused">
                <p>{pause.detail}" Paused since "<Time at=pause.since />"."</p>
                {button}
                {failed(resume.error())}
            </div>
        }
        .into_any(),
    )
}
