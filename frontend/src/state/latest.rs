//! The reply to an input that changes while a person tries values.

use crate::api::Error;
use futures::future::{AbortHandle, Abortable};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use std::{pin::Pin, rc::Rc, sync::Arc};

type Request<I, T> = Rc<dyn Fn(I) -> Pin<Box<dyn Future<Output = Result<T, Error>>>>>;

/// The newest reply to an input. After a change the old reply stays until the new one arrives. Copy it into
/// closures.
///
/// One request is under way at a time. So a reply to an older input cannot overwrite a newer one, and the
/// server does not process every value that a person tries.
pub struct Latest<I: Send + Sync + 'static, T: 'static> {
    /// `None` while the input is incomplete: nothing is requested then.
    input: Signal<Option<I>>,
    /// The input to request next; set once the wait after a change is over.
    due: StoredValue<Option<I>>,
    /// The input of the request that is under way.
    sent: StoredValue<Option<I>>,
    /// The last successful reply.
    value: RwSignal<Option<Arc<T>>>,
    /// The input of the last reply, and the error if it failed.
    replied: RwSignal<Option<(I, Option<Error>)>>,
    /// Counts the changes of the input: only the newest change ends its wait with a request.
    changes: StoredValue<u64>,
    /// Stops the request that is under way.
    stop: StoredValue<Option<AbortHandle>>,
    is_loading: RwSignal<bool>,
    request: StoredValue<Request<I, T>, LocalStorage>,
}

impl<I: Send + Sync, T> Clone for Latest<I, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I: Send + Sync, T> Copy for Latest<I, T> {}

impl<I, T> Latest<I, T>
where
    I: Clone + PartialEq + Send + Sync + 'static,
    T: Send + Sync + 'static,
{
    /// Creates the state. It requests nothing before [`Latest::ask`], and again after each later change of
    /// `input`. `wait` returns the wait after a change from the first value to the second, in milliseconds.
    pub fn new<F>(
        input: Signal<Option<I>>,
        wait: impl Fn(&I, &I) -> u32 + 'static,
        request: impl Fn(I) -> F + 'static,
    ) -> Self
    where
        F: Future<Output = Result<T, Error>> + 'static,
    {
        let request: Request<I, T> = Rc::new(move |input| Box::pin(request(input)));
        let latest = Self {
            input,
            due: StoredValue::new(None),
            sent: StoredValue::new(None),
            value: RwSignal::new(None),
            replied: RwSignal::new(None),
            changes: StoredValue::new(0),
            stop: StoredValue::new(None),
            is_loading: RwSignal::new(false),
            request: StoredValue::new_local(request),
        };
        Effect::new(move |last: Option<Option<I>>| {
            let now = input.get();
            if let (Some(last), Some(now)) = (last, &now)
                && last.as_ref() != Some(now)
            {
                latest.ask_after(last.map_or(0, |last| wait(&last, now)));
            }
            now
        });
        // Nothing can show a later reply.
        on_cleanup(move || latest.stop());
        latest
    }

    /// Returns the last successful reply.
    pub fn value(self) -> Option<Arc<T>> {
        self.value.get()
    }

    /// Returns why there is no reply to the current input.
    pub fn error(self) -> Option<Error> {
        let input = self.input.get();
        self.replied.with(|replied| match replied {
            Some((to, error)) if input.as_ref() == Some(to) => error.clone(),
            _ => None,
        })
    }

    /// Whether the current input has its reply: [`Latest::value`] or [`Latest::error`].
    pub fn is_settled(self) -> bool {
        let input = self.input.get();
        self.replied.with(|replied| replied.as_ref().is_some_and(|(to, _)| input.as_ref() == Some(to)))
    }

    /// Whether a request is under way.
    pub fn is_loading(self) -> bool {
        self.is_loading.get()
    }

    /// Requests the reply to the current input now, even after a failure.
    pub fn ask(self) {
        self.replied.try_set(None);
        self.ask_after(0);
    }

    /// Stops the request that is under way. Requests nothing before the next change or [`Latest::ask`].
    pub fn stop(self) {
        self.changes.try_update_value(|changes| *changes += 1);
        self.due.try_set_value(None);
        self.sent.try_set_value(None);
        if let Some(Some(stop)) = self.stop.try_update_value(Option::take) {
            stop.abort();
        }
        self.is_loading.try_set(false);
    }

    fn ask_after(self, wait: u32) {
        let Some(change) = self.changes.try_update_value(|changes| {
            *changes += 1;
            *changes
        }) else {
            return;
        };
        if wait == 0 {
            return self.load();
        }
        spawn_local(async move {
            TimeoutFuture::new(wait).await;
            if self.changes.try_get_value() == Some(change) {
                self.load();
            }
        });
    }

    fn load(self) {
        let Some(input) = self.input.try_get_untracked().flatten() else { return };
        let Some(is_loading) = self.is_loading.try_get_untracked() else { return };
        let is_under_way = is_loading && self.sent.with_value(|sent| sent.as_ref() == Some(&input));
        self.due.set_value((!is_under_way).then_some(input));
        // Otherwise it is requested after the reply that is under way.
        if !is_loading {
            self.is_loading.set(true);
            spawn_local(self.load_due());
        }
    }

    async fn load_due(self) {
        while let Some(Some(input)) = self.due.try_update_value(Option::take) {
            let Some(reply) = self.request.try_with_value(|request| request(input.clone())) else { return };
            let (stop, stopped) = AbortHandle::new_pair();
            self.stop.try_set_value(Some(stop));
            self.sent.try_set_value(Some(input.clone()));
            let Ok(reply) = Abortable::new(reply, stopped).await else { return };
            self.sent.try_set_value(None);
            let error = match reply {
                Ok(value) => {
                    self.value.try_set(Some(Arc::new(value)));
                    None
                }
                Err(error) => Some(error),
            };
            if self.replied.try_set(Some((input, error))).is_some() {
                // The component is gone.
                return;
            }
        }
        self.stop.try_set_value(None);
        self.is_loading.try_set(false);
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
