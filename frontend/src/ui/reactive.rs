//! Parts of views that follow signals.

use leptos::prelude::*;

/// What `part` gives, again whenever a signal changes that it reads. In place of the bare closure: of each type of
/// closure in a view the app carries a copy of all that Leptos does with it.
pub fn reactive<V: IntoView + 'static>(part: impl Fn() -> V + Send + 'static) -> AnyView {
    let part: Box<dyn Fn() -> AnyView + Send> = Box::new(move || part().into_view().into_any());
    part.into_any()
}
