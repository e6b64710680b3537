//! The list of users.

mod invite;
mod link;
mod manage;

use crate::{
    api,
    page::title::use_title,
    route,
    ui::{
        Button, Load, MakeSecret, RelativeTime,
        select::{Choices, choices},
        table::{cell, head, pager, table},
    },
};
use colophon_contract::{Page, User, UserState};
use leptos::prelude::*;
use manage::Manage;

const LIMIT: u32 = 50;

/// The users, and the actions of administrators.
#[component]
pub fn UsersPage() -> impl IntoView {
    use_title(|| "Users".to_owned());
    let cursor = route::use_cursor();
    let users = api::fetch(move || api::user::list(cursor.get(), LIMIT));
    let on_change = Callback::new(move |()| users.refetch());
    let managed = RwSignal::new(None::<User>);
    view! {
        <div class="page-head">
            <h1>"Users"</h1>
            <MakeSecret title="Invite somebody" form=invite::form on_made=on_change />
        </div>
        <Load resource=users lines=8 page=true children=move |page| list(page, cursor, managed) />
        <Manage user=managed on_change />
    }
}

fn list(
    page: Signal<Page<User>>,
    cursor: Memo<Option<String>>,
    managed: RwSignal<Option<User>>,
) -> impl IntoView {
    let rows = move || page.get().items.into_iter().map(|user| row(user, managed)).collect_view();
    let pages = move || {
        let next = page.with(|page| page.next_cursor.clone());
        pager(
            cursor.get().map(|_| (route::users(None), "← First users")),
            next.map(|cursor| (route::users(Some(&cursor)), "Later users →")),
        )
    };
    view! {
        {table("Users", &["Name", "Role", "State", "Last sign-in", ""], rows)}
        {pages}
    }
}

fn row(user: User, managed: RwSignal<Option<User>>) -> impl IntoView {
    let last = match user.last_sign_in_at.clone() {
        Some(at) => view! { <RelativeTime at /> }.into_any(),
        None => "Never".into_any(),
    };
    let label = format!(" {}", user.name);
    let state = view! { <span class=format!("status status-{}", user.state.as_str())>{state(&user)}</span> };
    view! {
        <tr role="row">
            {head(user.name.clone())}
            {cell("Role", user.role.as_str())}
            {cell("State", state)}
            {cell("Last sign-in", last)}
            {cell("", view! {
                <Button class="small" on_click=move |()| managed.set(Some(user.clone()))>
                    "Manage"
                    <span class="visually-hidden">{label}</span>
                </Button>
            })}
        </tr>
    }
}

fn state(user: &User) -> &'static str {
    match user.state {
        UserState::Invited if user.link_expires_at.is_some() => "Invited",
        UserState::Invited => "Invited, the link cannot be used any more",
        UserState::Active => "Active",
        UserState::Disabled => "Disabled",
    }
}

/// Returns the roles with their permissions.
fn roles() -> Choices {
    choices([
        ("viewer", "Viewer: reads"),
        ("operator", "Operator: also writes works and prompts, and translates"),
        ("admin", "Administrator: also manages users, tokens and providers"),
    ])
}
