//! What the pages for administrators have in common.

use crate::prelude::*;
use crate::{
    page::title::use_title,
    route::{self, Place},
    state::session::SessionState,
    ui::{Empty, Skeleton},
};
use colophon_contract::Role;

/// What is known of whoever looks at the page.
#[derive(Clone, Copy, PartialEq)]
enum Standing {
    Unknown,
    Refused,
    Admitted,
}

/// A page for administrators: `content`, or for others why it is not there.
pub fn admin_page(title: &'static str, content: fn() -> AnyView) -> AnyView {
    use_title(move || title.to_owned());
    let session = SessionState::expect();
    let role = session.role();
    let standing = Memo::new(move |_| match role.get() {
        Some(role) if role < Role::Admin => Standing::Refused,
        None if session.is_loading() => Standing::Unknown,
        // Whoever is not signed in is sent to do so by what the page loads.
        _ => Standing::Admitted,
    });
    (move || match standing.get() {
        Standing::Unknown => view! { <Skeleton lines=8 /> }.into_any(),
        Standing::Refused => view! {
            <h1>{title}</h1>
            <Empty title="Only administrators see this.">
                <p>"Ask one of them to change your role, or to do what you came for."</p>
                <a class="button" href=route::works()>"Go to the works"</a>
            </Empty>
        }
        .into_any(),
        Standing::Admitted => view! {
            {nav()}
            {content()}
        }
        .into_any(),
    })
    .into_child()
}

fn nav() -> AnyView {
    let place = route::place().get_untracked();
    let links = [
        (Place::Users, route::users(None), "Users"),
        (Place::Tokens, route::tokens(None), "API tokens"),
        (Place::Audit, route::audit(&[]), "Audit log"),
    ];
    let links = links.map(|(other, href, name)| {
        view! { <a href=href aria-current=(other == place).then_some("page")>{name}</a> }.into_any()
    });
    view! { <nav class="app-nav admin-nav" aria-label="Administration">{Vec::from(links)}</nav> }.into_any()
}
