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

    /// Whether they may change anything. True while it is not known: the server has the last word.
    pub fn can_write(self) -> Signal<bool> {
        Signal::derive(move || self.current().get().is_none_or(|session| session.role > Role::Viewer))
    }

    /// Asks again, after somebody signed in or out.
    pub fn refresh(self) {
        self.resource.refetch();
    }
}
