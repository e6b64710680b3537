//! The frame around every page: addresses, header, messages, keys.

use crate::{
    api,
    page::{self, not_found::NotFound},
    route,
    state::{
        Mutation,
        session::SessionState,
        shortcut::{Shortcuts, use_shortcut},
        theme::Theme,
    },
    ui::{Dialog, Toaster, toast::provide_toasts},
};
use colophon_contract::Session;
use leptos::{prelude::*, web_sys};
use leptos_router::{
    components::{A, FlatRoutes, Route, Router},
    hooks::{use_location, use_navigate},
    path,
};

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    provide_toasts();
    SessionState::provide();
    Shortcuts::provide();
    Theme::stored().apply();
    view! {
        <Router>
            <a class="skip" href="#main" rel="external" on:click=skip_to_main>"Skip to the content"</a>
            <Header />
            <main id="main" tabindex="-1">
                <FlatRoutes fallback=|| view! { <NotFound /> }.into_any()>
                    <Route path=path!("/") view=|| page::works::WorksPage().into_any() />
                    <Route path=path!("/works/:work") view=|| page::work::WorkPage().into_any() />
                    <Route path=path!("/works/:work/history") view=|| page::history::HistoryPage().into_any() />
                    <Route
                        path=path!("/works/:work/history/:number")
                        view=|| page::history::version::VersionPage().into_any()
                    />
                    <Route
                        path=path!("/works/:work/compare")
                        view=|| page::history::compare::ComparePage().into_any()
                    />
                    <Route
                        path=path!("/works/:work/chapters/:chapter")
                        view=|| page::chapter::ChapterPage().into_any()
                    />
                    <Route path=path!("/translations/:run") view=|| page::translation::TranslationPage().into_any() />
                    <Route path=path!("/sign-in") view=|| page::sign_in::SignInPage().into_any() />
                    <Route path=path!("/setup") view=|| page::setup::SetupPage().into_any() />
                </FlatRoutes>
            </main>
            <p class="visually-hidden" role="status" id=page::title::ANNOUNCER></p>
            <Toaster />
        </Router>
    }.into_any()
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
fn Header() -> impl IntoView {
    let session = SessionState::expect().current();
    let keys_open = RwSignal::new(false);
    let path = use_location().pathname;
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
            <A href="/" attr:class="brand">
                <span class="brand-seal" aria-hidden="true">"奥"</span>
                "Colophon"
            </A>
            <nav class="app-nav" aria-label="Main">
                <A href="/" exact=true>"Works"</A>
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
                {move || session.get().map(|session| view! { <Account session /> }.into_any())}
            </div>
        </header>
        <Dialog title="Keys" open=keys_open>
            <Keys />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Account(session: Session) -> impl IntoView {
    let sign_out = Mutation::new();
    let state = SessionState::expect();
    let navigate = use_navigate();
    let here = use_location();
    let on_click = move |_| {
        let (navigate, next) = (navigate.clone(), here.pathname.get_untracked());
        sign_out.run(api::session::delete(), move |()| {
            state.refresh();
            navigate(&route::sign_in(&next), Default::default());
        });
    };
    view! {
        <span class="account" title=format!("Role: {}", session.role.as_str())>{session.author.name}</span>
        <button type="button" class="button quiet" on:click=on_click>"Sign out"</button>
        {move || sign_out.error().get().map(|error| view! { <span role="alert">{error.title()}</span> }.into_any())}
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
        let list = shortcuts.list().get();
        list.into_iter()
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
