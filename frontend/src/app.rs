//! The frame around every page, and the routes.

use crate::{
    page, route,
    state::{
        page_change::{focus_main, follow_page_changes},
        session::SessionState,
        shortcut::{Shortcuts, use_shortcut},
        theme::Theme,
    },
    ui::{Dialog, Toaster, guard::UnsavedGuard, toast::provide_toasts},
};
use leptos::{prelude::*, web_sys};
use leptos_router::{
    components::{A, Outlet, ParentRoute, ProtectedParentRoute, Route, Router, Routes},
    hooks::use_url,
    path,
};

/// The whole app.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <Frame />
        </Router>
    }
}

#[component]
fn Frame() -> impl IntoView {
    provide_toasts();
    SessionState::provide();
    UnsavedGuard::provide();
    Shortcuts::provide();
    Theme::stored().apply();
    follow_page_changes();
    view! {
        <a class="skip" href="#main" rel="external" on:click=skip_to_main>"Skip to the content"</a>
        <Header />
        <main id="main" tabindex="-1"><Pages /></main>
        <p class="visually-hidden" role="status" id=page::title::ANNOUNCER></p>
        <Toaster />
    }
}

/// The routes. Signed-out users are redirected to the sign-in page, and back afterwards.
#[component]
fn Pages() -> impl IntoView {
    let is_signed_out = SessionState::expect().is_signed_out();
    let url = use_url();
    // The page loads before the server has replied: the server decides on access.
    let may_enter = move || Some(!is_signed_out.get());
    let sign_in = move || url.with_untracked(|url| route::sign_in(&route::address(url)));
    view! {
        <Routes fallback=page::not_found::NotFound>
            <Route path=path!("/sign-in") view=page::sign_in::SignInPage />
            <Route path=path!("/setup") view=page::setup::SetupPage />
            <Route path=path!("/password") view=page::password::PasswordPage />
            <ProtectedParentRoute path=path!("") view=Outlet condition=may_enter redirect_path=sign_in>
                <Route path=path!("/") view=page::works::WorksPage />
                <ParentRoute path=path!("/works") view=Outlet>
                    <Route path=path!("") view=page::works::WorksPage />
                    <ParentRoute path=path!(":work") view=Outlet>
                        <Route path=path!("") view=page::work::WorkPage />
                        <Route path=path!("history") view=page::history::HistoryPage />
                        <Route path=path!("history/:number") view=page::history::version::VersionPage />
                        <Route path=path!("compare") view=page::history::compare::ComparePage />
                        <Route path=path!("chapters/:chapter") view=page::chapter::ChapterPage />
                    </ParentRoute>
                </ParentRoute>
                <Route path=path!("/translations/:run") view=page::translation::TranslationPage />
                <Route path=path!("/account") view=page::account::AccountPage />
                <ParentRoute path=path!("") view=page::admin::AdminLayout>
                    <Route path=path!("/users") view=page::user::UsersPage />
                    <Route path=path!("/tokens") view=page::token::TokensPage />
                    <Route path=path!("/audit") view=page::audit::AuditPage />
                </ParentRoute>
            </ProtectedParentRoute>
        </Routes>
    }
}

/// Moves the focus without changing the address: the router would treat `#main` as a page.
fn skip_to_main(event: web_sys::MouseEvent) {
    event.prevent_default();
    focus_main();
}

#[component]
fn Header() -> impl IntoView {
    let session = SessionState::expect().current();
    let keys_open = RwSignal::new(false);
    use_shortcut("?", "Show the keys", move || keys_open.set(true));
    view! {
        <header class="app-head">
            <A href=route::works() exact=true attr:class="brand">
                <span class="brand-seal" aria-hidden="true">"奥"</span>
                "Colophon"
            </A>
            <nav class="app-nav" aria-label="Main">
                <A href=route::works() exact=true>"Works"</A>
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
                {move || session.get().map(|session| view! { <page::menu::AccountMenu session /> })}
            </div>
        </header>
        <Dialog title="Keys" open=keys_open>
            <Keys />
        </Dialog>
    }
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
                    view! { <option value=theme.as_str() selected=theme == stored>{theme.label()}</option> }
                })
                .collect_view()}
        </select>
    }
}

#[component]
fn Keys() -> impl IntoView {
    let shortcuts = Shortcuts::expect();
    let single = move || {
        shortcuts
            .list()
            .into_iter()
            .map(|s| view! { <div><dt><kbd>{s.key}</kbd></dt><dd>{s.label}</dd></div> })
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
}

/// Shows that the app has stopped: after a panic nothing on the page reacts any more.
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
