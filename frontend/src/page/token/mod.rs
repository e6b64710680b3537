//! API tokens: how other services get in.

mod create;
mod revoke;

use crate::prelude::*;
use crate::{
    api,
    page::admin::admin_page,
    route,
    ui::{
        Button, Data, Empty, Load, MakeSecret, RelativeTime, Remote, Time,
        table::{cell, head, pager, table},
    },
};
use colophon_contract::{ApiToken, Page, TokenState};
use revoke::Revoke;

const LIMIT: u32 = 50;

/// The tokens, and what administrators can do about them.
#[component]
pub fn TokensPage() -> impl IntoView {
    admin_page("API tokens", tokens)
}

fn tokens() -> AnyView {
    let cursor = route::query_param("cursor");
    let tokens = Remote::new(move || api::token::list(cursor.get(), LIMIT));
    let on_change = Callback::new(move |()| tokens.refetch());
    let revoked = RwSignal::new(None::<ApiToken>);
    view! {
        <div class="page-head">
            <h1>"API tokens"</h1>
            <MakeSecret title="Make a token" form=create::form on_made=on_change />
        </div>
        <Load resource=tokens lines=8 children=move |page| list(page, cursor, revoked) />
        <Revoke token=revoked on_change />
    }
    .into_any()
}

fn list(
    page: Data<Page<ApiToken>>,
    cursor: Memo<Option<String>>,
    revoked: RwSignal<Option<ApiToken>>,
) -> AnyView {
    let is_empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
    let columns = &["Name", "May", "Owner", "Made", "Expires", "Last used", "State", ""];
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
            table("API tokens", columns, rows)
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
    .into_any()
}

fn row(token: ApiToken, revoked: RwSignal<Option<ApiToken>>) -> AnyView {
    let when = |at: Option<colophon_contract::Timestamp>| match at {
        Some(at) => view! { <Time at /> }.into_any(),
        None => "Never".into_child(),
    };
    let last = match token.last_used_at.clone() {
        Some(at) => view! { <RelativeTime at /> }.into_any(),
        None => "Never".into_child(),
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
    .into_any()
}

/// `read, write` and, where it is bound to one, the work.
fn may(token: &ApiToken) -> AnyView {
    let scopes: Vec<_> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    let work = token.work_id.map(|id| {
        view! { <span class="only">"only "<a href=route::work(id)>{format!("work {id}")}</a></span> }
    });
    view! {
        {scopes.join(", ")}
        {work}
    }
    .into_any()
}

fn state(state: TokenState) -> (&'static str, &'static str) {
    match state {
        TokenState::Active => ("Active", "status status-active"),
        TokenState::Expired => ("Expired", "status"),
        TokenState::Revoked => ("Revoked", "status"),
        TokenState::OwnerDisabled => ("Refused: its owner is disabled", "status"),
    }
}
