//! Events as they come, of a run or of all runs of a work.

use super::json;
use colophon_contract::{EventId, RunEvent};
use std::rc::Rc;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventSource, MessageEvent};

/// What an open stream tells.
pub enum Incoming {
    /// The server answers.
    Opened,
    /// Something happened: see [`decode`].
    Event(MessageEvent),
    /// The connection broke; the browser comes back by itself, from where it was.
    Interrupted,
    /// Nothing more will come of this stream: the run has nothing left to tell, or the server refused.
    Closed,
}

/// An event stream. Closed when dropped.
pub struct EventStream {
    source: EventSource,
    on_message: Closure<dyn Fn(MessageEvent)>,
    _on_state: Closure<dyn Fn(Event)>,
}

impl EventStream {
    /// Opens it; `None` where the browser cannot.
    pub fn open(url: &str, handler: Rc<dyn Fn(Incoming)>) -> Option<Self> {
        let source = EventSource::new(url).ok()?;
        let on_event = handler.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            on_event(Incoming::Event(message));
        });
        for name in RunEvent::NAMES {
            source.add_event_listener_with_callback(name, on_message.as_ref().unchecked_ref()).ok()?;
        }
        let state = source.clone();
        let on_state = Closure::<dyn Fn(Event)>::new(move |_: Event| {
            handler(match state.ready_state() {
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

impl Drop for EventStream {
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

/// An event of a run; `None` for what this release of the app does not know.
pub fn decode(message: &MessageEvent) -> Option<(EventId, RunEvent)> {
    let id = message.last_event_id().parse().ok()?;
    let data = message.data().as_string()?;
    Some((id, RunEvent::deserialize(&message.type_(), json::parse(&data).ok()?).ok().flatten()?))
}
