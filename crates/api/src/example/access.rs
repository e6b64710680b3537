//! Examples of users, tokens and the audit log.

use super::{author, page, time, value};
use colophon_contract::*;
use serde_json::Value;

const LATER: &str = "2026-11-25T15:43:48.000001Z";

/// Returns the example of a schema, by its name.
pub(super) fn of_schema(name: &str) -> Option<Value> {
    match name {
        "User" => value(user()),
        "Page_User" => page(user()),
        "CreateUser" => value(CreateUser { name: "kenji".into(), role: Role::Operator }),
        "UpdateUser" => value(UpdateUser { role: Some(Role::Viewer), disabled: None }),
        "InvitedUser" => value(InvitedUser {
            user: User {
                id: 2,
                name: "kenji".into(),
                role: Role::Operator,
                state: UserState::Invited,
                last_sign_in_at: None,
                link_expires_at: Some(Timestamp(LATER.into())),
                ..user()
            },
            link: link(),
        }),
        "PasswordLink" => value(link()),
        "SetPassword" => {
            value(SetPassword { token: "from-the-link".into(), password: "correct horse battery".into() })
        }
        "ChangePassword" => value(ChangePassword {
            current_password: "correct horse battery".into(),
            password: "another horse battery".into(),
        }),
        "Page_ApiToken" => page(token()),
        "CreateToken" => value(CreateToken {
            name: "nightly import".into(),
            scopes: vec![Scope::Read, Scope::Write],
            work_id: None,
            expires_in_days: Some(90),
        }),
        "CreatedToken" => value(CreatedToken {
            token: token(),
            secret: "clp_shown-this-once-and-nowhere-else-so-keep-it".into(),
        }),
        "Page_AuditEntry" => page(AuditEntry {
            id: 7,
            at: time(),
            actor: Some(author()),
            address: Some("192.0.2.7".into()),
            request_id: Some("0b0f6c7e-6b3a-4a3e-9a55-6f0f6a1d2c3b".into()),
            action: AuditAction::VersionAppended.as_str().into(),
            work_id: Some(1),
            subject: AuditSubject {
                kind: SubjectKind::Prompt.as_str().into(),
                id: Some(1),
                name: Some("House style".into()),
            },
            before_id: Some(1),
            after_id: Some(2),
            detail: None,
        }),
        _ => None,
    }
}

fn user() -> User {
    User {
        id: 1,
        name: "mika".into(),
        role: Role::Admin,
        state: UserState::Active,
        created_at: time(),
        last_sign_in_at: Some(time()),
        disabled_at: None,
        link_expires_at: None,
    }
}

fn link() -> PasswordLink {
    PasswordLink {
        url: "https://colophon.example/password#token=shown-this-once".into(),
        expires_at: Timestamp(LATER.into()),
    }
}

fn token() -> ApiToken {
    ApiToken {
        id: 1,
        name: "nightly import".into(),
        scopes: vec![Scope::Read, Scope::Write],
        work_id: None,
        owner: Some(author()),
        state: TokenState::Active,
        created_at: time(),
        expires_at: None,
        last_used_at: Some(time()),
        revoked_at: None,
    }
}
