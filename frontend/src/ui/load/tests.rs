use super::*;
use crate::{
    api,
    test_support::{
        dom::{Mounted, mount_with, settle},
        server::Server,
    },
};
use colophon_contract::{Code, Problem};
use wasm_bindgen_test::wasm_bindgen_test;

/// A part of a page that shows a text from the server.
struct Fixture {
    page: Mounted,
    server: Server<String>,
    resource: Fetched<String>,
    session: SessionState,
    /// How often the content was created.
    made: RwSignal<u32>,
}

/// Mounts the fixture. `is_page` is the property `page` of [`Load`].
async fn load(is_page: bool) -> Fixture {
    let server = Server::new();
    let to = server.clone();
    let (page, (resource, session, made)) = mount_with(move || {
        let resource = api::fetch(move || to.request());
        let made = RwSignal::new(0);
        let content = move |text: Signal<String>| {
            made.update(|made| *made += 1);
            view! { <p class="content">{text}</p> }
        };
        let view = view! { <Load resource lines=3 page=is_page children=content /> };
        ((resource, SessionState::expect(), made), view)
    });
    settle().await;
    Fixture { page, server, resource, session, made }
}

impl Fixture {
    async fn reply(&self, text: &str) {
        self.server.reply(Ok(text.to_owned())).await;
    }

    /// Reloads, with `error` as the reply.
    async fn reload_and_fail(&self, error: Error) {
        self.resource.refetch();
        self.server.reply(Err(error)).await;
    }

    /// Presses "Try again".
    fn retry(&self) {
        self.page.click(".failure button");
    }

    /// Returns the visible parts in the order of the page.
    fn shown(&self) -> Vec<String> {
        let parts = self.page.texts(".skeleton, .failure-title, .content");
        parts.iter().map(|text| text.trim().to_owned()).collect()
    }
}

fn signed_out() -> Error {
    Error::Problem(Box::new(Problem::new(Code::Unauthenticated, "Nobody is signed in.")))
}

const FAILURE: &str = "No answer from the server";

#[wasm_bindgen_test]
async fn a_skeleton_is_shown_until_the_content_is_loaded() {
    let fixture = load(false).await;
    assert_eq!(fixture.shown(), ["Loading…"]);
    assert_eq!(fixture.page.count(".skeleton-line"), 3);
    fixture.reply("Night.").await;
    assert_eq!(fixture.shown(), ["Night."]);
}

#[wasm_bindgen_test]
async fn a_first_load_that_fails_shows_the_failure_and_a_retry_the_content() {
    let fixture = load(false).await;
    fixture.server.reply(Err(Error::Network)).await;
    assert_eq!(fixture.shown(), [FAILURE]);
    fixture.retry();
    fixture.server.reply(Err(Error::Network)).await;
    assert_eq!(fixture.shown(), [FAILURE], "a retry may fail too");
    fixture.retry();
    fixture.reply("Night.").await;
    assert_eq!(fixture.shown(), ["Night."]);
}

#[wasm_bindgen_test]
async fn a_reload_keeps_the_content_until_the_reply_and_changes_only_its_data() {
    let fixture = load(false).await;
    fixture.reply("Night.").await;
    fixture.resource.refetch();
    settle().await;
    assert_eq!(fixture.shown(), ["Night."]);
    fixture.reply("Day.").await;
    assert_eq!(fixture.shown(), ["Day."]);
    assert_eq!(fixture.made.get_untracked(), 1, "the content itself stays");
}

#[wasm_bindgen_test]
async fn a_reload_that_fails_keeps_the_content_below_the_failure() {
    let fixture = load(false).await;
    fixture.reply("Night.").await;
    fixture.reload_and_fail(Error::Network).await;
    assert_eq!(fixture.shown(), [FAILURE, "Night."]);
    fixture.retry();
    fixture.reply("Day.").await;
    assert_eq!(fixture.shown(), ["Day."]);
    assert_eq!(fixture.made.get_untracked(), 1);
}

#[wasm_bindgen_test]
async fn a_page_that_needs_a_session_ends_it_and_shows_nothing() {
    let fixture = load(true).await;
    fixture.server.reply(Err(signed_out())).await;
    assert!(fixture.session.is_signed_out().get_untracked(), "the routes lead to the sign-in page");
    assert!(fixture.shown().is_empty());
}

#[wasm_bindgen_test]
async fn a_page_whose_session_ends_later_keeps_its_content() {
    let fixture = load(true).await;
    fixture.reply("Night.").await;
    fixture.reload_and_fail(signed_out()).await;
    assert!(!fixture.session.is_signed_out().get_untracked());
    assert_eq!(fixture.shown().last().map(String::as_str), Some("Night."));
    assert_eq!(fixture.page.count(".failure"), 1);
}

#[wasm_bindgen_test]
async fn a_part_of_a_page_leaves_the_session_alone() {
    let fixture = load(false).await;
    fixture.server.reply(Err(signed_out())).await;
    assert!(!fixture.session.is_signed_out().get_untracked());
    assert_eq!(fixture.page.count(".failure"), 1);
}
