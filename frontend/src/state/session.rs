//! Who is signed in.

use crate::api::{self, Error, Fetched};
use colophon_contract::{Role, Session};
use leptos::prelude::*;

/// Who is signed in, once that is known. Copy it into closures.
#[derive(Clone, Copy)]
pub struct SessionState {
    reply: Fetched<Session>,
}

impl SessionState {
    /// Asks the server, and makes the reply available to the whole app.
    pub fn provide() -> Self {
        Self::provide_by(api::session::get)
    }

    /// The same with another request, for tests.
    pub fn provide_by<F>(request: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<Session, Error>> + 'static,
    {
        let state = Self { reply: api::fetch(request) };
        provide_context(state);
        state
    }

    /// The session of the app.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Who is signed in; `None` while that is not known, and where nobody is.
    pub fn current(self) -> Signal<Option<Session>> {
        Signal::derive(move || self.reply.get().and_then(Result::ok))
    }

    /// The server's reply, for a page about it.
    pub fn fetched(self) -> Fetched<Session> {
        self.reply
    }

    /// The role of the user; `None` while it is not known, and where nobody is signed in.
    pub fn role(self) -> Memo<Option<Role>> {
        Memo::new(move |_| Some(self.reply.get()?.ok()?.role))
    }

    /// Whether the server's reply is still awaited.
    pub fn is_loading(self) -> bool {
        self.reply.get().is_none()
    }

    /// Whether the server has said that nobody is signed in.
    pub fn is_signed_out(self) -> Memo<bool> {
        Memo::new(move |_| matches!(self.reply.get(), Some(Err(error)) if error.is_signed_out()))
    }

    /// Whether the user may change works, prompts and texts, and start translations. Controls for what is not
    /// allowed are not shown.
    pub fn can_write(self) -> Signal<bool> {
        let role = self.role();
        Signal::derive(move || role.get() > Some(Role::Viewer))
    }

    /// Whether the user may manage users, tokens and providers.
    pub fn is_admin(self) -> Signal<bool> {
        let role = self.role();
        Signal::derive(move || role.get() == Some(Role::Admin))
    }

    /// Takes the session to be over: `error` is the refusal that said so.
    pub fn end(self, error: Error) {
        self.reply.set(Some(Err(error)));
    }

    /// Takes `session` to be the one that has just begun.
    pub fn begin(self, session: Session) {
        self.reply.set(Some(Ok(session)));
    }

    /// Asks the server again.
    pub fn refresh(self) {
        self.reply.refetch();
    }
}
