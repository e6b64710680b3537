//! A searchable list (ARIA authoring practices: combobox with a list).

use crate::ui::{field, id};
use leptos::prelude::*;
use web_sys::{KeyboardEvent, ScrollIntoViewOptions, ScrollLogicalPosition};

/// An option of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The value.
    pub value: String,
    /// The text beside the value.
    pub label: String,
    /// More about the option.
    pub detail: String,
    /// A warning that the option does not work now. It can still be chosen.
    pub caution: Option<String>,
}

impl Choice {
    fn matches(&self, wanted: &str) -> bool {
        let all = format!("{} {} {}", self.value, self.label, self.detail).to_lowercase();
        wanted.to_lowercase().split_whitespace().all(|word| all.contains(word))
    }
}

/// A search that the owner performs, for more options than a list can hold.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// The search text that the choices must fit; `None` while nobody types.
    pub typed: RwSignal<Option<String>>,
    /// The text for the chosen value.
    pub chosen: Signal<String>,
}

#[derive(Clone, Copy)]
struct State {
    value: RwSignal<String>,
    /// The search text; `None` while nobody types.
    search: RwSignal<Option<String>>,
    /// Whether the values are shown.
    shows_values: bool,
    open: RwSignal<bool>,
    active: RwSignal<usize>,
    shown: Memo<Vec<Choice>>,
}

impl State {
    fn open(self) {
        let value = self.value.get_untracked();
        let at = self.shown.with_untracked(|shown| shown.iter().position(|choice| choice.value == value));
        self.active.set(at.unwrap_or(0));
        self.open.set(true);
    }

    fn close(self) {
        self.open.set(false);
        self.search.set(None);
    }

    fn choose(self, value: String) {
        self.value.set(value);
        self.close();
    }

    fn key(self, event: &KeyboardEvent) {
        let (open, count) = (self.open.get_untracked(), self.shown.with_untracked(Vec::len));
        let active = self.active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if !open => self.open(),
            "ArrowDown" if count > 0 => self.active.set((active + 1) % count),
            "ArrowUp" if count > 0 => self.active.set((active + count - 1) % count),
            "Enter" if open && !event.ctrl_key() && !event.meta_key() => {
                let chosen = self.shown.with_untracked(|shown| shown.get(active).map(|c| c.value.clone()));
                if let Some(value) = chosen {
                    self.choose(value);
                }
            }
            "Escape" if open => {
                self.close();
                event.stop_propagation();
            }
            _ => return,
        }
        event.prevent_default();
    }
}

/// A field with a list to search and choose from.
#[component]
pub fn Combobox(
    /// The label.
    #[prop(into)]
    label: String,
    /// The options.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// The chosen value.
    value: RwSignal<String>,
    /// The error, if any.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The hint.
    #[prop(optional)]
    hint: &'static str,
    /// A search by the owner, whose results are the options. Without it, all options are there and are
    /// searched here.
    #[prop(optional)]
    search: Option<Search>,
) -> impl IntoView {
    let (is_found, shows_values) = (search.is_some(), search.is_none());
    let Search { typed: search, chosen } =
        search.unwrap_or_else(|| Search { typed: RwSignal::new(None), chosen: value.into() });
    let shown = Memo::new(move |_| {
        let wanted = search.get().filter(|_| !is_found).unwrap_or_default();
        choices.get().into_iter().filter(|choice| choice.matches(&wanted)).collect::<Vec<_>>()
    });
    let (open, active) = (RwSignal::new(false), RwSignal::new(0));
    let state = State { value, search, shows_values, open, active, shown };
    let id = id::unique("combobox");
    let list_id = format!("{id}-list");
    let option_id = format!("{id}-option");
    let active_id = option_id.clone();
    let control = view! {
        <div class="combobox">
            <input
                id=id.clone()
                class=if shows_values { "input code" } else { "input" }
                role="combobox"
                autocomplete="off"
                spellcheck="false"
                aria-autocomplete="list"
                aria-expanded=move || if state.open.get() { "true" } else { "false" }
                aria-controls=list_id.clone()
                aria-activedescendant=move || {
                    (state.open.get() && !shown.with(Vec::is_empty))
                        .then(|| format!("{active_id}-{}", state.active.get()))
                }
                aria-invalid=move || error.get().is_some().then_some("true")
                aria-describedby=field::described_by(&id, hint)
                prop:value=move || search.get().unwrap_or_else(|| chosen.get())
                on:click:target=move |event| {
                    // Selected, so that typing replaces it.
                    if !open.get_untracked() {
                        event.target().select();
                        state.open();
                    }
                }
                on:input:target=move |event| {
                    search.set(Some(event.target().value()));
                    state.active.set(0);
                    state.open.set(true);
                }
                on:keydown=move |event| state.key(&event)
                on:blur=move |_| state.close()
            />
            <Options id=list_id option_id state />
        </div>
    };
    field::frame(id, label, hint, error, control)
}

#[component]
fn Options(id: String, option_id: String, state: State) -> impl IntoView {
    let prefix = option_id.clone();
    Effect::new(move |_| {
        if state.open.get()
            && let Some(option) = document().get_element_by_id(&format!("{prefix}-{}", state.active.get()))
        {
            let nearest = ScrollIntoViewOptions::new();
            nearest.set_block(ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });
    let rows = move || {
        let option_id = option_id.clone();
        let row = move |(index, choice): (usize, Choice)| {
            let value = choice.value.clone();
            view! {
                <li
                    role="option"
                    class="option"
                    id=format!("{option_id}-{index}")
                    aria-selected=move || if state.active.get() == index { "true" } else { "false" }
                    on:mousedown=move |event| event.prevent_default()
                    on:click=move |_| state.choose(value.clone())
                >
                    <span class="option-label">
                        {state.shows_values.then(|| view! { <code>{choice.value.clone()}</code> " " })}
                        {choice.label}
                    </span>
                    <span class="option-detail">{choice.detail}</span>
                    {choice.caution.map(|caution| view! { <span class="option-caution">{caution}</span> })}
                </li>
            }
        };
        state.shown.get().into_iter().enumerate().map(row).collect_view()
    };
    view! {
        <ul class="options" role="listbox" id=id aria-label="Choices" hidden=move || !state.open.get()>
            {rows}
        </ul>
        <p class="hint" role="status">
            {move || (state.open.get() && state.shown.with(Vec::is_empty)).then_some("Nothing matches.")}
        </p>
    }
}

#[cfg(test)]
mod tests;
