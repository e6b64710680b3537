use super::*;
use crate::test_support::{
    dom::{Mounted, mount_with, settle},
    server::Server,
};
use std::cell::RefCell;
use wasm_bindgen_test::wasm_bindgen_test;

/// Inputs from this value on are typed: they are requested after a wait.
const TYPED: i32 = 100;
const TYPED_MS: u32 = 30;

struct Fixture {
    page: Option<Mounted>,
    input: RwSignal<Option<i32>>,
    latest: Latest<i32, &'static str>,
    server: Server<&'static str>,
    /// The input of each request.
    sent: Rc<RefCell<Vec<i32>>>,
}

impl Fixture {
    fn new() -> Self {
        let server = Server::new();
        let sent = Rc::new(RefCell::new(Vec::new()));
        let (to, requests) = (server.clone(), sent.clone());
        let (page, (input, latest)) = mount_with(move || {
            let input = RwSignal::new(Some(1));
            let request = move |input| {
                requests.borrow_mut().push(input);
                to.request()
            };
            let wait = |_: &i32, new: &i32| if *new < TYPED { 0 } else { TYPED_MS };
            ((input, Latest::new(input.into(), wait, request)), ())
        });
        Self { page: Some(page), input, latest, server, sent }
    }

    /// Returns a fixture with a reply to the first input.
    async fn loaded() -> Self {
        let fixture = Self::new();
        fixture.latest.ask();
        fixture.server.reply(Ok("one")).await;
        assert_eq!(fixture.shown(), (Some("one"), true));
        fixture
    }

    async fn choose(&self, input: impl Into<Option<i32>>) {
        self.input.set(input.into());
        settle().await;
    }

    /// Returns the value, and whether it belongs to the current input.
    fn shown(&self) -> (Option<&'static str>, bool) {
        untrack(|| (self.latest.value().map(|value| *value), self.latest.is_settled()))
    }

    fn sent(&self) -> Vec<i32> {
        self.sent.borrow().clone()
    }
}

#[wasm_bindgen_test]
async fn nothing_is_requested_before_somebody_asks() {
    let fixture = Fixture::new();
    settle().await;
    assert!(fixture.sent().is_empty());
    fixture.latest.ask();
    fixture.latest.ask();
    fixture.server.reply(Ok("one")).await;
    assert_eq!(fixture.shown(), (Some("one"), true));
    assert_eq!(fixture.sent(), [1], "asking twice is one request");
}

#[wasm_bindgen_test]
async fn the_old_value_stays_until_the_new_one_is_there() {
    let fixture = Fixture::loaded().await;
    fixture.choose(2).await;
    assert_eq!(fixture.shown(), (Some("one"), false));
    fixture.server.reply(Ok("two")).await;
    assert_eq!(fixture.shown(), (Some("two"), true));
    assert_eq!(fixture.sent(), [1, 2]);
}

#[wasm_bindgen_test]
async fn of_many_changes_only_the_last_is_requested_after_the_one_that_is_under_way() {
    let fixture = Fixture::loaded().await;
    for input in [2, 3, 4] {
        fixture.choose(input).await;
    }
    assert_eq!((fixture.sent(), fixture.server.waiting()), (vec![1, 2], 1));
    fixture.server.reply(Ok("two")).await;
    assert!(!fixture.shown().1, "that is the reply to an older input");
    fixture.server.reply(Ok("four")).await;
    assert_eq!(fixture.shown(), (Some("four"), true));
    assert_eq!(fixture.sent(), [1, 2, 4]);
}

#[wasm_bindgen_test]
async fn a_change_back_to_what_is_under_way_requests_nothing_more() {
    let fixture = Fixture::loaded().await;
    for input in [2, 3, 2] {
        fixture.choose(input).await;
    }
    fixture.server.reply(Ok("two")).await;
    assert_eq!((fixture.shown(), fixture.sent()), ((Some("two"), true), vec![1, 2]));
}

#[wasm_bindgen_test]
async fn what_is_typed_is_requested_once_it_rests() {
    let fixture = Fixture::loaded().await;
    for input in [TYPED, TYPED + 1, TYPED + 2] {
        fixture.choose(input).await;
        assert!(!fixture.shown().1);
    }
    assert_eq!(fixture.sent(), [1]);
    TimeoutFuture::new(2 * TYPED_MS).await;
    assert_eq!(fixture.sent(), [1, TYPED + 2]);
}

#[wasm_bindgen_test]
async fn an_incomplete_input_requests_nothing_and_keeps_the_value() {
    let fixture = Fixture::loaded().await;
    fixture.choose(None).await;
    assert_eq!((fixture.shown(), fixture.sent()), ((Some("one"), false), vec![1]));
    fixture.choose(1).await;
    fixture.server.reply(Ok("one again")).await;
    assert_eq!(fixture.shown(), (Some("one again"), true));
}

#[wasm_bindgen_test]
async fn a_failure_keeps_the_value_and_belongs_to_its_input() {
    let fixture = Fixture::loaded().await;
    fixture.choose(2).await;
    fixture.server.reply(Err(Error::Network)).await;
    assert_eq!(fixture.shown(), (Some("one"), true));
    assert_eq!(untrack(|| fixture.latest.error()), Some(Error::Network));
    fixture.choose(3).await;
    assert_eq!(untrack(|| fixture.latest.error()), None);
    fixture.server.reply(Ok("three")).await;
    assert_eq!(fixture.shown(), (Some("three"), true));
}

#[wasm_bindgen_test]
async fn asking_again_after_a_failure_requests_the_same_input() {
    let fixture = Fixture::new();
    fixture.latest.ask();
    fixture.server.reply(Err(Error::Network)).await;
    fixture.latest.ask();
    assert_eq!(untrack(|| fixture.latest.error()), None);
    fixture.server.reply(Ok("one")).await;
    assert_eq!((fixture.shown(), fixture.sent()), ((Some("one"), true), vec![1, 1]));
}

#[wasm_bindgen_test]
async fn a_stopped_request_changes_nothing_and_can_be_asked_for_again() {
    let fixture = Fixture::new();
    fixture.latest.ask();
    settle().await;
    fixture.latest.stop();
    assert!(!untrack(|| fixture.latest.is_loading()));
    fixture.server.reply(Ok("late")).await;
    assert_eq!(fixture.shown(), (None, false));
    fixture.latest.ask();
    fixture.server.reply(Ok("one")).await;
    assert_eq!((fixture.shown(), fixture.sent()), ((Some("one"), true), vec![1, 1]));
}

#[wasm_bindgen_test]
async fn a_reply_after_the_page_is_gone_does_nothing() {
    let mut fixture = Fixture::new();
    fixture.latest.ask();
    settle().await;
    fixture.page = None;
    fixture.server.reply(Ok("late")).await;
    assert_eq!(fixture.sent(), [1]);
}
