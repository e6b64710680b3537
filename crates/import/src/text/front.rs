//! Finds title and author in the first lines, or in a Markdown file's front matter.

use crate::lines::Walk;

/// Data about the work from the head of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Front {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) language: Option<String>,
}

const LONGEST_TITLE: usize = 80;
const LONGEST_AUTHOR: usize = 40;
const TITLE_KEYS: &[&str] = &["title", "書名", "书名", "作品名", "タイトル", "题目", "제목"];
const AUTHOR_KEYS: &[&str] =
    &["author", "by", "作者", "著者", "作", "著", "written by", "저자", "작가", "автор"];

/// Takes title and author from the lines before the first heading (or from all lines, if there is none).
/// Returns the number of lines used.
pub(super) fn take_lines(lines: Walk<'_, '_>, has_headings: bool) -> (Front, usize) {
    let mut front = Front::default();
    let texts: Vec<(usize, &str)> = lines
        .clone()
        .enumerate()
        .map(|(at, line)| (at, line.trim()))
        .filter(|(_, line)| !line.is_empty())
        .take(3)
        .collect();
    let Some((first_at, first)) = texts.first().copied() else { return (front, 0) };
    let blank_after =
        |at: usize| lines.clone().nth(at + 1).map_or(has_headings, |line| line.trim().is_empty());
    let second = texts.get(1).copied();
    let (title, keyed) = match labelled(first, TITLE_KEYS) {
        Some(title) => (title, true),
        None => (first, false),
    };
    if !is_line_of_its_own(title, LONGEST_TITLE) {
        return (front, 0);
    }
    let author = second.and_then(|(at, line)| {
        let labelled_name = labelled(line, AUTHOR_KEYS);
        let stands_alone = blank_after(at) && (blank_after(first_at) || at == first_at + 1);
        let name = labelled_name.or(stands_alone.then_some(line))?;
        is_line_of_its_own(name, LONGEST_AUTHOR).then_some((at, name))
    });
    match author {
        Some((at, name)) => {
            front.title = Some(title.to_owned());
            front.author = Some(name.to_owned());
            (front, at + 1)
        }
        None if keyed || blank_after(first_at) => {
            front.title = Some(title.to_owned());
            (front, first_at + 1)
        }
        None => (Front::default(), 0),
    }
}

/// Takes the author from the line after a Markdown file's title heading, if it is labelled as the author or
/// is the only line.
pub(super) fn take_author(lines: Walk<'_, '_>) -> Option<(String, usize)> {
    let mut texts =
        lines.enumerate().map(|(at, line)| (at, line.trim())).filter(|(_, line)| !line.is_empty());
    let (at, line) = texts.next()?;
    let plain = line.trim_matches(['*', '_']);
    let alone = texts.next().is_none();
    let name = labelled(plain, AUTHOR_KEYS).or(alone.then_some(plain))?;
    is_line_of_its_own(name, LONGEST_AUTHOR).then(|| (name.to_owned(), at + 1))
}

/// Returns the value of a labelled line: `Author: Name`, `by Name`, `作者：名`.
fn labelled<'a>(line: &'a str, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| {
        let start = line.get(..key.len())?;
        let rest = (start.to_lowercase() == *key).then_some(&line[key.len()..])?;
        let value = rest
            .trim_start()
            .strip_prefix([':', '：'])
            .or(rest.strip_prefix(' ').filter(|_| *key == "by"))?;
        Some(value.trim()).filter(|value| !value.is_empty())
    })
}

/// Returns whether a line is short, and neither a sentence nor dialogue.
fn is_line_of_its_own(line: &str, longest: usize) -> bool {
    const SPEECH: &[char] = &['「', '“', '"', '#', '-', '*', '―', '—', '─'];
    const UNFINISHED: &[char] = &['。', '、', '，', ',', ';', ':', '：', '」', '”', '"', '？', '?'];
    let length = line.chars().take(longest + 1).count();
    let is_sentence =
        line.ends_with(UNFINISHED) || (length > LONGEST_AUTHOR && line.ends_with(['.', '!', '！', '…']));
    let is_speech = line.starts_with(SPEECH);
    length <= longest && !is_speech && !is_sentence && line.chars().any(char::is_alphanumeric)
}

/// Reads the YAML front matter of a Markdown file (`key: value` between two lines of `---`), and returns its
/// number of lines. Nested values are skipped.
pub(super) fn take_front_matter(text: &str) -> (Front, usize) {
    const LONGEST: usize = 200;
    let mut front = Front::default();
    let lines: Vec<&str> = text.split('\n').take(LONGEST).collect();
    if lines.first().is_none_or(|line| line.trim_end() != "---") {
        return (front, 0);
    }
    let end = lines.iter().skip(1).position(|line| matches!(line.trim_end(), "---" | "..."));
    let Some(end) = end.map(|position| position + 1) else { return (front, 0) };
    for line in &lines[1..end] {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim().trim_matches(['"', '\'']).trim();
        let slot = match key.to_ascii_lowercase().as_str() {
            "title" => &mut front.title,
            "author" | "creator" => &mut front.author,
            "lang" | "language" => &mut front.language,
            _ => continue,
        };
        if !value.is_empty() {
            *slot = Some(value.to_owned());
        }
    }
    (front, end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::Lines;

    fn take(text: &str, has_headings: bool) -> (Option<String>, Option<String>, usize) {
        let (front, used) = take_lines(Lines::new(text).iter(), has_headings);
        (front.title, front.author, used)
    }

    #[test]
    fn title_and_author_stand_before_the_text() {
        let both = (Some("銀河鉄道の夜".to_owned()), Some("宮沢賢治".to_owned()));
        let found = |(title, author, used)| ((title, author), used);
        assert_eq!(found(take("銀河鉄道の夜\n宮沢賢治", true)), (both.clone(), 2));
        assert_eq!(found(take("銀河鉄道の夜\n宮沢賢治\n\n本文が続く。", false)), (both.clone(), 2));
        assert_eq!(found(take("\n銀河鉄道の夜\n\n宮沢賢治\n\n本文が続く。", false)), (both.clone(), 4));
        assert_eq!(found(take("銀河鉄道の夜\n作者：宮沢賢治\n本文が続く。", false)), (both, 2));
        assert_eq!(take("Title: A\nAuthor: B\nText.", false), (Some("A".into()), Some("B".into()), 2));
        assert_eq!(take("A Tale\n\nIt was late.\nVery late.", false), (Some("A Tale".into()), None, 1));
    }

    #[test]
    fn text_is_not_taken_for_a_title() {
        for text in [
            "朝だった。\n雨が降っていた。",
            "「おはよう」\n「おはよう」\n\n",
            "One line\nAnother line\nand on",
            "雨\n風\n雪が降る。",
        ] {
            assert_eq!(take(text, false), (None, None, 0), "{text}");
        }
    }

    #[test]
    fn front_matter_is_read() {
        let text = "---\ntitle: \"The Fox\"\nauthor: Aoi\nlang: en-GB\ntags: [a]\n---\n# One";
        let (front, used) = take_front_matter(text);
        assert_eq!((front.title.as_deref(), front.author.as_deref()), (Some("The Fox"), Some("Aoi")));
        assert_eq!((front.language.as_deref(), used), (Some("en-GB"), 6));
        assert_eq!(take_front_matter("---\ntitle: x").1, 0);
    }
}
