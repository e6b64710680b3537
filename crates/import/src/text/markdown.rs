//! Markdown's headings, and the level of them that makes chapters.

/// A heading: its first line, the lines it takes, its level (1–6) and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) line: usize,
    pub(super) lines: usize,
    pub(super) level: u8,
    pub(super) title: String,
}

/// The chapters' headings, and the one heading that is the work's title.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) title: Option<Heading>,
    pub(super) chapters: Vec<Heading>,
}

/// Reads the outline: one `#` at the top is the title and the next level makes the chapters; otherwise the
/// highest level does. Deeper levels stay in the text.
pub(super) fn outline(lines: &[&str]) -> Outline {
    let mut headings = find_headings(lines);
    let Some(top) = headings.iter().map(|heading| heading.level).min() else { return Outline::default() };
    let only_one = headings.iter().filter(|heading| heading.level == top).count() == 1;
    let first_is_top = headings[0].level == top;
    let nothing_before = lines[..headings[0].line].iter().all(|line| line.trim().is_empty());
    let mut title = None;
    if only_one && first_is_top && nothing_before && top == 1 {
        title = Some(headings.remove(0));
    }
    let level = headings.iter().map(|heading| heading.level).min().unwrap_or(top);
    headings.retain(|heading| heading.level == level);
    Outline { title, chapters: headings }
}

fn find_headings(lines: &[&str]) -> Vec<Heading> {
    let mut headings = Vec::new();
    let mut fence: Option<&str> = None;
    for (at, line) in lines.iter().enumerate() {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(close)) if open == close => fence = None,
            (Some(_), _) => {}
            (None, None) => headings.extend(hashed(line, at).or_else(|| underlined(lines, at))),
        }
    }
    headings
}

/// `## Title`, also closed (`## Title ##`).
fn hashed(line: &str, at: usize) -> Option<Heading> {
    let indented = line.len() - line.trim_start_matches(' ').len();
    let rest = line.trim_start_matches(' ').trim_start_matches('#');
    let level = line.len() - indented - rest.len();
    if indented > 3 || !(1..=6).contains(&level) || !rest.starts_with([' ', '\t', '\u{3000}']) {
        return None;
    }
    let title = rest.trim();
    let closed = title.trim_end_matches('#');
    let title = if closed.is_empty() || closed.ends_with([' ', '\t']) { closed.trim_end() } else { title };
    (!title.is_empty()).then(|| Heading { line: at, lines: 1, level: level as u8, title: title.to_owned() })
}

/// A line of text over a line of `===` or `---`, with blank lines around.
fn underlined(lines: &[&str], at: usize) -> Option<Heading> {
    let under = lines.get(at + 1)?.trim_end();
    let level = match under.bytes().next()? {
        b'=' => 1,
        b'-' => 2,
        _ => return None,
    };
    let mark = &under[..1];
    let alone = at == 0 || lines[at - 1].trim().is_empty();
    let title = lines[at].trim();
    (under.len() >= 3
        && under.replace(mark, "").is_empty()
        && alone
        && !title.is_empty()
        && title.len() < 300)
        .then(|| Heading { line: at, lines: 2, level, title: title.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> (Option<String>, Vec<String>) {
        let outline = outline(&text.split('\n').collect::<Vec<_>>());
        (
            outline.title.map(|heading| heading.title),
            outline.chapters.into_iter().map(|heading| heading.title).collect(),
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
    fn code_and_hashtags_are_no_headings() {
        assert_eq!(titles("```\n# no\n```\n#no\n####### no\n    # no"), (None, vec![]));
    }
}
