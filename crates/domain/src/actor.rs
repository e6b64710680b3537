//! The actor of a request, and where the request came from.

use crate::stored::role_of;
use colophon_contract::{Author, AuthorKind, Role, Scope, Session, TokenGrant};

/// A signed-in user, a token or Colophon itself, with its permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The author of the actor's changes. For a token its name contains the owner's.
    pub author: Author,
    /// The actor's role; for a token its owner's.
    pub role: Role,
    /// For a token: which of the role's permissions it has.
    pub token: Option<TokenGrant>,
    /// Where the request came from, for the audit log.
    pub from: Origin,
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's network address; `None` for actions of the server or a command.
    pub address: Option<String>,
    /// The request's id, as in the log.
    pub request_id: Option<String>,
}

impl Actor {
    /// Returns the actor for Colophon itself, under a name such as `seed-prompts`.
    #[must_use]
    pub fn system(name: impl Into<String>) -> Self {
        Self {
            author: Author { kind: AuthorKind::System, id: None, name: name.into() },
            role: Role::Admin,
            token: None,
            from: Origin::default(),
        }
    }

    /// Returns the actor for a user.
    pub(crate) fn user(id: i64, name: String, role: Role) -> Self {
        let author = Author { kind: AuthorKind::User, id: Some(id), name };
        Self { author, role, token: None, from: Origin::default() }
    }

    /// Sets where the request came from.
    #[must_use]
    pub fn asking_from(mut self, from: Origin) -> Self {
        self.from = from;
        self
    }

    /// Returns whether the actor has `role` or a higher one and, if it is a token, `scope`.
    #[must_use]
    pub fn may(&self, role: Role, scope: Scope) -> bool {
        self.role >= role && self.token.as_ref().is_none_or(|grant| grant.scopes.contains(&scope))
    }

    /// Returns the only work that the actor may access; `None` for all.
    #[must_use]
    pub fn bound_to(&self) -> Option<i64> {
        self.token.as_ref().and_then(|grant| grant.work_id)
    }
}

impl From<Actor> for Session {
    fn from(actor: Actor) -> Self {
        Self { author: actor.author, role: actor.role, token: actor.token }
    }
}

/// Returns the kind as the database stores it.
pub(crate) fn kind_as_str(kind: AuthorKind) -> &'static str {
    match kind {
        AuthorKind::User => "user",
        AuthorKind::Token => "token",
        AuthorKind::System => "system",
    }
}

/// The inverse of [`kind_as_str`]; the database stores no other values.
pub(crate) fn kind_of(text: &str) -> AuthorKind {
    match text {
        "user" => AuthorKind::User,
        "token" => AuthorKind::Token,
        _ => AuthorKind::System,
    }
}

/// Returns an author from its three columns.
pub(crate) fn author_of(kind: &str, id: Option<i64>, name: String) -> Author {
    Author { kind: kind_of(kind), id, name }
}

/// Returns the actor for a token; the author's name is made of the token's and its owner's.
pub(crate) fn of_token(
    (id, name): (i64, String),
    owner: Option<(String, String)>,
    grant: TokenGrant,
) -> crate::Result<Actor> {
    let (name, role) = match owner {
        Some((owner, role)) => (format!("{name} ({owner})"), role_of(&role)?),
        None => (name, Role::Operator),
    };
    let author = Author { kind: AuthorKind::Token, id: Some(id), name };
    Ok(Actor { author, role, token: Some(grant), from: Origin::default() })
}
