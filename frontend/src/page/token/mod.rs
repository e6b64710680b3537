//! API tokens, for access by other services.

mod create;
mod revoke;

use crate::{
    api,
    page::title::use_title,
    route,
    ui::{
        Button, Empty, Load, MakeSecret, RelativeTime, Time,
        table::{cell, head, pager, table},
    },
};
use colophon_contract::{ApiToken, Page, TokenState};
use leptos::prelude::*;
use revoke::Revoke;

const LIMIT: u32 = 50;

const COLUMNS: &[&str] = &["Name", "May", "Owner", "Made", "Expires", "Last used", "State", ""];

/// The tokens, and the actions of administrators.
#[component]
pub fn TokensPage() -> impl IntoView {
    use_title(|| "API tokens".to_owned());
    let cursor = route::use_cursor();
    let tokens = api::fetch(move || api::token::list(cursor.get(), LIMIT));
    let on_change = Callback::new(move |()| tokens.refetch());
    let revoked = RwSignal::new(None::<ApiToken>);
    view! {
        <div class="page-head">
            <h1>"API tokens"</h1>
            <MakeSecret title="Make a token" form=create::form on_made=on_change />
        </div>
        <Load resource=tokens lines=8 page=true children=move |page| list(page, cursor, revoked) />
        <Revoke token=revoked on_change />
    }
}

fn list(
    page: Signal<Page<ApiToken>>,
    cursor: Memo<Option<String>>,
    revoked: RwSignal<Option<ApiToken>>,
) -> impl IntoView {
    let is_empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
    let content = move || {
        if is_empty.get() {
            view! {
                <Empty title="No tokens yet.">
                    <p>"By a token another service reads, writes or translates without anybody's password."</p>
                </Empty>
            }
            .into_any()
        } else {
            let rows = move || page.get().items.into_iter().map(|token| row(token, revoked)).collect_view();
            table("API tokens", COLUMNS, rows).into_any()
        }
    };
    let pages = move || {
        let next = page.with(|page| page.next_cursor.clone());
        pager(
            cursor.get().map(|_| (route::tokens(None), "← Newest tokens")),
            next.map(|cursor| (route::tokens(Some(&cursor)), "Older tokens →")),
        )
    };
    view! {
        {content}
        {pages}
    }
}

fn row(token: ApiToken, revoked: RwSignal<Option<ApiToken>>) -> impl IntoView {
    let when = |at: Option<colophon_contract::Timestamp>| match at {
        Some(at) => view! { <Time at /> }.into_any(),
        None => "Never".into_any(),
    };
    let last = match token.last_used_at.clone() {
        Some(at) => view! { <RelativeTime at /> }.into_any(),
        None => "Never".into_any(),
    };
    let owner = token.owner.clone().map_or_else(|| "The command line".to_owned(), |owner| owner.name);
    let (label, status) = state(token.state);
    let is_revoked = token.state == TokenState::Revoked;
    let name = format!(" {}", token.name);
    view! {
        <tr role="row">
            {head(token.name.clone())}
            {cell("May", may(&token))}
            {cell("Owner", owner)}
            {cell("Made", when(Some(token.created_at.clone())))}
            {cell("Expires", when(token.expires_at.clone()))}
            {cell("Last used", last)}
            {cell("State", view! { <span class=status>{label}</span> })}
            {cell("", (!is_revoked).then(|| view! {
                <Button class="small" on_click=move |()| revoked.set(Some(token.clone()))>
                    "Revoke…"
                    <span class="visually-hidden">{name}</span>
                </Button>
            }))}
        </tr>
    }
}

/// Shows the scopes, as `read, write`, and the work that the token is bound to.
fn may(token: &ApiToken) -> impl IntoView + use<> {
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let work = token.work_id.map(|id| {
        view! { <span class="only">"only "<a href=route::work(id)>{format!("work {id}")}</a></span> }
    });
    view! {
        {scopes.join(", ")}
        {work}
    }
}

fn state(state: TokenState) -> (&'static str, &'static str) {
    match state {
        TokenState::Active => ("Active", "status status-active"),
        TokenState::Expired => ("Expired", "status"),
        TokenState::Revoked => ("Revoked", "status"),
        TokenState::OwnerDisabled => ("Refused: its owner is disabled", "status"),
    }
}
