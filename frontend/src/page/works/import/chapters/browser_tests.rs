use super::*;
use crate::test_support::{
    dom::{Mounted, mount_with, settle},
    fixture::import_preview,
};
use wasm_bindgen_test::wasm_bindgen_test;

/// Mounts the list of a preview with that many chapters. The first 30 are in volume I, the others in volume
/// II.
async fn list(chapters: i32) -> (Mounted, RwSignal<Option<Arc<ImportPreview>>>) {
    let mut preview = import_preview(chapters);
    for chapter in &mut preview.chapters {
        chapter.volume = Some(if chapter.number <= 30 { "I" } else { "II" }.to_owned());
    }
    let mounted = mount_with(move || {
        let preview = RwSignal::new(Some(Arc::new(preview)));
        let view = view! { <Chapters preview=preview.into() lang=Signal::stored("ja".to_owned()) /> };
        (preview, view)
    });
    settle().await;
    mounted
}

fn numbers(page: &Mounted) -> (String, String, usize) {
    let numbers = page.texts(".chapter-number");
    let end = |number: Option<&String>| number.cloned().unwrap_or_default();
    (end(numbers.first()), end(numbers.last()), numbers.len())
}

#[wasm_bindgen_test]
async fn a_short_list_is_whole_and_has_no_pager() {
    let (page, _) = list(50).await;
    assert_eq!(numbers(&page), ("1".to_owned(), "50".to_owned(), 50));
    assert_eq!(page.texts(".volume"), ["I", "II"]);
    assert_eq!(page.count("nav"), 0);
    assert_eq!(page.attribute(".chapter-title", "lang").as_deref(), Some("ja"));
}

#[wasm_bindgen_test]
async fn a_long_list_comes_in_pages() {
    let (page, _) = list(10_000).await;
    assert_eq!(numbers(&page), ("1".to_owned(), "100".to_owned(), 100));
    page.click("nav .button:last-of-type");
    settle().await;
    assert_eq!(numbers(&page), ("101".to_owned(), "200".to_owned(), 100));
    assert_eq!(page.texts(".volume"), ["II (continued)"]);
    assert_eq!(page.count("nav option"), 100);
    page.click("nav .button:first-of-type");
    settle().await;
    assert_eq!(numbers(&page).0, "1");
}

#[wasm_bindgen_test]
async fn a_preview_with_fewer_pages_shows_its_last_page() {
    let (page, preview) = list(350).await;
    for _ in 0..3 {
        page.click("nav .button:last-of-type");
        settle().await;
    }
    assert_eq!(numbers(&page), ("301".to_owned(), "350".to_owned(), 50));
    preview.set(Some(Arc::new(import_preview(120))));
    settle().await;
    assert_eq!(numbers(&page), ("101".to_owned(), "120".to_owned(), 20));
    assert_eq!(page.count(".volume"), 0);
}
