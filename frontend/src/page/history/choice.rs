//! Which two versions are to be compared.

use crate::{route, state::shortcut::use_shortcut, ui::guard::use_navigate};
use leptos::prelude::*;
use leptos_router::NavigateOptions;

/// At most two versions (or other things with a number), in the order in which they were chosen. They stay
/// chosen from page to page.
#[derive(Clone, Copy)]
pub struct Chosen(RwSignal<Vec<i32>>);

impl Chosen {
    /// None yet.
    pub fn new() -> Self {
        Self(RwSignal::new(Vec::new()))
    }

    /// Whether `number` is one of them.
    pub fn has(self, number: i32) -> bool {
        self.0.with(|chosen| chosen.contains(&number))
    }

    /// Chooses `number`, or no longer. A third one takes the place of the first.
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

    /// The second one, once there are two.
    pub fn second(self) -> Option<i32> {
        self.0.with(|chosen| chosen.get(1).copied())
    }

    /// Both, the older one first.
    pub fn pair(self) -> Option<(i32, i32)> {
        self.0.with(|chosen| match **chosen {
            [a, b] => Some((a.min(b), a.max(b))),
            _ => None,
        })
    }
}

/// Says what is chosen, and compares it.
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
