//! What elements can be given: values of attributes, and children.

use super::Element;
use leptos::prelude::*;
use std::borrow::Cow;

/// The value of an attribute, a property or a class.
#[derive(Default)]
pub enum Value {
    /// Not there.
    #[default]
    Nothing,
    /// There without a value, or not there.
    Flag(bool),
    /// A text.
    Text(Cow<'static, str>),
    /// As signals have it.
    Follows(Box<dyn Fn() -> Self>),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Flag(one), Self::Flag(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => one == other,
            _ => false,
        }
    }
}

/// What can be a [`Value`].
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;
}

/// What can stand within an element.
pub trait IntoChild {
    /// The child.
    fn into_child(self) -> AnyView;
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::Flag(self)
    }
}

impl IntoValue for &'static str {
    fn into_value(self) -> Value {
        Value::Text(Cow::Borrowed(self))
    }
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Text(Cow::Owned(self))
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Nothing, T::into_value)
    }
}

impl<F: Fn() -> V + 'static, V: IntoValue> IntoValue for F {
    fn into_value(self) -> Value {
        Value::Follows(Box::new(move || self().into_value()))
    }
}

/// A text.
fn text(text: String) -> AnyView {
    text.into_any()
}

impl IntoChild for AnyView {
    fn into_child(self) -> AnyView {
        self
    }
}

impl IntoChild for Element {
    fn into_child(self) -> AnyView {
        self.into_any()
    }
}

impl IntoChild for () {
    fn into_child(self) -> AnyView {
        text(String::new())
    }
}

impl IntoChild for &str {
    fn into_child(self) -> AnyView {
        text(self.to_owned())
    }
}

impl IntoChild for String {
    fn into_child(self) -> AnyView {
        text(self)
    }
}

impl<T: IntoChild> IntoChild for Option<T> {
    fn into_child(self) -> AnyView {
        self.map_or_else(|| ().into_child(), T::into_child)
    }
}

impl<T: IntoChild> IntoChild for Vec<T> {
    fn into_child(self) -> AnyView {
        let children: Vec<AnyView> = self.into_iter().map(T::into_child).collect();
        children.into_any()
    }
}

impl<F: Fn() -> V + Send + 'static, V: IntoChild> IntoChild for F {
    fn into_child(self) -> AnyView {
        follow(Box::new(move || self().into_child()))
    }
}

fn follow(part: Box<dyn Fn() -> AnyView + Send>) -> AnyView {
    part.into_any()
}

macro_rules! numbers {
    ($($kind:ty)*) => {
        $(impl IntoValue for $kind {
            fn into_value(self) -> Value {
                self.to_string().into_value()
            }
        }

        impl IntoChild for $kind {
            fn into_child(self) -> AnyView {
                text(self.to_string())
            }
        })*
    };
}

numbers!(i32 i64 usize);

macro_rules! signals {
    ($($kind:ident)*) => {
        $(impl<T: IntoValue + Clone + Send + Sync + 'static> IntoValue for $kind<T> {
            fn into_value(self) -> Value {
                (move || self.get()).into_value()
            }
        }

        impl<T: IntoChild + Clone + Send + Sync + 'static> IntoChild for $kind<T> {
            fn into_child(self) -> AnyView {
                (move || self.get()).into_child()
            }
        })*
    };
}

signals!(Signal Memo RwSignal);
