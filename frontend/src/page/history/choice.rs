//! The choice of two versions to compare.

use crate::{route, state::shortcut::use_shortcut, ui::guard::use_navigate};
use leptos::prelude::*;
use leptos_router::NavigateOptions;

/// At most two chosen versions (or other numbered items), in the order in which they were chosen. They stay
/// chosen from page to page.
#[derive(Clone, Copy)]
pub struct Chosen(RwSignal<Vec<i32>>);

impl Chosen {
    /// Creates an empty choice.
    pub fn new() -> Self {
        Self(RwSignal::new(Vec::new()))
    }

    /// Whether `number` is chosen.
    pub fn has(self, number: i32) -> bool {
        self.0.with(|chosen| chosen.contains(&number))
    }

    /// Adds or removes `number`. A third number replaces the first.
    pub fn toggle(self, number: i32) {
        self.0.update(|chosen| match chosen.iter().position(|other| *other == number) {
            Some(at) => {
                chosen.remove(at);
            }
            None => {
                chosen.push(number);
                if chosen.len() > 2 {
                    chosen.remove(0);
                }
            }
        });
    }

    /// Returns the second number if two are chosen.
    pub fn second(self) -> Option<i32> {
        self.0.with(|chosen| chosen.get(1).copied())
    }

    /// Returns both numbers, the lower one first.
    pub fn pair(self) -> Option<(i32, i32)> {
        self.0.with(|chosen| match **chosen {
            [a, b] => Some((a.min(b), a.max(b))),
            _ => None,
        })
    }
}

/// Shows the chosen versions, and links to their comparison.
#[component]
pub fn ChoiceBar(work_id: i64, chosen: Chosen) -> impl IntoView {
    let navigate = use_navigate();
    use_shortcut("c", "Compare the chosen versions", move || {
        if let Some((from, to)) = chosen.pair() {
            navigate(&route::compare(work_id, from, to, None), NavigateOptions::default());
        }
    });
    let text = move || {
        chosen.0.with(|chosen| match **chosen {
            [] => "Choose two versions to compare them.".to_owned(),
            [one] => format!("Version {one} is chosen. Choose another one."),
            _ => "Two versions are chosen.".to_owned(),
        })
    };
    view! {
        <div class="choice">
            <p role="status">{text}</p>
            {move || {
                chosen
                    .pair()
                    .map(|(from, to)| {
                        view! {
                            <a class="button primary" href=route::compare(work_id, from, to, None)>
                                {format!("Compare v{from} with v{to}")}
                            </a>
                        }
                    })
            }}
        </div>
    }
}
