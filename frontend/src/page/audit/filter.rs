//! The filter of the audit log: a part of the address, so that it can be shared.

use crate::{
    api,
    page::work::WorkField,
    route::{self, AuditQuery},
    ui::{
        SelectField, TextField,
        guard::use_navigate,
        select::{Choices, choices},
    },
};
use colophon_contract::AuditAction;
use js_sys::Date;
use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::NavigateOptions;

/// The name of Colophon itself in the API and the address.
const SYSTEM: &str = "system";

/// Returns the parameters of the API's list for `query`.
pub fn parameters(query: AuditQuery) -> api::audit::Filter {
    let who = query.who.unwrap_or_default();
    let id = |kind: &str| who.strip_prefix(kind).map(str::to_owned);
    vec![
        ("actor_kind", (who == SYSTEM).then(|| who.clone())),
        ("user_id", id("user-")),
        ("token_id", id("token-")),
        ("action", query.action),
        ("work_id", query.work),
        ("from", query.from.and_then(|day| midnight(&day, 0))),
        ("to", query.to.and_then(|day| midnight(&day, 1))),
        ("cursor", query.cursor),
    ]
}

/// Returns the page's address with `query`.
pub fn address(query: AuditQuery) -> String {
    let AuditQuery { who, action, work, from, to, cursor } = query;
    route::audit(&[
        ("who", who),
        ("action", action),
        ("work", work),
        ("from", from),
        ("to", to),
        ("cursor", cursor),
    ])
}

/// Returns the moment at which the day begins in the viewer's time zone, or the day `days` later.
fn midnight(day: &str, days: u32) -> Option<String> {
    let date = Date::new(&format!("{day}T00:00:00").as_str().into());
    date.set_date(date.get_date() + days);
    if date.get_time().is_nan() { None } else { Some(date.to_iso_string().into()) }
}

/// The form that changes the filter in the page's address.
#[component]
pub fn FilterForm(
    /// The query of the page's address.
    query: Memo<AuditQuery>,
) -> impl IntoView {
    let field = |read: fn(&AuditQuery) -> &Option<String>| {
        let value = Memo::new(move |_| query.with(|query| read(query).clone()));
        let field = RwSignal::new(String::new());
        // The back button changes the address; the form follows.
        Effect::new(move |_| field.set(value.get().unwrap_or_default()));
        field
    };
    let who = field(|query| &query.who);
    let action = field(|query| &query.action);
    let work = field(|query| &query.work);
    let from = field(|query| &query.from);
    let to = field(|query| &query.to);
    let navigate = use_navigate();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let value = |field: RwSignal<String>| Some(field.get_untracked()).filter(|text| !text.is_empty());
        let query = AuditQuery {
            who: value(who),
            action: value(action),
            work: value(work),
            from: value(from),
            to: value(to),
            cursor: None,
        };
        navigate(&address(query), NavigateOptions::default());
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
}

fn people() -> Signal<Choices> {
    const LIMIT: u32 = 100;
    let users = api::fetch(|| api::user::list(None, LIMIT));
    let tokens = api::fetch(|| api::token::list(None, LIMIT));
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

/// Returns the name of an action in words: `sign_in_failed` as `Sign in failed`.
pub fn label(action: &str) -> String {
    let mut text = action.replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_labelled_as_a_sentence() {
        assert_eq!(label("sign_in_failed"), "Sign in failed");
        assert_eq!(label("edit"), "Edit");
        assert_eq!(label(""), "");
        assert_eq!(label("über_alles"), "über alles", "only ASCII is capitalised");
    }

    #[test]
    fn who_is_a_user_a_token_or_the_system() {
        let who = |who: &str| {
            let query = AuditQuery { who: Some(who.to_owned()), ..AuditQuery::default() };
            let given = parameters(query).into_iter().filter_map(|(name, value)| Some((name, value?)));
            given.collect::<Vec<_>>()
        };
        assert_eq!(who("user-7"), [("user_id", "7".to_owned())]);
        assert_eq!(who("token-2"), [("token_id", "2".to_owned())]);
        assert_eq!(who("system"), [("actor_kind", "system".to_owned())]);
        assert_eq!(who("nobody"), []);
    }

    #[test]
    fn the_address_has_the_whole_filter() {
        let some = |text: &str| Some(text.to_owned());
        let query = AuditQuery {
            who: some("user-7"),
            action: some("sign_in_failed"),
            work: some("3"),
            from: some("2026-11-22"),
            to: some("2026-11-23"),
            cursor: some("c"),
        };
        assert_eq!(
            address(query),
            "/audit?who=user-7&action=sign_in_failed&work=3&from=2026-11-22&to=2026-11-23&cursor=c"
        );
        assert_eq!(address(AuditQuery::default()), "/audit");
    }

    /// In the browser, because only it knows the viewer's time zone.
    #[cfg(target_arch = "wasm32")]
    mod browser {
        use super::*;
        use wasm_bindgen_test::wasm_bindgen_test;

        #[wasm_bindgen_test]
        fn a_day_begins_and_ends_at_midnight_of_the_viewer() {
            let time = |text: &str, days| Date::new(&midnight(text, days).expect("a day").as_str().into());
            let (from, to) = (time("2026-11-22", 0), time("2026-11-22", 1));
            assert_eq!((from.get_date(), from.get_hours(), from.get_minutes()), (22, 0, 0));
            assert_eq!((to.get_date(), to.get_hours(), to.get_minutes()), (23, 0, 0));
            assert_eq!(time("2026-12-31", 1).get_full_year(), 2027);
            assert_eq!(midnight("tomorrow", 0), None);
        }
    }
}
