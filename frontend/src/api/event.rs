//! Event streams of one run or of all runs of a work.

use colophon_contract::{EventId, RunEvent};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventSource, MessageEvent};

const FIRST_WAIT_MS: u32 = 2_000;
const LONGEST_WAIT_MS: u32 = 30_000;
/// How long events are handled in one task, in milliseconds; then the browser may react to the person.
const TASK_MS: f64 = 12.0;

/// A report of a stream.
pub enum Incoming {
    /// The server answered.
    Opened,
    /// An event arrived: see [`decode`].
    Event(MessageEvent),
    /// The connection broke. The browser reconnects by itself and continues after the last event.
    Interrupted,
    /// The stream has ended: the run has ended, or the server refused it. The receiver decides whether to
    /// call [`Stream::reopen_later`].
    Closed,
}

/// The stream that [`keep_open`] keeps open. Copy it into closures.
#[derive(Clone, Copy)]
pub struct Stream {
    /// Counts the connections: a change opens a new one.
    connection: RwSignal<u32>,
    wait_ms: StoredValue<u32>,
}

impl Stream {
    /// Returns the number of the current connection. Work that was started under an earlier one is out of
    /// date. `None` once the component that keeps the stream is gone.
    pub fn connection(self) -> Option<u32> {
        self.connection.try_get_untracked()
    }

    /// Opens a new connection at once.
    pub fn reopen(self) {
        self.connection.try_update(|connection| *connection += 1);
    }

    /// Opens a new connection after a backoff that doubles with each try, unless the stream was reopened by
    /// then.
    pub async fn reopen_later(self) {
        let (Some(connection), Some(wait)) = (self.connection(), self.wait_ms.try_get_value()) else {
            return;
        };
        self.wait_ms.try_set_value((wait * 2).min(LONGEST_WAIT_MS));
        TimeoutFuture::new(wait).await;
        if self.connection() == Some(connection) {
            self.reopen();
        }
    }
}

/// Keeps a stream of `url` open while `is_wanted`, for as long as the calling component is on the page.
pub fn keep_open(
    url: String,
    is_wanted: Signal<bool>,
    handler: impl Fn(Stream, Incoming) + 'static,
) -> Stream {
    let stream = Stream { connection: RwSignal::new(0), wait_ms: StoredValue::new(FIRST_WAIT_MS) };
    let open = StoredValue::new_local(None::<Connection>);
    let handler: Rc<dyn Fn(Incoming)> = Rc::new(move |incoming| {
        if matches!(incoming, Incoming::Opened) {
            stream.wait_ms.set_value(FIRST_WAIT_MS);
        }
        handler(stream, incoming);
    });
    // An effect, because the connection is outside the page's own state.
    Effect::new(move |_| {
        stream.connection.track();
        open.set_value(None);
        if !is_wanted.get() {
            return;
        }
        let connection = Connection::open(&url, handler.clone());
        if connection.is_none() {
            spawn_local(stream.reopen_later());
        }
        open.set_value(connection);
    });
    stream
}

/// Delivers events in short tasks. A stream that is opened late repeats thousands of events, and the browser
/// delivers everything it has received in one task.
struct Inbox {
    waiting: RefCell<VecDeque<Incoming>>,
    is_emptied: Cell<bool>,
    handler: Rc<dyn Fn(Incoming)>,
}

impl Inbox {
    fn new(handler: Rc<dyn Fn(Incoming)>) -> Rc<Self> {
        Rc::new(Self { waiting: RefCell::default(), is_emptied: Cell::new(false), handler })
    }

    fn put(self: &Rc<Self>, incoming: Incoming) {
        self.waiting.borrow_mut().push_back(incoming);
        if !self.is_emptied.replace(true) {
            spawn_local(Self::empty(Rc::downgrade(self)));
        }
    }

    /// Delivers events until none is left or the connection is gone.
    async fn empty(inbox: Weak<Self>) {
        loop {
            TimeoutFuture::new(0).await;
            let ends_at = js_sys::Date::now() + TASK_MS;
            while js_sys::Date::now() < ends_at {
                let Some(inbox) = inbox.upgrade() else { return };
                let Some(next) = inbox.waiting.borrow_mut().pop_front() else {
                    inbox.is_emptied.set(false);
                    return;
                };
                (inbox.handler)(next);
            }
        }
    }
}

/// A connection. Closes when dropped.
struct Connection {
    source: EventSource,
    on_message: Closure<dyn Fn(MessageEvent)>,
    _on_state: Closure<dyn Fn(Event)>,
}

impl Connection {
    /// Opens a connection. `None` if the browser refuses it.
    fn open(url: &str, handler: Rc<dyn Fn(Incoming)>) -> Option<Self> {
        let source = EventSource::new(url).ok()?;
        let inbox = Inbox::new(handler);
        let events = inbox.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            events.put(Incoming::Event(message));
        });
        for name in RunEvent::NAMES {
            source.add_event_listener_with_callback(name, on_message.as_ref().unchecked_ref()).ok()?;
        }
        let state = source.clone();
        let on_state = Closure::<dyn Fn(Event)>::new(move |_: Event| {
            inbox.put(match state.ready_state() {
                EventSource::OPEN => Incoming::Opened,
                EventSource::CONNECTING => Incoming::Interrupted,
                _ => Incoming::Closed,
            });
        });
        source.set_onopen(Some(on_state.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_state.as_ref().unchecked_ref()));
        Some(Self { source, on_message, _on_state: on_state })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.close();
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        for name in RunEvent::NAMES {
            let function = self.on_message.as_ref().unchecked_ref();
            let _ = self.source.remove_event_listener_with_callback(name, function);
        }
    }
}

/// Decodes an event of a run's stream. Returns `None` for events that this release of the app does not know.
/// (The stream of a work has other ids, and no texts.)
pub fn decode(message: &MessageEvent) -> Option<(EventId, RunEvent)> {
    let id = message.last_event_id().parse().ok()?;
    let data = message.data().as_string()?;
    let event = RunEvent::decode(&message.type_(), &data).ok().flatten()?;
    Some((id, event))
}
