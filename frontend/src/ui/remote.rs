//! What comes from the server, and comes again when what it depends on changes.
//!
//! In place of Leptos's resources, which are made for servers that render as well, and anew for each type:
//! they were a fifth of the app as sent. The machinery here is compiled once: it carries any type as
//! [`Shared`], and only the typed handles are generic.

use crate::api::Error;
use leptos::{prelude::*, task::spawn_local};
use std::{any::Any, marker::PhantomData, pin::Pin, sync::Arc};

/// Something loaded, of a type that only its readers know.
#[derive(Clone)]
pub struct Shared {
    value: Arc<dyn Any + Send + Sync>,
    same: fn(&dyn Any, &dyn Any) -> bool,
}

impl Shared {
    fn new<T: PartialEq + Send + Sync + 'static>(value: T) -> Self {
        let same = |a: &dyn Any, b: &dyn Any| a.downcast_ref::<T>() == b.downcast_ref::<T>();
        Self { value: Arc::new(value), same }
    }

    fn get<T: 'static>(&self) -> &T {
        // The handles' types see to it: a `Remote<T>` is only ever filled with a `T`.
        self.value.downcast_ref().expect("what was loaded is of its handle's type")
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        (self.same)(&*self.value, &*other.value)
    }
}

type Fetch = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Shared, Error>>>>>;

/// A reply of the server, loaded anew when the signals that its request reads change. Copy it into closures.
pub struct Remote<T> {
    loading: Loading,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Remote<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Remote<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Remote<T> {
    /// Starts to load by `request`, and again whenever a signal changes that `request` reads before its
    /// first wait.
    pub fn new<F: Future<Output = Result<T, Error>> + 'static>(request: impl Fn() -> F + 'static) -> Self {
        let fetch: Fetch = Box::new(move || {
            let reply = request();
            Box::pin(async move { reply.await.map(Shared::new) })
        });
        Self { loading: Loading::start(fetch), kind: PhantomData }
    }

    /// What came, `None` before the first answer.
    pub fn get(self) -> Option<Result<T, Error>> {
        self.loading.reply.get().map(|result| result.map(|shared| shared.get::<T>().clone()))
    }

    /// As [`Self::get`], without following it.
    pub fn get_untracked(self) -> Option<Result<T, Error>> {
        untrack(|| self.get())
    }
}

impl<T> Remote<T> {
    /// Loads again.
    pub fn refetch(self) {
        self.loading.refetch();
    }

    /// Forgets what came, and loads again.
    pub fn reload(self) {
        self.loading.reply.set(None);
        self.refetch();
    }

    /// The same without its type.
    pub(super) fn erased(self) -> Loading {
        self.loading
    }
}

/// A request and its latest answer, of whatever type.
#[derive(Clone, Copy)]
pub(super) struct Loading {
    /// What came last; `None` before the first answer.
    pub(super) reply: RwSignal<Option<Result<Shared, Error>>>,
    again: Trigger,
}

impl Loading {
    fn start(fetch: Fetch) -> Self {
        let loading = Self { reply: RwSignal::new(None), again: Trigger::new() };
        let latest = StoredValue::new(0_u32);
        Effect::new(move |_| {
            loading.again.track();
            let request = fetch();
            let turn = latest.get_value() + 1;
            latest.set_value(turn);
            spawn_local(async move {
                let reply = request.await;
                // Whoever asked may be gone by now, or may have asked for something else since.
                if latest.try_get_value() == Some(turn) {
                    loading.reply.set(Some(reply));
                }
            });
        });
        loading
    }

    pub(super) fn refetch(self) {
        self.again.notify();
    }
}

/// Something that was loaded, as it is now. Copy it into closures.
pub struct Data<T> {
    latest: Memo<Shared>,
    kind: PhantomData<fn() -> T>,
}

impl<T> Clone for Data<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Data<T> {}

impl<T: 'static> Data<T> {
    pub(super) fn new(latest: Memo<Shared>) -> Self {
        Self { latest, kind: PhantomData }
    }

    /// Looks at it, and follows it.
    pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(self.latest.get().get())
    }

    /// Looks at it as it is now.
    pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
        look(self.latest.get_untracked().get())
    }
}

impl<T: Clone + 'static> Data<T> {
    /// A copy; follows it.
    pub fn get(self) -> T {
        self.with(T::clone)
    }

    /// A copy of what it is now.
    pub fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

impl<T: Clone + Send + Sync + 'static> From<Data<T>> for Signal<T> {
    fn from(data: Data<T>) -> Self {
        Self::derive(move || data.get())
    }
}
