use super::*;

fn choice(value: &str, label: &str) -> Choice {
    let (value, label) = (value.to_owned(), label.to_owned());
    Choice { value, label, detail: "served by Demo".to_owned(), caution: None }
}

#[test]
fn a_choice_matches_if_each_word_is_in_its_value_label_or_detail() {
    let choice = choice("gpt-5", "Großes Modell ÄÖ");
    for wanted in ["", "  ", "gpt", "GPT-5 modell", "demo gpt", "äö", "GROẞES", "served by"] {
        assert!(choice.matches(wanted), "{wanted:?}");
    }
    for wanted in ["gpt-6", "gpt claude", "modell5"] {
        assert!(!choice.matches(wanted), "{wanted:?}");
    }
}

/// Tests of the keys of the ARIA pattern, on a page.
#[cfg(target_arch = "wasm32")]
mod browser {
    use super::*;
    use crate::test_support::dom::{Mounted, mount_with, settle};
    use leptos::ev;
    use wasm_bindgen_test::wasm_bindgen_test;

    const INPUT: &str = "[role=combobox]";

    /// Mounts a field of three fruits. Returns also the chosen value and how many Escape keys the page around
    /// it got.
    fn fruits(chosen: &str) -> (Mounted, RwSignal<String>, RwSignal<u32>) {
        let chosen = chosen.to_owned();
        let (page, (value, escaped)) = mount_with(move || {
            let (value, escaped) = (RwSignal::new(chosen), RwSignal::new(0));
            let choices = vec![choice("apple", "Red"), choice("banana", "Yellow"), choice("cherry", "Red")];
            let outside = move |event: ev::KeyboardEvent| {
                if event.key() == "Escape" {
                    escaped.update(|count| *count += 1);
                }
            };
            let view = view! {
                <div on:keydown=outside><Combobox label="Fruit" choices=Signal::stored(choices) value /></div>
            };
            ((value, escaped), view)
        });
        (page, value, escaped)
    }

    fn is_open(page: &Mounted) -> bool {
        let is_expanded = page.attribute(INPUT, "aria-expanded").as_deref() == Some("true");
        assert_eq!(is_expanded, !page.find("[role=listbox]").hidden(), "the attribute tells what is shown");
        is_expanded
    }

    /// Returns the value of the active option.
    fn active(page: &Mounted) -> String {
        let id = page.attribute(INPUT, "aria-activedescendant").expect("an option is active");
        assert_eq!(page.attribute(&format!("#{id}"), "aria-selected").as_deref(), Some("true"));
        page.text(&format!("#{id} code"))
    }

    #[wasm_bindgen_test]
    async fn an_arrow_key_opens_the_list_at_the_chosen_value() {
        let (page, ..) = fruits("banana");
        settle().await;
        assert!(!is_open(&page));
        assert_eq!(page.attribute(INPUT, "aria-activedescendant"), None);
        assert!(page.press(INPUT, "ArrowDown"), "the key does nothing else");
        settle().await;
        assert!(is_open(&page));
        assert_eq!(active(&page), "banana");
    }

    #[wasm_bindgen_test]
    async fn arrow_keys_go_around_the_list() {
        let (page, value, _) = fruits("cherry");
        page.press(INPUT, "ArrowUp");
        settle().await;
        assert_eq!(active(&page), "cherry");
        page.press(INPUT, "ArrowDown");
        settle().await;
        assert_eq!(active(&page), "apple");
        page.press(INPUT, "ArrowUp");
        settle().await;
        assert_eq!(active(&page), "cherry");
        assert_eq!(value.get_untracked(), "cherry", "moving chooses nothing");
    }

    #[wasm_bindgen_test]
    async fn enter_chooses_the_active_option_and_closes_the_list() {
        let (page, value, _) = fruits("apple");
        page.press(INPUT, "ArrowDown");
        page.press(INPUT, "ArrowDown");
        assert!(page.press(INPUT, "Enter"), "the form is not sent");
        settle().await;
        assert_eq!(value.get_untracked(), "banana");
        assert!(!is_open(&page));
        assert_eq!(page.value(INPUT), "banana");
        assert!(!page.press(INPUT, "Enter"), "with the list closed the form gets the key");
    }

    #[wasm_bindgen_test]
    async fn enter_with_control_is_left_to_the_form() {
        let (page, value, _) = fruits("apple");
        page.press(INPUT, "ArrowDown");
        page.press(INPUT, "ArrowDown");
        assert!(!page.press_with_control(INPUT, "Enter"));
        assert_eq!(value.get_untracked(), "apple");
    }

    #[wasm_bindgen_test]
    async fn escape_closes_the_list_and_nothing_around_it() {
        let (page, value, escaped) = fruits("apple");
        page.type_text(INPUT, "ban");
        settle().await;
        assert!(page.press(INPUT, "Escape"));
        settle().await;
        assert!(!is_open(&page));
        assert_eq!((page.value(INPUT), value.get_untracked()), ("apple".to_owned(), "apple".to_owned()));
        assert_eq!(escaped.get_untracked(), 0);
        assert!(!page.press(INPUT, "Escape"));
        assert_eq!(escaped.get_untracked(), 1, "a dialog around it gets the second Escape");
    }

    #[wasm_bindgen_test]
    async fn typing_opens_the_list_with_what_matches() {
        let (page, value, _) = fruits("apple");
        page.type_text(INPUT, "RED");
        settle().await;
        assert!(is_open(&page));
        assert_eq!(page.texts("[role=option] code"), ["apple", "cherry"]);
        assert_eq!(active(&page), "apple");
        page.press(INPUT, "ArrowDown");
        page.press(INPUT, "Enter");
        settle().await;
        assert_eq!(value.get_untracked(), "cherry");
    }

    #[wasm_bindgen_test]
    async fn a_search_without_a_match_says_so_and_enter_chooses_nothing() {
        let (page, value, _) = fruits("apple");
        page.type_text(INPUT, "plum");
        settle().await;
        assert_eq!(page.text(".combobox [role=status]"), "Nothing matches.");
        assert_eq!(page.attribute(INPUT, "aria-activedescendant"), None);
        page.press(INPUT, "ArrowDown");
        page.press(INPUT, "Enter");
        assert_eq!(value.get_untracked(), "apple");
    }

    #[wasm_bindgen_test]
    async fn a_click_on_an_option_chooses_it() {
        let (page, value, _) = fruits("apple");
        page.press(INPUT, "ArrowDown");
        settle().await;
        page.click("[role=option]:nth-of-type(3)");
        settle().await;
        assert_eq!(value.get_untracked(), "cherry");
        assert!(!is_open(&page));
    }

    #[wasm_bindgen_test]
    async fn leaving_the_field_forgets_what_was_typed() {
        let (page, value, _) = fruits("apple");
        page.find(INPUT).focus().expect("it takes the focus");
        page.type_text(INPUT, "ban");
        page.find(INPUT).blur().expect("it gives the focus back");
        settle().await;
        assert!(!is_open(&page));
        assert_eq!((page.value(INPUT), value.get_untracked()), ("apple".to_owned(), "apple".to_owned()));
    }
}
