//! Files built after what users of similar tools reported; see `tests/cases`.

use crate::{codes, import_as, texts, titles};
use colophon_import::{Book, Options, Ruby};
use std::path::Path;

fn read(name: &str, options: &Options) -> Book {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/epub").join(name);
    import_as(&std::fs::read(path).unwrap(), options).unwrap()
}

/// A file, its chapters, and a warning that it must get.
type Case = (&'static str, usize, Option<&'static str>);

const CASES: &[Case] = &[
    ("e01_volumes_with_nested_chapters", 15, None),
    ("e02_bare_ampersand_in_text", 3, Some("markup_repaired")),
    ("e04_html_not_xml_in_one_file", 3, Some("markup_repaired")),
    ("e05_spine_names_unknown_item", 3, Some("epub_repaired")),
    ("e06_contents_only_title_page", 6, Some("contents_incomplete")),
    ("e08_one_file_with_headings_no_contents", 8, Some("contents_incomplete")),
    ("e10_gaiji_as_pictures", 2, Some("pictures_as_text")),
    ("e11_ruby_that_carries_meaning", 2, Some("ruby_removed")),
    ("e12_footnotes", 2, Some("notes_moved")),
    ("e14_backslashes_in_zip", 3, Some("epub_repaired")),
    ("e16_case_differs", 3, Some("epub_repaired")),
];

#[test]
fn every_case_comes_out_right() {
    for (name, chapters, warning) in CASES {
        let book = read(&format!("{name}.epub"), &Options::default());
        assert_eq!(book.chapters.len(), *chapters, "{name}: {:?}", titles(&book));
        assert!(warning.is_none_or(|code| codes(&book).contains(&code)), "{name}: {:?}", codes(&book));
    }
}

#[test]
fn the_texts_of_the_cases() {
    let text = |name: &str| texts(&read(name, &Options::default())).join("\n");
    let volumes = read("e01_volumes_with_nested_chapters.epub", &Options::default());
    assert_eq!(volumes.chapters[5].volume.as_deref(), Some("第2巻"));
    assert_eq!((titles(&volumes)[5], titles(&volumes)[14]), ("第1話　港2-1", "第5話　港3-5"));
    assert!(text("e02_bare_ampersand_in_text.epub").contains("Smith & Sons' ferry (R&D dept.)"));
    let html = text("e04_html_not_xml_in_one_file.epub");
    assert!(html.contains("waved.\nNot even Ines.\n") && html.contains("An open paragraph"), "{html}");
    let gaiji = text("e10_gaiji_as_pictures.epub");
    assert!(gaiji.contains("「狼に喰い殺された」") && gaiji.contains("港の鰊漁は終わった。"), "{gaiji}");
    let notes = text("e12_footnotes.epub");
    assert!(
        notes.contains(
            "secondary freedoms.[55] He had 3² maps.\nNobody waved.\n\n55. See the harbour register, 1911."
        ),
        "{notes}"
    );
}

#[test]
fn ruby_is_dropped_or_kept() {
    let name = "e11_ruby_that_carries_meaning.epub";
    let dropped = read(name, &Options::default());
    assert!(texts(&dropped)[0].starts_with("彼女は夜渡りと呼ばれた。「宇宙へ行こう、好敵手」"));
    let kept = read(name, &Options { ruby: Ruby::Keep, ..Options::default() });
    assert!(texts(&kept)[0].starts_with(
        "彼女は夜渡り（ナイトウォーカー）と呼ばれた。「宇宙（そら）へ行こう、好敵手（アルト）」"
    ));
    assert!(!codes(&kept).contains(&"ruby_removed"));
}
