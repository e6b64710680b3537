//! Who asks for something.

use colophon_contract::{Author, AuthorKind, Role, Session};

/// Somebody signed in, a token, or Colophon itself, with what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// As the author of what they do.
    pub author: Author,
    /// What they may do.
    pub role: Role,
}

impl Actor {
    /// Colophon itself, under a name such as `seed-prompts`.
    #[must_use]
    pub fn system(name: impl Into<String>) -> Self {
        Self { author: Author { kind: AuthorKind::System, id: None, name: name.into() }, role: Role::Admin }
    }
}

impl From<Actor> for Session {
    fn from(actor: Actor) -> Self {
        Self { author: actor.author, role: actor.role }
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
