//! The common parts of the pages for administrators.

use crate::{
    page::title::use_title,
    route,
    state::session::SessionState,
    ui::{Empty, Skeleton},
};
use colophon_contract::Role;
use leptos::prelude::*;
use leptos_router::components::{A, Outlet};

/// Whether the user may see the pages.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Unknown,
    Refused,
    Admitted,
}

/// The frame of the pages for administrators: their navigation and the page. Other users see why they have no
/// access.
#[component]
pub fn AdminLayout() -> impl IntoView {
    let session = SessionState::expect();
    let role = session.role();
    let standing = Memo::new(move |_| match role.get() {
        Some(role) if role < Role::Admin => Standing::Refused,
        None if session.is_loading() => Standing::Unknown,
        // If the session could not be loaded, the page's own requests show why.
        _ => Standing::Admitted,
    });
    move || match standing.get() {
        Standing::Unknown => view! { <Skeleton lines=8 /> }.into_any(),
        Standing::Refused => view! { <Refusal /> }.into_any(),
        Standing::Admitted => view! {
            <Navigation />
            <Outlet />
        }
        .into_any(),
    }
}

#[component]
fn Refusal() -> impl IntoView {
    use_title(|| "Administration".to_owned());
    view! {
        <h1>"Administration"</h1>
        <Empty title="Only administrators see this.">
            <p>"Ask one of them to change your role, or to do what you came for."</p>
            <a class="button" href=route::works()>"Go to the works"</a>
        </Empty>
    }
}

#[component]
fn Navigation() -> impl IntoView {
    view! {
        <nav class="app-nav admin-nav" aria-label="Administration">
            <A href=route::users(None) exact=true>"Users"</A>
            <A href=route::tokens(None) exact=true>"API tokens"</A>
            <A href=route::audit(&[]) exact=true>"Audit log"</A>
        </nav>
    }
}
