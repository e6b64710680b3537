use super::*;
use crate::test_support::{
    dom::{Mounted, mount_with, settle},
    server::Server,
};
use colophon_contract::{Code, Problem};
use std::cell::RefCell;
use wasm_bindgen_test::wasm_bindgen_test;

/// A mutation in a component, and the server that it sends to.
struct Fixture {
    /// The component.
    page: Option<Mounted>,
    mutation: Mutation<&'static str>,
    server: Server<i32>,
    /// Input and key of each request.
    sent: Rc<RefCell<Vec<(&'static str, Key)>>>,
    /// The replies that `on_success` got.
    done: Rc<RefCell<Vec<i32>>>,
}

impl Fixture {
    fn new() -> Self {
        let server = Server::new();
        let sent = Rc::new(RefCell::new(Vec::new()));
        let done = Rc::new(RefCell::new(Vec::new()));
        let (to, requests, replies) = (server.clone(), sent.clone(), done.clone());
        let (page, mutation) = mount_with(move || {
            let request = move |input, key| {
                requests.borrow_mut().push((input, key));
                to.request()
            };
            (Mutation::new(request, move |reply| replies.borrow_mut().push(reply)), ())
        });
        Self { page: Some(page), mutation, server, sent, done }
    }

    /// Sends `input` and replies with `result`. Returns the key that was sent.
    async fn exchange(&self, input: &'static str, result: Result<i32, Error>) -> Key {
        self.mutation.send(input);
        self.server.reply(result).await;
        let (last, key) = self.sent.borrow().last().cloned().expect("a request was sent");
        assert_eq!(last, input);
        key
    }

    fn error(&self) -> Option<Error> {
        self.mutation.error().get_untracked()
    }
}

fn problem(code: Code) -> Error {
    Error::Problem(Box::new(Problem::new(code, "It was refused.")))
}

#[wasm_bindgen_test]
async fn the_same_input_keeps_its_key_while_the_outcome_is_unknown() {
    let fixture = Fixture::new();
    let key = fixture.exchange("a", Err(Error::Network)).await;
    assert_eq!(fixture.exchange("a", Err(problem(Code::Internal))).await, key);
    assert_eq!(fixture.exchange("a", Err(problem(Code::IdempotencyKeyInUse))).await, key);
    let unexpected = Error::Unexpected { status: 502, request_id: None };
    assert_eq!(fixture.exchange("a", Err(unexpected)).await, key);
    assert_eq!(fixture.exchange("a", Ok(1)).await, key);
}

#[wasm_bindgen_test]
async fn another_input_gets_another_key() {
    let fixture = Fixture::new();
    let first = fixture.exchange("a", Err(Error::Network)).await;
    let second = fixture.exchange("b", Err(Error::Network)).await;
    let third = fixture.exchange("a", Err(Error::Network)).await;
    assert_ne!(first, second);
    assert_ne!(second, third);
    assert_ne!(first, third, "only the last input is remembered");
}

#[wasm_bindgen_test]
async fn the_same_input_gets_another_key_after_a_settled_request() {
    let fixture = Fixture::new();
    let first = fixture.exchange("a", Ok(1)).await;
    let second = fixture.exchange("a", Err(problem(Code::ValidationFailed))).await;
    let third = fixture.exchange("a", Ok(2)).await;
    assert_ne!(first, second);
    assert_ne!(second, third);
}

#[wasm_bindgen_test]
async fn nothing_is_sent_while_a_request_is_under_way() {
    let fixture = Fixture::new();
    fixture.mutation.send("a");
    settle().await;
    assert!(fixture.mutation.pending().get_untracked());
    fixture.mutation.send("a");
    fixture.mutation.send("b");
    settle().await;
    assert_eq!(fixture.server.waiting(), 1);
    fixture.server.reply(Ok(1)).await;
    assert!(!fixture.mutation.pending().get_untracked());
    assert_eq!(fixture.sent.borrow().len(), 1);
}

#[wasm_bindgen_test]
async fn on_success_gets_the_reply_of_each_request_that_succeeds() {
    let fixture = Fixture::new();
    fixture.exchange("a", Ok(1)).await;
    fixture.exchange("a", Err(Error::Network)).await;
    fixture.exchange("a", Ok(2)).await;
    assert_eq!(*fixture.done.borrow(), [1, 2]);
}

#[wasm_bindgen_test]
async fn a_failure_is_kept_until_it_is_cleared_or_the_next_request_starts() {
    let fixture = Fixture::new();
    fixture.exchange("a", Err(Error::Network)).await;
    assert_eq!(fixture.error(), Some(Error::Network));
    fixture.mutation.clear();
    assert_eq!(fixture.error(), None);
    fixture.exchange("a", Err(Error::Network)).await;
    fixture.mutation.send("a");
    assert_eq!(fixture.error(), None, "this request has not failed");
    fixture.server.reply(Ok(1)).await;
    assert_eq!(fixture.error(), None);
}

#[wasm_bindgen_test]
async fn on_success_is_not_called_once_the_component_is_gone() {
    let mut fixture = Fixture::new();
    fixture.mutation.send("a");
    settle().await;
    fixture.page = None;
    fixture.server.reply(Ok(1)).await;
    assert!(fixture.done.borrow().is_empty());
}
