//! The session of the signed-in user.

use crate::api::{self, Error, Fetched};
use colophon_contract::{Role, Session};
use leptos::prelude::*;

/// The session, once the server has replied. Copy it into closures.
#[derive(Clone, Copy)]
pub struct SessionState {
    reply: Fetched<Session>,
}

impl SessionState {
    /// Requests the session, and makes the reply available to the whole app.
    pub fn provide() -> Self {
        Self::provide_by(api::session::get)
    }

    /// As [`Self::provide`], with another request, for tests.
    pub fn provide_by<F>(request: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<Session, Error>> + 'static,
    {
        let state = Self { reply: api::fetch(request) };
        provide_context(state);
        state
    }

    /// Returns the session of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Returns the session; `None` while it is not known or if nobody is signed in.
    pub fn current(self) -> Signal<Option<Session>> {
        Signal::derive(move || self.reply.get().and_then(Result::ok))
    }

    /// Returns the server's reply, for a page about it.
    pub fn fetched(self) -> Fetched<Session> {
        self.reply
    }

    /// Returns the role of the user; `None` while it is not known or if nobody is signed in.
    pub fn role(self) -> Memo<Option<Role>> {
        Memo::new(move |_| Some(self.reply.get()?.ok()?.role))
    }

    /// Whether the server has not replied yet.
    pub fn is_loading(self) -> bool {
        self.reply.get().is_none()
    }

    /// Whether the server has replied that nobody is signed in.
    pub fn is_signed_out(self) -> Memo<bool> {
        Memo::new(move |_| matches!(self.reply.get(), Some(Err(error)) if error.is_signed_out()))
    }

    /// Whether the user may change works, prompts and texts, and start translations. Controls for forbidden
    /// actions are not shown.
    pub fn can_write(self) -> Signal<bool> {
        let role = self.role();
        Signal::derive(move || role.get() > Some(Role::Viewer))
    }

    /// Whether the user may manage users, tokens and providers.
    pub fn is_admin(self) -> Signal<bool> {
        let role = self.role();
        Signal::derive(move || role.get() == Some(Role::Admin))
    }

    /// Ends the session; `error` is the server's refusal.
    pub fn end(self, error: Error) {
        self.reply.set(Some(Err(error)));
    }

    /// Begins `session`.
    pub fn begin(self, session: Session) {
        self.reply.set(Some(Ok(session)));
    }

    /// Requests the session again.
    pub fn refresh(self) {
        self.reply.refetch();
    }
}
