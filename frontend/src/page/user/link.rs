//! A one-time link, shown once.

use crate::ui::{Secret, Time};
use colophon_contract::PasswordLink;
use leptos::prelude::*;

/// Shows the link for `name`.
pub fn shown(name: String, link: PasswordLink) -> impl IntoView {
    // A server that does not know its own address leaves out the origin.
    let origin = if link.url.starts_with('/') {
        window().location().origin().unwrap_or_default()
    } else {
        String::new()
    };
    view! {
        <Secret label="One-time link" text=origin + &link.url>
            <p>
                "Give it to "<strong>{name}</strong>", in a way that nobody else reads: it sets the password. It works once, until "
                <Time at=link.expires_at />", and is not shown again."
            </p>
        </Secret>
    }
}
