//! The menu of the signed-in user in the header.

use crate::{page::sign_in::sign_out, route, ui::failed};
use colophon_contract::{Role, Session};
use leptos::{ev, html, prelude::*};
use leptos_router::{components::A, hooks::use_url};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

/// The user's name, and behind it the account, the administrators' pages, and a button to sign out.
#[component]
pub fn AccountMenu(session: Session) -> impl IntoView {
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let url = use_url();
    Effect::new(move |_| {
        url.track();
        open.set(false);
    });
    // A click or the focus elsewhere closes it.
    let leave = move |event: &Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.closest(".account-menu").ok().flatten().is_none()) {
            open.set(false);
        }
    };
    let click = window_event_listener(ev::click, move |event| leave(&event));
    let focus = window_event_listener(ev::focusin, move |event| leave(&event));
    on_cleanup(move || {
        click.remove();
        focus.remove();
    });
    let escape = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            open.set(false);
            if let Some(button) = button.get_untracked() {
                let _ = button.focus();
            }
        }
    };
    let (request, ask) = sign_out();
    let is_admin = session.role == Role::Admin;
    let link = |href: String, name: &'static str| view! { <li><A href=href exact=true>{name}</A></li> };
    let administration = is_admin.then(|| {
        vec![
            link(route::users(None), "Users"),
            link(route::tokens(None), "API tokens"),
            link(route::audit(&[]), "Audit log"),
        ]
    });
    view! {
        <div class="account-menu" on:keydown=escape>
            <button
                type="button"
                class="button quiet account"
                node_ref=button
                aria-expanded=move || if open.get() { "true" } else { "false" }
                aria-controls="account-menu"
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <span class="visually-hidden">"Account of "</span>
                <span class="account-name">{session.author.name}</span>
                <span aria-hidden="true">"▾"</span>
            </button>
            <div id="account-menu" class="menu" hidden=move || !open.get()>
                <p class="hint">{format!("Role: {}", session.role.as_str())}</p>
                <ul>
                    {link(route::account(), "Account")}
                    {administration}
                    <li><button type="button" class="menu-action" on:click=move |_| ask()>"Sign out"</button></li>
                </ul>
                {failed(request.error())}
            </div>
        </div>
    }
}
