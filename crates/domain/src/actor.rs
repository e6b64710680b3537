//! Who asks for something, and from where.

use crate::stored::role_of;
use colophon_contract::{Author, AuthorKind, Role, Scope, Session, TokenGrant};

/// Somebody signed in, a token, or Colophon itself, with what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// As the author of what they do: of a token its name and its owner's.
    pub author: Author,
    /// What they may do; of a token what its owner may.
    pub role: Role,
    /// With a token: what of that it may do.
    pub token: Option<TokenGrant>,
    /// Where the request came from, for the audit log.
    pub from: Origin,
}

/// Where a request came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's network address; `None` for what the server or a command does.
    pub address: Option<String>,
    /// The request's id, as in the log.
    pub request_id: Option<String>,
}

impl Actor {
    /// Colophon itself, under a name such as `seed-prompts`.
    #[must_use]
    pub fn system(name: impl Into<String>) -> Self {
        Self {
            author: Author { kind: AuthorKind::System, id: None, name: name.into() },
            role: Role::Admin,
            token: None,
            from: Origin::default(),
        }
    }

    /// A user, by what a look-up found.
    pub(crate) fn user(id: i64, name: String, role: Role) -> Self {
        let author = Author { kind: AuthorKind::User, id: Some(id), name };
        Self { author, role, token: None, from: Origin::default() }
    }

    /// The same, asking from somewhere.
    #[must_use]
    pub fn asking_from(mut self, from: Origin) -> Self {
        self.from = from;
        self
    }

    /// Whether they may do what takes `role`, and by a token `scope`.
    #[must_use]
    pub fn may(&self, role: Role, scope: Scope) -> bool {
        self.role >= role && self.token.as_ref().is_none_or(|grant| grant.scopes.contains(&scope))
    }

    /// The only work that they may see; `None` for all.
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

/// As in the database.
pub(crate) fn kind_as_str(kind: AuthorKind) -> &'static str {
    match kind {
        AuthorKind::User => "user",
        AuthorKind::Token => "token",
        AuthorKind::System => "system",
    }
}

/// The inverse of [`kind_as_str`]; the database holds no other.
pub(crate) fn kind_of(text: &str) -> AuthorKind {
    match text {
        "user" => AuthorKind::User,
        "token" => AuthorKind::Token,
        _ => AuthorKind::System,
    }
}

/// An author from the three columns that hold one.
pub(crate) fn author_of(kind: &str, id: Option<i64>, name: String) -> Author {
    Author { kind: kind_of(kind), id, name }
}

/// A token, by what a look-up found: its name and its owner's make the author's.
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
