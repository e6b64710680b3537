//! What `view!` is written as: elements that know their attributes and children only when the app runs.
//!
//! Leptos has a type for every combination of element, attributes and values, and the app a copy of its machinery for each: that
//! was a fifth of the app as sent. Here all elements are one type, and only closures differ.

mod node;
mod value;

pub use value::{IntoChild, IntoValue, Value};

use leptos::{
    ev::EventDescriptor,
    html::ElementType,
    prelude::{AnyView, IntoAny, NodeRef, Owner},
    tachys::html::node_ref::NodeRefContainer,
};
use node::Node;
use std::marker::PhantomData;
use wasm_bindgen::JsCast;
use web_sys::Event;

/// An element to be, or, without a name, several things side by side.
pub struct Element(Box<Parts>);

type Reference = Box<dyn FnOnce(&web_sys::Element)>;

/// What is known of an element before it is in the page.
#[derive(Default)]
struct Parts {
    /// Its name, then names and values of attributes that never change, each after a U+0000.
    fixed: &'static str,
    settings: Vec<Setting>,
    listeners: Vec<Listener>,
    references: Vec<Reference>,
    children: Vec<AnyView>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Attribute,
    Property,
    Class,
}

struct Setting {
    kind: Kind,
    name: &'static str,
    value: Value,
}

struct Listener {
    name: String,
    handler: Box<dyn FnMut(Event)>,
}

impl Element {
    /// An element without children.
    pub fn new(fixed: &'static str) -> Self {
        Self(Box::new(Parts { fixed, ..Parts::default() }))
    }

    /// Nothing yet, to be followed by what stands side by side.
    pub fn several() -> Self {
        Self::new("")
    }

    /// With an attribute: see [`Value`].
    pub fn attribute(self, name: &'static str, value: impl IntoValue) -> Self {
        self.set(Kind::Attribute, name, value.into_value())
    }

    /// With a property of the DOM's object, such as a field's value.
    pub fn property(self, name: &'static str, value: impl IntoValue) -> Self {
        self.set(Kind::Property, name, value.into_value())
    }

    /// With a class for as long as `value` is true.
    pub fn class(self, name: &'static str, value: impl IntoValue) -> Self {
        self.set(Kind::Class, name, value.into_value())
    }

    fn set(mut self, kind: Kind, name: &'static str, value: Value) -> Self {
        self.0.settings.push(Setting { kind, name, value });
        self
    }

    /// Listens to an event.
    pub fn on<E>(self, event: E, mut handler: impl FnMut(E::EventType) + 'static) -> Self
    where
        E: EventDescriptor,
        E::EventType: JsCast,
    {
        self.listen(event.name().into_owned(), Box::new(move |event| handler(event.unchecked_into())))
    }

    /// Listens to an event of a field.
    pub fn on_field<E, T>(self, event: E, mut handler: impl FnMut(FieldEvent<T>) + 'static) -> Self
    where
        E: EventDescriptor,
    {
        let handler = Box::new(move |event| handler(FieldEvent { event, field: PhantomData }));
        self.listen(event.name().into_owned(), handler)
    }

    fn listen(mut self, name: String, mut handler: Box<dyn FnMut(Event)>) -> Self {
        let owner = Owner::current().unwrap_or_default();
        let handler = Box::new(move |event| owner.with(|| handler(event)));
        self.0.listeners.push(Listener { name, handler });
        self
    }

    /// Makes `reference` lead to the element.
    pub fn node_ref<E: ElementType>(mut self, reference: NodeRef<E>) -> Self
    where
        E::Output: 'static,
        NodeRef<E>: NodeRefContainer<E>,
    {
        self.0.references.push(Box::new(move |element| reference.load(element)));
        self
    }

    /// With `child` after what it has.
    pub fn child(self, child: impl IntoChild) -> Self {
        self.push(child.into_child())
    }

    fn push(mut self, child: AnyView) -> Self {
        self.0.children.push(child);
        self
    }

    /// As Leptos takes it.
    pub fn into_any(self) -> AnyView {
        if self.0.fixed.is_empty() { self.0.children.into_any() } else { Node::new(self.0).into_any() }
    }
}

/// An event of a field, whose type is known.
pub struct FieldEvent<T> {
    event: Event,
    field: PhantomData<T>,
}

impl<T: JsCast> FieldEvent<T> {
    /// The field.
    pub fn target(&self) -> T {
        self.event.target().expect("an event that is heard has a target").unchecked_into()
    }
}
