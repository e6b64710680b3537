//! Removes lines that sites and download tools add around the text: links to other pages, addresses, notices.

use crate::lines::empty_lines;
use std::collections::HashMap;

/// Words of links to the previous, next and parent page.
const LINKS: &[&str] = &[
    "前へ",
    "次へ",
    "前の話",
    "次の話",
    "前のページ",
    "次のページ",
    "目次へ",
    "目次",
    "トップへ",
    "小説トップ",
    "上一章",
    "下一章",
    "上一页",
    "下一页",
    "上一頁",
    "下一頁",
    "返回目录",
    "返回目錄",
    "章节目录",
    "章節目錄",
    "目录",
    "目錄",
    "回目录",
    "加入书签",
    "이전화",
    "다음화",
    "이전 화",
    "다음 화",
    "이전",
    "다음",
    "목록",
    "previous chapter",
    "next chapter",
    "table of contents",
    "prev",
    "previous",
    "next",
    "index",
];

/// Words of notices that sites and uploaders insert.
const NOTICES: &[&str] = &[
    "请勿转载",
    "請勿轉載",
    "转载请注明",
    "轉載請註明",
    "禁止转载",
    "网首发",
    "網首發",
    "请记住本站",
    "請記住本站",
    "本站永久域名",
    "一秒记住",
    "txt下载",
    "TXT下载",
    "TXT全集",
    "手机用户请",
    "無断転載",
    "無断複製",
    "무단 전재",
    "무단전재",
    "무단 복제",
    "무단복제",
];

/// Longest line of links, in bytes.
const LONGEST: usize = 60;

/// Longest notice, in characters; a notice is one sentence.
const LONGEST_NOTICE: usize = 80;

/// Most different lines of links that are stored; a site has a few.
const MOST: usize = 10_000;

/// Blanks out such lines and returns their number.
pub(super) fn blank_out(text: String) -> (String, usize) {
    let mut links: HashMap<String, usize> = HashMap::new();
    for line in text.split('\n').map(str::trim) {
        if line.len() > LONGEST || count_links(line) == 0 {
            continue;
        }
        if let Some(count) = links.get_mut(line) {
            *count += 1;
        } else if links.len() < MOST {
            links.insert(line.to_owned(), 1);
        }
    }
    let mut after_address_label = false;
    empty_lines(text, |line| {
        let text = line.trim();
        if text.is_empty() {
            return true;
        }
        // narou.rb writes the address of the publication below a label.
        let is_label = is_address_label(text);
        let is_address = after_address_label && is_link(text);
        let is_links =
            text.len() <= LONGEST && links.get(text).is_some_and(|count| *count > 1 || count_links(text) > 1);
        after_address_label = is_label;
        !(is_label || is_address || is_links || is_notice(text))
    })
}

/// Returns whether a line is a notice of the site to its readers, not dialogue.
fn is_notice(line: &str) -> bool {
    const SPEECH: &[char] = &['「', '」', '『', '“', '”', '"', '‘'];
    const SHORTEST: usize = 9;
    line.len() >= SHORTEST
        && NOTICES.iter().any(|words| line.contains(words))
        && line.chars().nth(LONGEST_NOTICE).is_none()
        && !line.contains(SPEECH)
}

/// Returns the number of links in the line; 0 if it contains anything else.
fn count_links(line: &str) -> usize {
    let mut rest = line;
    let mut found = 0;
    loop {
        rest = rest.trim_start_matches(|c: char| {
            c.is_whitespace() || "<>＜＞«»≪≫|｜/／[]［］()（）・-—→←:：".contains(c)
        });
        if rest.is_empty() {
            return found;
        }
        let word = LINKS.iter().find(|word| begins_like(rest, word) && starts_with(rest, word));
        let Some(word) = word else { return 0 };
        let after = &rest[word.len()..];
        if word.is_ascii() && after.starts_with(char::is_alphanumeric) {
            return 0;
        }
        rest = after;
        found += 1;
    }
}

/// Compares the first byte only: most lines are no links.
fn begins_like(text: &str, word: &str) -> bool {
    let first = |text: &str| text.as_bytes().first().map(u8::to_ascii_lowercase);
    first(text) == first(word)
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn is_address_label(line: &str) -> bool {
    let rest = line.strip_prefix("掲載ページ");
    rest.is_some_and(|rest| {
        let rest = rest.trim_start_matches([':', '：', ' ', '\u{3000}']);
        rest.is_empty() || is_link(rest)
    })
}

fn is_link(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://") || text.starts_with("<a href="))
        && text.len() < 500
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_of_sites_go_and_what_people_say_stays() {
        let lines = [
            "【本书由某某网首发，请勿转载】",
            "第1章 门",
            "“请勿转载？”他笑了。",
            "※無断転載を禁じます",
            "본 작품의 무단 전재 및 복제를 금합니다.",
            "他把那封信转载到了报上。",
        ];
        let (text, count) = blank_out(lines.join("\n"));
        assert_eq!(count, 3);
        let left: Vec<&str> = text.split('\n').filter(|line| !line.is_empty()).collect();
        assert_eq!(left, ["第1章 门", "“请勿转载？”他笑了。", "他把那封信转载到了报上。"]);
    }

    #[test]
    fn links_go_and_words_stay() {
        let lines = [
            "掲載ページ:",
            "<a href=\"https://ncode.example/n1/\">https://ncode.example/n1/</a>",
            "第1話",
            "＜＜ 前へ｜次へ ＞＞",
            "「次へ」と彼は言った。",
            "次へ",
            "本文 次へ",
            "上一章 目录 下一章",
            "Next Chapter",
            "next to him",
            "Next Chapter",
            "目次",
        ];
        let (text, count) = blank_out(lines.join("\n"));
        assert_eq!(count, 6);
        let left: Vec<&str> = text.split('\n').filter(|line| !line.is_empty()).collect();
        assert_eq!(left, ["第1話", "「次へ」と彼は言った。", "次へ", "本文 次へ", "next to him", "目次"]);
    }
}
