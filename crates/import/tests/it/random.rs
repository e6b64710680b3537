//! Random and mutated files: whatever comes, an answer, never a panic.

use crate::build::{Builder, small};
use crate::import_with;
use colophon_import::Limits;
use proptest::prelude::*;
use zip::CompressionMethod;

fn survives(name: &str, bytes: &[u8]) {
    let limits = Limits { text_bytes: 1_000_000, epub_bytes: 1_000_000, ..Limits::default() };
    match import_with(Some(name), bytes, &limits) {
        Ok(book) => {
            assert!(!book.chapters.is_empty());
            for chapter in book.chapters {
                assert!(!chapter.title.is_empty() && !chapter.source_text.trim().is_empty());
                assert!(!chapter.source_text.contains(['\0', '\r']));
            }
        }
        Err(error) => assert!(!error.detail().is_empty() && !error.code().is_empty()),
    }
}

/// Every line of a text is in a chapter or a title, unless a warning says what went.
fn loses_nothing(text: &str) {
    const SAID: &[&str] = &[
        "ruby_removed",
        "emphasis_removed",
        "annotations_removed",
        "notation_notes_skipped",
        "colophon_skipped",
        "contents_skipped",
        "page_furniture_removed",
        "chapter_without_text",
        "title_shortened",
    ];
    let Ok(book) = import_with(Some("a.txt"), text.as_bytes(), &Limits::default()) else { return };
    if book.warnings.iter().any(|warning| SAID.contains(&warning.code.as_str())) {
        return;
    }
    let squeeze = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let mut kept = String::new();
    for part in [&book.title, &book.author].into_iter().flatten() {
        kept += &(squeeze(part) + "\n");
    }
    for chapter in &book.chapters {
        let volume = chapter.volume.as_deref().unwrap_or_default();
        kept += &(squeeze(volume)
            + "\n"
            + &squeeze(volume)
            + &squeeze(&chapter.title)
            + "\n"
            + &squeeze(&chapter.title)
            + "\n");
        for line in chapter.source_text.lines() {
            kept += &(squeeze(line) + "\n");
        }
    }
    // Labels (`Title:`, `by`), tags and notes go without a word.
    let is_plain = |line: &&str| {
        !line.contains([':', '：', '<', '［']) && !line.trim_start().to_lowercase().starts_with("by ")
    };
    // A line may name a volume and a chapter, which come into different fields.
    let is_kept = |line: &str| {
        let line = squeeze(line);
        let mut cuts = line.char_indices().map(|(cut, _)| line.split_at(cut));
        line.is_empty() || cuts.any(|(volume, title)| kept.contains(volume) && kept.contains(title))
    };
    for line in text.lines().filter(is_plain) {
        assert!(is_kept(line), "{line:?} is lost: {book:?}");
    }
}

fn book() -> Builder {
    Builder::book(
        &[
            (
                "a.xhtml",
                "<section epub:type='chapter'><h2 id='x'>一</h2><p><ruby>山<rt>やま</rt></ruby>&amp;</p></section>",
            ),
            ("b.xhtml", "<pre> a\n b</pre><hr/><table><tr><td>c</td></tr></table>"),
        ],
        "<ol><li><a href='a.xhtml#x'>一</a><ol><li><a href='b.xhtml'>二</a></li></ol></li></ol></nav><nav epub:type='landmarks'><ol><li><a epub:type='bodymatter' href='a.xhtml'>x</a></li></ol>",
    )
}

/// Text out of the pieces that the readers look for.
fn pieces(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

const TEXT: &[&str] = &[
    "第",
    "一",
    "章",
    "　",
    " ",
    "\n",
    "\r\n",
    "\r",
    "《",
    "》",
    "｜",
    "|",
    "［＃",
    "］",
    "※",
    "U+",
    "D800",
    "かな",
    "漢字",
    "# ",
    "## ",
    "---",
    "===",
    "```",
    "Chapter ",
    "Part the ",
    "IV",
    "９９９９９",
    ".",
    "プロローグ",
    "底本：",
    "目次",
    "title: ",
    "作者：",
    "<rt>",
    "</rt>",
    "<ruby>",
    "「",
    "」",
    "。",
    "\u{feff}",
    "は大見出し",
    "第一章 x\n",
    "by ",
    "İ",
    "ß",
    "a\u{301}",
];

/// Lines of novels: headings in and out of order, prose, and what lies between.
const LINES: &[&str] = &[
    "",
    "",
    "　本文が続く。",
    "本文。",
    "“明早出发。”他说。",
    "第一章",
    "第二章 雨",
    "第三章雪",
    "第九章的内容",
    "第一卷",
    "第一卷 海 第四章 山",
    "卷二",
    "Chapter 1",
    "Chapter 2: Rain",
    "Part One",
    "1",
    "2",
    "3. Title",
    "一　朝",
    "二　昼",
    "［3화］",
    "열쇠 1화",
    "열쇠 2화",
    "プロローグ",
    "番外一",
    "后记",
    "正文",
    "目次",
    "题名",
    "作者：某",
    "=== 第5章 ===",
    "◆6",
    "第一章",
];

const XML: &[&str] = &[
    "<",
    ">",
    "</",
    "/>",
    "<a href='b.xhtml'>",
    "</a>",
    "<li>",
    "</li>",
    "<ol>",
    "</ol>",
    "<nav epub:type='toc'>",
    "</nav>",
    "<p id='x'>",
    "</p>",
    "<br/>",
    "<rt>",
    "</rt>",
    "&amp;",
    "&#x41;",
    "&nope;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?x",
    "?>",
    "<!DOCTYPE x [",
    "]>",
    "text",
    "題",
    "'",
    "\"",
    "=",
    " id=",
    " href='../../x'",
    " href='%",
    "epub:type='cover'",
    "#",
    ":",
    "<item id='d0' href='a.xhtml' media-type='application/xhtml+xml' fallback='d0'/>",
    "<itemref idref='d0'/>",
    "<manifest>",
    "</manifest>",
    "<spine>",
    "</spine>",
    "<metadata>",
    "</metadata>",
    "<meta refines='#a' id='a' property='role'>",
    "</meta>",
    "<dc:title>",
    "</dc:title>",
    "<package version='9'>",
    "</package>",
    "<guide>",
    "<reference type='text' href=''/>",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600), name in prop::sample::select(&["a.txt", "a.md", "a.epub"][..])) {
        survives(name, &bytes);
        survives(name, &[b"PK\x03\x04", bytes.as_slice()].concat());
    }

    #[test]
    fn random_text(text in pieces(TEXT)) {
        survives("a.txt", text.as_bytes());
        survives("a.md", text.as_bytes());
        survives("a.txt", &encoding_rs::SHIFT_JIS.encode(&text).0);
    }

    #[test]
    fn no_line_of_a_novel_is_lost(lines in prop::collection::vec(prop::sample::select(LINES), 0..40)) {
        loses_nothing(&lines.join("\n"));
    }

    #[test]
    fn no_line_of_random_text_is_lost(text in pieces(TEXT)) {
        loses_nothing(&text.replace('\r', ""));
    }

    #[test]
    fn mutated_archives(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        end in prop::option::of(any::<prop::sample::Index>()),
        stored in any::<bool>(),
    ) {
        let method = if stored { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let mut bytes = book().bytes_with(method);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        survives("a.epub", &bytes);
    }

    #[test]
    fn mutated_documents(
        file in prop::sample::select(&["META-INF/container.xml", "OPS/package.opf", "OPS/nav.xhtml", "OPS/a.xhtml"][..]),
        at in any::<prop::sample::Index>(),
        length in 0usize..40,
        xml in pieces(XML),
        whole in prop::bool::weighted(0.3),
    ) {
        let book = book();
        let (_, content) = book.files.iter().find(|(name, _)| name == file).unwrap();
        let text = String::from_utf8(content.clone()).unwrap();
        let chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        let after = chars[(at + length).min(chars.len())..].iter().collect::<String>();
        let mutated = if whole { xml } else { chars[..at].iter().collect::<String>() + &xml + &after };
        survives("a.epub", &book.with(file, mutated).bytes_with(CompressionMethod::Stored));
    }
}

#[test]
fn every_cut_of_a_small_book_is_survived() {
    let bytes = small().bytes();
    for end in 0..bytes.len() {
        survives("a.epub", &bytes[..end]);
    }
}
