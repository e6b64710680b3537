//! Paused providers, shown where runs wait for them.

use crate::{
    api,
    state::{Mutation, session::SessionState},
    ui::{Button, Failure, Time, failed},
};
use colophon_contract::Provider;
use leptos::prelude::*;

/// The paused providers among those that serve `models`: why, since when, and a button that ends the pause.
#[component]
pub fn PausedProviders(
    /// The models of the waiting runs.
    models: Vec<String>,
    /// Called after a provider was resumed.
    on_change: Callback<()>,
) -> impl IntoView {
    let providers = api::fetch(api::provider::list);
    let on_resume = Callback::new(move |()| {
        providers.refetch();
        on_change.run(());
    });
    move || match providers.get()? {
        Err(error) => Some(view! { <Failure error retry=move |()| providers.refetch() /> }.into_any()),
        Ok(list) => {
            let is_meant = |provider: &Provider| provider.models.iter().any(|model| models.contains(model));
            let meant = list.into_iter().filter(is_meant);
            Some(meant.filter_map(|provider| notice(provider, on_resume)).collect_view().into_any())
        }
    }
}

fn notice(provider: Provider, on_resume: Callback<()>) -> Option<impl IntoView> {
    let (name, pause) = (provider.name, provider.paused?);
    let is_admin = SessionState::expect().is_admin();
    let resume = Mutation::new(
        |name: String, _| async move { api::provider::resume(&name).await },
        move |_: Provider| on_resume.run(()),
    );
    let button = is_admin.get().then(|| {
        view! {
            <Button class="small" busy=resume.pending() on_click=move |()| resume.send(name.clone())>
                "Resume the provider"
            </Button>
        }
    });
    Some(view! {
        <div class="notice paused">
            <p>{pause.detail}" Paused since "<Time at=pause.since />"."</p>
            {button}
            {failed(resume.error())}
        </div>
    })
}
