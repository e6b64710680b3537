//! Which entries of the log are wanted: a part of the address, so that it can be shared.

use crate::prelude::*;
use crate::router::{NavigateOptions, use_navigate};
use crate::{
    api,
    page::work::WorkField,
    route,
    ui::{
        Remote, SelectField, TextField,
        select::{Choices, choices},
    },
};
use colophon_contract::AuditAction;
use js_sys::Date;

/// Colophon itself, as the API and the address have it.
const SYSTEM: &str = "system";

/// What the address asks for. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// `user-1`, `token-2`, `system`.
    who: Memo<Option<String>>,
    action: Memo<Option<String>>,
    work: Memo<Option<String>>,
    /// `2026-11-23`, in the viewer's zone, both days included.
    from: Memo<Option<String>>,
    to: Memo<Option<String>>,
}

impl Wanted {
    /// As the address has it.
    pub fn read() -> Self {
        let [who, action, work, from, to] = ["who", "action", "work", "from", "to"].map(route::query_param);
        Self { who, action, work, from, to }
    }

    /// The same for the API.
    pub fn filter(self) -> api::audit::Filter {
        let who = self.who.get().unwrap_or_default();
        let id = |kind: &str| who.strip_prefix(kind).map(str::to_owned);
        let system = Some(who.clone()).filter(|who| *who == SYSTEM);
        vec![
            ("actor_kind", system),
            ("user_id", id("user-")),
            ("token_id", id("token-")),
            ("action", self.action.get()),
            ("work_id", self.work.get()),
            ("from", self.from.get().and_then(|day| midnight(&day, 0))),
            ("to", self.to.get().and_then(|day| midnight(&day, 1))),
        ]
    }

    fn parts(self) -> [(&'static str, Memo<Option<String>>); 5] {
        [
            ("who", self.who),
            ("action", self.action),
            ("work", self.work),
            ("from", self.from),
            ("to", self.to),
        ]
    }

    /// The page of the same filter from `cursor` on.
    pub fn address(self, cursor: Option<String>) -> String {
        let values = self.parts().map(|(name, value)| (name, value.get()));
        let mut pairs: Vec<_> =
            values.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
        if let Some(cursor) = &cursor {
            pairs.push(("cursor", cursor));
        }
        route::audit(&pairs)
    }
}

/// The moment at which that day begins here, or one `days` later.
fn midnight(day: &str, days: u32) -> Option<String> {
    let date = Date::new(&format!("{day}T00:00:00").as_str().into());
    date.set_date(date.get_date() + days);
    if date.get_time().is_nan() { None } else { Some(date.to_iso_string().into()) }
}

/// Asks for less of the log.
#[component]
pub fn FilterForm(wanted: Wanted) -> impl IntoView {
    let fields = wanted.parts().map(|(name, value)| {
        let field = RwSignal::new(String::new());
        // The back button changes the address, and the form with it.
        Effect::new(move |_| field.set(value.get().unwrap_or_default()));
        (name, field)
    });
    let [(_, who), (_, action), (_, work), (_, from), (_, to)] = fields;
    let navigate = use_navigate();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let values = fields.map(|(name, field)| (name, field.get_untracked()));
        let pairs: Vec<_> = values
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (*name, &**value))
            .collect();
        navigate(&route::audit(&pairs), NavigateOptions::default());
    };
    let clear = route::audit(&[]);
    view! {
        <form class="filters" role="search" aria-label="Filter the log" on:submit=submit novalidate=true>
            <SelectField label="Who" value=who choices=people() />
            <SelectField label="What" value=action choices=actions() />
            <WorkField label="Work" value=work />
            <TextField label="From" kind="date" value=from />
            <TextField label="To" kind="date" value=to />
            <div class="actions">
                <button class="button" type="submit">"Filter"</button>
                <a class="button quiet" href=clear>"Clear"</a>
            </div>
        </form>
    }
    .into_any()
}

fn people() -> Signal<Choices> {
    const LIMIT: u32 = 100;
    let users = Remote::new(|| api::user::list(None, LIMIT));
    let tokens = Remote::new(|| api::token::list(None, LIMIT));
    Signal::derive(move || {
        let mut list = choices([("", "Everybody"), (SYSTEM, "Colophon itself")]);
        if let Some(Ok(page)) = users.get() {
            list.extend(page.items.into_iter().map(|user| (format!("user-{}", user.id), user.name)));
        }
        if let Some(Ok(page)) = tokens.get() {
            let label = |name| format!("{name} (token)");
            list.extend(
                page.items.into_iter().map(|token| (format!("token-{}", token.id), label(token.name))),
            );
        }
        list
    })
}

fn actions() -> Signal<Choices> {
    let mut list = choices([("", "Everything")]);
    list.extend(AuditAction::ALL.iter().map(|action| (action.as_str().to_owned(), label(action.as_str()))));
    Signal::stored(list)
}

/// `sign_in_failed` as `Sign in failed`.
pub fn label(action: &str) -> String {
    let mut text = action.replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}
