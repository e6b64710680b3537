//! Elements in the page.

use super::{Kind, Listener, Parts, Setting, Value};
use leptos::{
    attr::Attribute,
    prelude::{AddAnyAttr, Mountable, Render, RenderHtml, document},
    reactive::effect::RenderEffect,
    tachys::{
        html::attribute::any_attribute::AnyAttribute,
        hydration::Cursor,
        view::{Position, PositionState, any_view::AnyViewState},
    },
};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, Event};

/// An element as Leptos can hold it.
pub(super) struct Node(SendWrapper<Box<Parts>>);

impl Node {
    pub(super) fn new(parts: Box<Parts>) -> Self {
        Self(SendWrapper::new(parts))
    }
}

type Heard = Closure<dyn FnMut(Event)>;

/// An element in the page, and what keeps it up to date.
pub(super) struct State {
    element: Element,
    fixed: &'static str,
    settings: Vec<(Kind, &'static str, Held)>,
    listeners: Vec<(String, Heard)>,
    children: Vec<AnyViewState>,
}

/// What a setting is at present.
enum Held {
    Still(Value),
    Follows { _effect: RenderEffect<Value> },
}

impl State {
    fn listen(&mut self, listeners: Vec<Listener>) {
        for (name, handler) in self.listeners.drain(..) {
            let function = handler.as_ref().unchecked_ref();
            let _ = self.element.remove_event_listener_with_callback(&name, function);
        }
        for Listener { name, handler } in listeners {
            let handler = Closure::wrap(handler);
            let function = handler.as_ref().unchecked_ref();
            let _ = self.element.add_event_listener_with_callback(&name, function);
            self.listeners.push((name, handler));
        }
    }
}

/// Gives `element` what `setting` says, where it `was` something else.
fn hold(element: &Element, setting: Setting, was: Option<Held>) -> (Kind, &'static str, Held) {
    let Setting { kind, name, value } = setting;
    let held = match value {
        Value::Follows(follow) => {
            let element = element.clone();
            Held::Follows {
                _effect: RenderEffect::new(move |was: Option<Value>| {
                    let mut value = follow();
                    while let Value::Follows(follow) = value {
                        value = follow();
                    }
                    if was.as_ref() != Some(&value) {
                        apply(&element, kind, name, &value);
                    }
                    value
                }),
            }
        }
        value => {
            if !matches!(was, Some(Held::Still(was)) if was == value) {
                apply(element, kind, name, &value);
            }
            Held::Still(value)
        }
    };
    (kind, name, held)
}

fn apply(element: &Element, kind: Kind, name: &str, value: &Value) {
    let text = match value {
        Value::Text(text) => Some(&**text),
        Value::Flag(true) => Some(""),
        _ => None,
    };
    let _ = match (kind, text) {
        (Kind::Attribute, Some(text)) => element.set_attribute(name, text),
        (Kind::Attribute, None) => element.remove_attribute(name),
        (Kind::Class, text) => element.class_list().toggle_with_force(name, text.is_some()).map(drop),
        (Kind::Property, _) => {
            let value = match value {
                Value::Text(text) => JsValue::from_str(text),
                Value::Flag(flag) => JsValue::from_bool(*flag),
                _ => JsValue::NULL,
            };
            js_sys::Reflect::set(element, &name.into(), &value).map(drop)
        }
    };
}

impl Render for Node {
    type State = State;

    fn build(self) -> State {
        let parts = *self.0.take();
        let mut words = parts.fixed.split('\0');
        let element = document()
            .create_element(words.next().unwrap_or_default())
            .expect("the names of elements are written by hand");
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            let _ = element.set_attribute(name, value);
        }
        let settings = parts.settings.into_iter().map(|setting| hold(&element, setting, None)).collect();
        let mut children = Vec::with_capacity(parts.children.len());
        for child in parts.children {
            let mut child = child.build();
            child.mount(&element, None);
            children.push(child);
        }
        for reference in parts.references {
            reference(&element);
        }
        let mut state = State { element, fixed: parts.fixed, settings, listeners: Vec::new(), children };
        state.listen(parts.listeners);
        state
    }

    /// In place where it is of the same shape: what has the focus keeps it.
    fn rebuild(self, state: &mut State) {
        let same = state.fixed == self.0.fixed
            && state.children.len() == self.0.children.len()
            && state.settings.len() == self.0.settings.len()
            && state.settings.iter().zip(&self.0.settings).all(|(a, b)| a.0 == b.kind && a.1 == b.name);
        if !same {
            let mut new = self.build();
            state.insert_before_this(&mut new);
            state.unmount();
            *state = new;
            return;
        }
        let parts = *self.0.take();
        let held = std::mem::take(&mut state.settings);
        state.settings = parts
            .settings
            .into_iter()
            .zip(held)
            .map(|(setting, (_, _, was))| hold(&state.element, setting, Some(was)))
            .collect();
        for (child, state) in parts.children.into_iter().zip(&mut state.children) {
            child.rebuild(state);
        }
        for reference in parts.references {
            reference(&state.element);
        }
        state.listen(parts.listeners);
    }
}

impl Mountable for State {
    fn unmount(&mut self) {
        self.element.remove();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&web_sys::Node>) {
        let _ = parent.insert_before(&self.element, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        let Some(parent) = self.element.parent_element() else { return false };
        child.mount(&parent, Some(&self.element));
        true
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}

impl AddAnyAttr for Node {
    type Output<A: Attribute> = Self;

    fn add_any_attr<A: Attribute>(self, _: A) -> Self {
        self
    }
}

/// What Leptos asks of all views, and uses on servers only.
impl RenderHtml for Node {
    type AsyncOutput = Self;
    type Owned = Self;
    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

    fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> State {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
