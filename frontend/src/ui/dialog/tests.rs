use super::*;
use crate::test_support::dom::{Mounted, mount_with, settle};
use wasm_bindgen_test::wasm_bindgen_test;

/// A page with a button and a dialog that it opens.
struct Fixture {
    page: Mounted,
    open: RwSignal<bool>,
    unsaved: RwSignal<bool>,
}

#[component]
fn CloseButton() -> impl IntoView {
    let close = close_dialog();
    view! { <button class="close-inside" on:click=move |_| close()>"Cancel"</button> }
}

/// Mounts the fixture with an open dialog.
async fn dialog(is_unsaved: bool) -> Fixture {
    let (page, (open, unsaved)) = mount_with(move || {
        let (open, unsaved) = (RwSignal::new(false), RwSignal::new(is_unsaved));
        let view = view! {
            <button class="opener" on:click=move |_| open.set(true)>"Open"</button>
            <Dialog title="Edit" open unsaved><CloseButton /></Dialog>
        };
        ((open, unsaved), view)
    });
    page.find(".opener").focus().expect("it takes the focus");
    page.click(".opener");
    settle().await;
    assert_eq!(page.count("dialog[open]"), 1);
    Fixture { page, open, unsaved }
}

impl Fixture {
    /// Returns all ways to request that the dialog closes.
    fn ways_to_close() -> [fn(&Mounted); 4] {
        [
            |page| assert!(page.press("dialog", "Escape")),
            |page| assert!(page.dispatch("dialog", "cancel")),
            |page| page.click("[aria-label=Close]"),
            |page| page.click(".close-inside"),
        ]
    }

    fn is_open(&self) -> bool {
        assert_eq!(self.page.count("dialog") == 1, self.open.get_untracked());
        self.open.get_untracked()
    }

    fn is_asking(&self) -> bool {
        self.page.count("[role=alertdialog]") == 1
    }
}

#[wasm_bindgen_test]
async fn a_dialog_without_unsaved_work_closes_at_once() {
    for close in Fixture::ways_to_close() {
        let fixture = dialog(false).await;
        close(&fixture.page);
        settle().await;
        assert!(!fixture.is_open());
    }
}

#[wasm_bindgen_test]
async fn a_dialog_asks_before_unsaved_work_is_lost() {
    for close in Fixture::ways_to_close() {
        let fixture = dialog(true).await;
        close(&fixture.page);
        settle().await;
        assert!(fixture.is_open() && fixture.is_asking());
        assert_eq!(fixture.page.focused_text(), "Keep editing", "the answer that loses nothing");
        fixture.page.click("[role=alertdialog] button:not(.danger)");
        settle().await;
        assert!(fixture.is_open() && !fixture.is_asking());
        close(&fixture.page);
        settle().await;
        fixture.page.click("[role=alertdialog] .danger");
        settle().await;
        assert!(!fixture.is_open());
    }
}

#[wasm_bindgen_test]
async fn a_dialog_does_not_ask_once_the_work_is_saved() {
    let fixture = dialog(true).await;
    fixture.unsaved.set(false);
    fixture.page.press("dialog", "Escape");
    settle().await;
    assert!(!fixture.is_open());
}

#[wasm_bindgen_test]
async fn code_closes_a_dialog_without_asking() {
    let fixture = dialog(true).await;
    fixture.open.set(false);
    settle().await;
    assert!(!fixture.is_open());
}

#[wasm_bindgen_test]
async fn the_focus_returns_to_what_opened_the_dialog() {
    let fixture = dialog(false).await;
    fixture.page.press("dialog", "Escape");
    settle().await;
    assert_eq!(fixture.page.focused_text(), "Open");
}

#[wasm_bindgen_test]
async fn other_keys_leave_a_dialog_open() {
    let fixture = dialog(false).await;
    assert!(!fixture.page.press("dialog", "Enter"));
    settle().await;
    assert!(fixture.is_open());
}
