//! Recognizes lines that tools and sites add to each page: links to other pages, the address of the source.

/// Words of links from page to page, in lower case. A longer word precedes any word that it begins with.
const LINKS: &[&str] = &[
    "前のページ",
    "前の話",
    "前話",
    "前へ",
    "前頁",
    "次のページ",
    "次の話",
    "次話",
    "次へ",
    "次頁",
    "目次へ戻る",
    "目次に戻る",
    "目次へ",
    "目次",
    "もくじ",
    "トップへ",
    "戻る",
    "进む",
    "進む",
    "上一章",
    "上一页",
    "上一頁",
    "上一回",
    "上一话",
    "下一章",
    "下一页",
    "下一頁",
    "下一回",
    "下一话",
    "返回目录",
    "返回目錄",
    "返回书页",
    "返回",
    "目录",
    "目錄",
    "章节目录",
    "加入书签",
    "加入書籤",
    "이전 화",
    "이전화",
    "이전글",
    "이전",
    "다음 화",
    "다음화",
    "다음글",
    "다음",
    "목차",
    "목록",
    "previous chapter",
    "previous page",
    "previous",
    "prev chapter",
    "prev",
    "next chapter",
    "next page",
    "next",
    "table of contents",
    "contents",
    "back to contents",
    "back to top",
    "index",
    "toc",
    "home",
    "kapitel zurück",
    "zurück",
    "weiter",
    "inhaltsverzeichnis",
    "inhalt",
    "précédent",
    "suivant",
    "sommaire",
    "anterior",
    "siguiente",
    "índice",
    "назад",
    "вперёд",
    "вперед",
    "содержание",
    "оглавление",
];

/// Returns whether a line with links consists only of links from page to page.
pub(super) fn is_page_links(line: &str) -> bool {
    const LONGEST: usize = 200;
    if line.len() > LONGEST {
        return false;
    }
    let line = line.to_lowercase();
    let is_mark = |c: char| c.is_whitespace() || (!c.is_alphanumeric() && c != '々');
    let mut rest = line.trim_start_matches(is_mark);
    let mut words = 0;
    while !rest.is_empty() {
        let longest = LINKS.iter().filter_map(|word| rest.strip_prefix(word)).min_by_key(|after| after.len());
        let Some(after) = longest else { return false };
        // `Nextdoor` is not `next`: in scripts with spaces, a word must end where the link's word ends.
        if after.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return false;
        }
        words += 1;
        rest = after.trim_start_matches(is_mark);
    }
    words > 0
}

/// Recognizes narou.rb's line above the source address. The result says whether the address is in the same
/// line.
pub(super) fn source_line(line: &str) -> Option<bool> {
    let rest = line.trim().strip_prefix("掲載ページ")?.trim_start_matches([':', '：', ' ', '\u{3000}']);
    if rest.is_empty() { Some(false) } else { is_address(rest).then_some(true) }
}

/// Returns whether a line is only an address.
pub(super) fn is_address(line: &str) -> bool {
    let line = line.trim();
    (line.starts_with("https://") || line.starts_with("http://")) && !line.contains(char::is_whitespace)
}

/// Returns whether a line is narou.rb's mark of the end of a book.
pub(super) fn is_end_of_book(line: &str) -> bool {
    line.trim() == "（本を読み終わりました）"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_from_page_to_page() {
        for line in [
            "前へ",
            "前へ　目次　次へ",
            "<< 前の話 | 目次 | 次の話 >>",
            "Previous Chapter | Table of Contents | Next Chapter",
            "← Prev · Next →",
            "上一章 返回目录 下一章",
            "이전화 목차 다음화",
            "前へ目次次へ",
        ] {
            assert!(is_page_links(line), "{line}");
        }
        for line in ["次へ行こう", "Next morning", "", "|", "目次を見た", "Nextdoor", "第一章"] {
            assert!(!is_page_links(line), "{line}");
        }
    }

    #[test]
    fn the_source_of_narou_rb() {
        assert_eq!(source_line("掲載ページ:"), Some(false));
        assert_eq!(source_line("　掲載ページ：https://ncode.example/n1/"), Some(true));
        assert_eq!(source_line("掲載ページを開いた。"), None);
        assert!(is_address("https://a.example/b") && !is_address("see https://a.example"));
    }
}
