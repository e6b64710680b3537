//! The frame around every page: addresses, header, messages, keys.

use crate::prelude::*;
use crate::{
    page::{self, not_found::NotFound},
    route::{self, Place},
    router::Router,
    state::{
        session::SessionState,
        shortcut::{Shortcuts, use_shortcut},
        theme::Theme,
    },
    ui::{Dialog, Toaster, toast::provide_toasts},
};
use leptos::web_sys;

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    provide_toasts();
    SessionState::provide();
    Shortcuts::provide();
    Theme::stored().apply();
    Router::provide();
    let place = route::place();
    view! {
        <a class="skip" href="#main" rel="external" on:click=skip_to_main>"Skip to the content"</a>
        <Header place />
        <main id="main" tabindex="-1">{move || page_at(place.get())}</main>
        <p class="visually-hidden" role="status" id=page::title::ANNOUNCER></p>
        <Toaster />
    }
    .into_any()
}

fn page_at(place: Place) -> AnyView {
    match place {
        Place::Works => view! { <page::works::WorksPage /> }.into_any(),
        Place::Work => view! { <page::work::WorkPage /> }.into_any(),
        Place::History => view! { <page::history::HistoryPage /> }.into_any(),
        Place::Version => view! { <page::history::version::VersionPage /> }.into_any(),
        Place::Compare => view! { <page::history::compare::ComparePage /> }.into_any(),
        Place::Chapter => view! { <page::chapter::ChapterPage /> }.into_any(),
        Place::Translation => view! { <page::translation::TranslationPage /> }.into_any(),
        Place::SignIn => view! { <page::sign_in::SignInPage /> }.into_any(),
        Place::Setup => view! { <page::setup::SetupPage /> }.into_any(),
        Place::Password => view! { <page::password::PasswordPage /> }.into_any(),
        Place::Account => view! { <page::account::AccountPage /> }.into_any(),
        Place::Users => view! { <page::user::UsersPage /> }.into_any(),
        Place::Tokens => view! { <page::token::TokensPage /> }.into_any(),
        Place::Audit => view! { <page::audit::AuditPage /> }.into_any(),
        Place::Nowhere => view! { <NotFound /> }.into_any(),
    }
}

/// Moves the focus without the address: the router would take `#main` for a page of its own.
fn skip_to_main(event: web_sys::MouseEvent) {
    event.prevent_default();
    focus_main();
}

fn focus_main() {
    if let Ok(Some(main)) = document().query_selector("main") {
        let _ = wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(main).focus();
    }
}

#[component]
fn Header(place: Memo<Place>) -> impl IntoView {
    let session = SessionState::expect().current();
    let keys_open = RwSignal::new(false);
    let path = Router::expect().path();
    let is_start = move || (place.get() == Place::Works).then_some("page");
    // The keyboard follows to the new page, as it would if the browser had loaded it.
    Effect::new(move |last: Option<String>| {
        let now = path.get();
        if last.is_some_and(|last| last != now) {
            focus_main();
        }
        now
    });
    use_shortcut("?", "Show the keys", move || keys_open.set(true));
    view! {
        <header class="app-head">
            <a href="/" class="brand" aria-current=is_start>
                <span class="brand-seal" aria-hidden="true">"奥"</span>
                "Colophon"
            </a>
            <nav class="app-nav" aria-label="Main">
                <a href="/" aria-current=is_start>"Works"</a>
                <a href="/swagger-ui/" rel="external">"API"</a>
            </nav>
            <div class="app-tools">
                <ThemeChoice />
                <button
                    type="button"
                    class="button quiet"
                    aria-label="Keyboard shortcuts"
                    title="Keyboard shortcuts (?)"
                    on:click=move |_| keys_open.set(true)
                >
                    "?"
                </button>
                {move || session.get().map(|session| view! { <page::menu::AccountMenu session /> }.into_any())}
            </div>
        </header>
        <Dialog title="Keys" open=keys_open>
            <Keys />
        </Dialog>
    }
    .into_any()
}

#[component]
fn ThemeChoice() -> impl IntoView {
    let stored = Theme::stored();
    view! {
        <select
            class="theme"
            aria-label="Colours"
            on:change:target=move |event| {
                if let Some(theme) = Theme::find(&event.target().value()) {
                    theme.apply();
                }
            }
        >
            {Theme::ALL
                .into_iter()
                .map(|theme| {
                    view! { <option value=theme.as_str() selected=theme == stored>{theme.label()}</option> }.into_any()
                })
                .collect_view()}
        </select>
    }
    .into_any()
}

#[component]
fn Keys() -> impl IntoView {
    let shortcuts = Shortcuts::expect();
    let single = move || {
        shortcuts
            .list()
            .into_iter()
            .map(|s| view! { <div><dt><kbd>{s.key}</kbd></dt><dd>{s.label}</dd></div> }.into_any())
            .collect_view()
    };
    view! {
        <dl class="keys">
            {single}
            <div><dt><kbd>"Ctrl"</kbd>" or "<kbd>"⌘"</kbd>" + "<kbd>"Enter"</kbd></dt><dd>"Save, in a form"</dd></div>
            <div><dt><kbd>"Esc"</kbd></dt><dd>"Close a dialog or a list"</dd></div>
        </dl>
        <label class="check">
            <input
                type="checkbox"
                prop:checked=shortcuts.enabled()
                on:change:target=move |event| shortcuts.set_enabled(event.target().checked())
            />
            "Single keys work (never while typing)"
        </label>
    }
    .into_any()
}

/// Says on the page that the app has stopped: after a panic nothing on it reacts any more.
pub fn show_crash(message: &str) {
    web_sys::console::error_1(&message.into());
    let document = document();
    let (Some(body), Ok(bar)) = (document.body(), document.create_element("div")) else { return };
    let _ = bar.set_attribute("role", "alert");
    bar.set_class_name("crash");
    bar.set_inner_html(
        "<p><strong>This page has stopped working.</strong> What was saved is kept. \
         Copy what you typed, then <a href=\"\">reload the page</a>.</p>",
    );
    let _ = body.prepend_with_node_1(&bar);
}
