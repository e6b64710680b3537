//! Finds Markdown headings, and the level that makes chapters.

use crate::headings::{self, Heading, Level, MOST_CANDIDATES};
use crate::lines::Lines;

/// A heading: its first line, number of lines, level (1–6) and text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Marked {
    line: usize,
    lines: usize,
    level: u8,
    title: String,
}

/// The headings of volumes and chapters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// The work's title, and the line after its heading.
    pub(super) title: Option<(String, usize)>,
    pub(super) headings: Vec<Heading>,
}

/// Builds the outline. A single `#` at the top is the title, and the next level makes the chapters. Otherwise
/// the highest level does. If its headings are volumes, the next level makes the chapters. Deeper levels stay
/// in the text.
pub(super) fn outline(lines: &Lines<'_>) -> Outline {
    let mut marked = find_headings(lines);
    let Some(top) = marked.iter().map(|heading| heading.level).min() else { return Outline::default() };
    let only_one = marked.iter().filter(|heading| heading.level == top).count() == 1;
    let first_is_top = marked[0].level == top;
    let nothing_before = lines.are_blank(0..marked[0].line);
    let mut title = None;
    if only_one
        && first_is_top
        && nothing_before
        && top == 1
        && (marked.len() == 1 || !headings::looks_like_heading(&marked[0].title))
    {
        let heading = marked.remove(0);
        title = Some((heading.title, heading.line + heading.lines));
    }
    let level = marked.iter().map(|heading| heading.level).min().unwrap_or(top);
    let next = marked.iter().map(|heading| heading.level).filter(|known| *known > level).min();
    let below = next.filter(|next| are_volumes(lines, &marked, level, *next));
    let headings = marked
        .into_iter()
        .filter(|heading| heading.level == level || Some(heading.level) == below)
        .map(|heading| Heading {
            lines: heading.lines,
            level: if below.is_some() && heading.level == level { Level::Volume(0) } else { Level::Chapter },
            ..Heading::chapter(heading.line, &heading.title)
        })
        .collect();
    Outline { title, headings }
}

/// Returns whether the headings of `level` are volumes: most are directly above a heading of the level
/// `next`, and there are at least twice as many of those.
fn are_volumes(lines: &Lines<'_>, marked: &[Marked], level: u8, next: u8) -> bool {
    let count = |level: u8| marked.iter().filter(|heading| heading.level == level).count();
    let over = marked
        .windows(2)
        .filter(|pair| {
            pair[0].level == level
                && pair[1].level == next
                && lines.are_blank(pair[0].line + pair[0].lines..pair[1].line)
        })
        .count();
    count(next) >= 2 * count(level) && over * 2 > count(level)
}

fn find_headings(lines: &Lines<'_>) -> Vec<Marked> {
    let mut headings = Vec::new();
    let mut fence: Option<&str> = None;
    for (at, line) in lines.iter().enumerate() {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(close)) if open == close => fence = None,
            (Some(_), _) => {}
            (None, None) if headings.len() >= MOST_CANDIDATES => break,
            (None, None) => headings.extend(hashed(line, at).or_else(|| underlined(lines, at))),
        }
    }
    headings
}

/// Parses `## Title`, also closed (`## Title ##`).
fn hashed(line: &str, at: usize) -> Option<Marked> {
    let indented = line.len() - line.trim_start_matches(' ').len();
    let rest = line.trim_start_matches(' ').trim_start_matches('#');
    let level = line.len() - indented - rest.len();
    if indented > 3 || !(1..=6).contains(&level) || !rest.starts_with([' ', '\t', '\u{3000}']) {
        return None;
    }
    let title = rest.trim();
    let closed = title.trim_end_matches('#');
    let title = if closed.is_empty() || closed.ends_with([' ', '\t']) { closed.trim_end() } else { title };
    (!title.is_empty()).then(|| Marked { line: at, lines: 1, level: level as u8, title: title.to_owned() })
}

/// Parses a line of text above a line of `===` or `---`, between blank lines.
fn underlined(lines: &Lines<'_>, at: usize) -> Option<Marked> {
    let under = lines.get(at + 1)?.trim_end();
    let level = match under.bytes().next()? {
        b'=' => 1,
        b'-' => 2,
        _ => return None,
    };
    let mark = &under[..1];
    let alone = at == 0 || lines.at(at - 1).trim().is_empty();
    let title = lines.at(at).trim();
    (under.len() >= 3
        && under.replace(mark, "").is_empty()
        && alone
        && !title.is_empty()
        && title.len() < 300)
        .then(|| Marked { line: at, lines: 2, level, title: title.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> (Option<String>, Vec<String>) {
        let outline = outline(&Lines::new(text));
        (
            outline.title.map(|(title, _)| title),
            outline.headings.into_iter().map(|heading| heading.title).collect(),
        )
    }

    #[test]
    fn the_level_that_makes_chapters_is_found() {
        let two = vec!["One".to_owned(), "Two".to_owned()];
        assert_eq!(titles("# Book\n\n## One\na\n### deeper\n## Two\nb"), (Some("Book".into()), two.clone()));
        assert_eq!(titles("# One\na\n## deeper\nb\n# Two #\nc"), (None, two.clone()));
        assert_eq!(titles("### One\na\n### Two\nb"), (None, two.clone()));
        assert_eq!(titles("Book\n====\n\nOne\n---\na\n\nTwo\n---\nb"), (Some("Book".into()), two));
        assert_eq!(titles("# Only\ntext"), (Some("Only".into()), vec![]));
        assert_eq!(titles("before\n# Only\ntext"), (None, vec!["Only".into()]));
    }

    #[test]
    fn volumes_hold_chapters() {
        let text = "# 第一卷\n\n## 第一章\na\n## 第二章\nb\n# 第二卷\n\n## 第三章\nc\n## 第四章\nd";
        let outline = outline(&Lines::new(text));
        let levels: Vec<Level> = outline.headings.iter().map(|heading| heading.level).collect();
        let (volume, chapter) = (Level::Volume(0), Level::Chapter);
        assert_eq!(levels, [volume, chapter, chapter, volume, chapter, chapter]);
        assert_eq!(outline.title, None);
        let one = outline_of_one();
        assert_eq!(one.first().map(|heading| heading.level), Some(volume));
    }

    fn outline_of_one() -> Vec<Heading> {
        outline(&Lines::new("# 第一卷\n\n## 第一章\na\n## 第二章\nb")).headings
    }

    #[test]
    fn code_and_hashtags_are_no_headings() {
        assert_eq!(titles("```\n# no\n```\n#no\n####### no\n    # no"), (None, vec![]));
    }
}
