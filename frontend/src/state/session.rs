//! Who is signed in.

use crate::api;
use crate::ui::Remote;
use colophon_contract::{Role, Session};
use leptos::prelude::*;

/// Who is signed in, once that is known.
#[derive(Clone, Copy)]
pub struct SessionState {
    resource: Remote<Session>,
}

impl SessionState {
    /// Asks the server, and makes the answer available to the whole app.
    pub fn provide() -> Self {
        let state = Self { resource: Remote::new(api::session::get) };
        provide_context(state);
        state
    }

    /// The session of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Who is signed in; `None` while that is not known, or where nobody is.
    pub fn current(self) -> Signal<Option<Session>> {
        Signal::derive(move || self.resource.get().and_then(Result::ok))
    }

    /// The server's answer, for a page about it.
    pub fn remote(self) -> Remote<Session> {
        self.resource
    }

    /// What they may do; `None` while that is not known, or where nobody is signed in.
    pub fn role(self) -> Memo<Option<Role>> {
        Memo::new(move |_| Some(self.resource.get()?.ok()?.role))
    }

    /// Whether an answer is awaited.
    pub fn is_loading(self) -> bool {
        self.resource.get().is_none()
    }

    /// Whether they may change works, prompts and texts, and have them translated. What is not allowed is not shown.
    pub fn can_write(self) -> Signal<bool> {
        let role = self.role();
        Signal::derive(move || role.get() > Some(Role::Viewer))
    }

    /// Whether they may manage users, tokens and providers.
    pub fn is_admin(self) -> Signal<bool> {
        let role = self.role();
        Signal::derive(move || role.get() == Some(Role::Admin))
    }

    /// Takes nobody to be signed in until the server has said: it just refused somebody.
    pub fn forget(self) {
        self.resource.reload();
    }

    /// Asks again, after somebody signed in or out.
    pub fn refresh(self) {
        self.resource.refetch();
    }
}
