//! A server that replies when the test says so.

use super::dom::settle;
use crate::api::Error;
use futures::channel::oneshot;
use std::{cell::RefCell, collections::VecDeque, rc::Rc};

/// The requests that wait for a reply, the oldest first. Clones share them.
pub struct Server<T> {
    waiting: Rc<RefCell<VecDeque<Reply<T>>>>,
}

type Reply<T> = oneshot::Sender<Result<T, Error>>;

impl<T> Clone for Server<T> {
    fn clone(&self) -> Self {
        Self { waiting: self.waiting.clone() }
    }
}

impl<T: 'static> Server<T> {
    /// Creates a server without requests.
    pub fn new() -> Self {
        Self { waiting: Rc::default() }
    }

    /// Sends a request.
    pub fn request(&self) -> impl Future<Output = Result<T, Error>> + use<T> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.borrow_mut().push_back(sender);
        async move { receiver.await.unwrap_or(Err(Error::Network)) }
    }

    /// Replies to the oldest request, and waits until the page shows the reply.
    ///
    /// # Panics
    /// If no request waits.
    pub async fn reply(&self, result: Result<T, Error>) {
        settle().await;
        let sender = self.waiting.borrow_mut().pop_front().expect("a request waits");
        // The component that sent the request may be gone.
        let _ = sender.send(result);
        settle().await;
    }

    /// Returns how many requests wait for a reply.
    pub fn waiting(&self) -> usize {
        self.waiting.borrow().len()
    }
}
