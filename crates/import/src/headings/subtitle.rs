//! Finds titles on the lines below the number: `CHAPTER I.` above `Down the Rabbit-Hole`, `第一章` above
//! `はじまり`.

use super::layout::is_indented;
use super::{Heading, Level};
use crate::book::one_line;
use crate::lines::Lines;
use std::collections::HashMap;
use std::ops::Range;

/// Longest title on one line, in code points.
const LONGEST: usize = 60;
/// Most lines of a title in capitals, and the longest such line: texts of Project Gutenberg wrap at 72.
const MOST_LINES: usize = 4;
const LONGEST_IN_CAPITALS: usize = 80;
/// Most blank lines between the number and the title.
const WIDEST_GAP: usize = 2;

/// The title candidate below a heading whose own line has no title.
struct Below {
    /// Lines of the title.
    lines: Range<usize>,
    title: String,
    /// Blank lines separate it from the number.
    is_apart: bool,
    /// It ends like a sentence.
    is_sentence: bool,
    /// No text separates it from the next heading.
    is_alone: bool,
}

/// Joins titles to the headings above them. `has_no_title` says for each heading that its own line has no
/// title.
///
/// A title is a short line with a blank line below it. It is joined if most headings of its kind have one.
/// Below a volume it is also joined if nothing else precedes the first chapter.
pub(super) fn join(lines: &Lines<'_>, has_no_title: &[bool], headings: &mut [Heading]) {
    let found: Vec<Option<Below>> = (0..headings.len())
        .map(|index| if has_no_title[index] { below(lines, headings, index) } else { None })
        .collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for title in found.iter().flatten().map(|below| below.title.as_str()) {
        *counts.entry(title).or_default() += 1;
    }
    // A line below several headings is not a title: `Translator: …`.
    let is_repeated = |below: &Below| counts.get(below.title.as_str()).is_some_and(|count| *count > 2);
    let habits = [true, false].map(|is_volume| {
        let of_kind = |index: &usize| {
            matches!(headings[*index].level, Level::Volume(_)) == is_volume && !headings[*index].is_name
        };
        let kind: Vec<usize> =
            (0..headings.len()).filter(of_kind).filter(|index| has_no_title[*index]).collect();
        let titled = |is_apart: bool| {
            let titles = kind.iter().filter_map(|index| found[*index].as_ref());
            titles
                .filter(|below| below.is_apart == is_apart && !below.is_sentence && !is_repeated(below))
                .count()
        };
        Habit { headings: kind.len(), close: titled(false), apart: titled(true) }
    });
    let joined: Vec<bool> = found
        .iter()
        .zip(headings.iter())
        .map(|(below, heading)| {
            let is_volume = matches!(heading.level, Level::Volume(_));
            let habit = &habits[usize::from(!is_volume)];
            below.as_ref().is_some_and(|below| {
                !is_repeated(below)
                    && (habit.allows(below) || (is_volume && below.is_alone && !below.is_sentence))
            })
        })
        .collect();
    for ((heading, below), _) in headings.iter_mut().zip(found).zip(joined).filter(|(_, joined)| *joined) {
        if let Some(below) = below {
            heading.title = format!("{} {}", heading.title, below.title);
            heading.lines = below.lines.end - heading.line;
        }
    }
}

/// Counts of headings of one kind that have titles below them.
struct Habit {
    headings: usize,
    /// Titles directly below, and titles after blank lines.
    close: usize,
    apart: usize,
}

impl Habit {
    /// Returns whether the title may be joined. After blank lines, a first line of prose looks the same, so
    /// nearly all headings must have a title.
    fn allows(&self, below: &Below) -> bool {
        let is_rule = if below.is_apart {
            self.apart >= 3 && self.apart * 5 >= self.headings * 4
        } else {
            self.close >= 2 && self.close * 2 > self.headings
        };
        let is_firm = !below.is_apart && self.close >= 3 && self.close * 5 >= self.headings * 4;
        is_rule && (!below.is_sentence || is_firm)
    }
}

fn below(lines: &Lines<'_>, headings: &[Heading], index: usize) -> Option<Below> {
    let heading = &headings[index];
    let after = heading.line + heading.lines;
    let end = headings.get(index + 1).map_or(lines.len(), |next| next.line);
    let mut rest = (after..).zip(lines.range(after..end)).peekable();
    let mut gap = 0;
    while rest.next_if(|(_, line)| line.trim().is_empty()).is_some() {
        gap += 1;
        if gap > WIDEST_GAP {
            return None;
        }
    }
    let mut texts: Vec<&str> = Vec::new();
    let start = after + gap;
    while let Some((_, line)) = rest.next_if(|(_, line)| !line.trim().is_empty()) {
        if texts.len() == MOST_LINES || !is_title_line(line, is_indented(lines.at(heading.line))) {
            return None;
        }
        texts.push(line.trim());
    }
    let last = texts.last()?;
    let in_capitals = texts.iter().all(|line| is_in_capitals(line));
    let is_short = |line: &&str| line.chars().nth(LONGEST).is_none();
    // A blank line must follow, and then text.
    let has_more = rest.next().is_some();
    if !has_more || !(in_capitals || (texts.len() == 1 && texts.iter().all(is_short))) {
        return None;
    }
    Some(Below {
        lines: start..start + texts.len(),
        title: one_line(&texts.join(" ")),
        is_apart: gap > 0,
        is_sentence: !in_capitals && ends_as_sentence(last),
        is_alone: rest.all(|(_, line)| line.trim().is_empty()),
    })
}

fn is_title_line(line: &str, may_be_indented: bool) -> bool {
    /// Starts of dialogue, notes and rules.
    const STARTS: &[char] = &[
        '「', '『', '“', '"', '‘', '\'', '—', '―', '–', '-', '*', '[', '(', '（', '【', '［', '<', '〈',
        '《', '※',
    ];
    const ENDS: &[char] = &['、', '，', ',', ';', '；', ':', '：', '」', '』', '”', '"'];
    let text = line.trim();
    text.chars().nth(LONGEST_IN_CAPITALS).is_none()
        && text.contains(char::is_alphabetic)
        && (may_be_indented || !is_indented(line))
        && !text.starts_with(STARTS)
        && !text.ends_with(ENDS)
        && !text.contains("://")
}

/// Returns whether all letters with case are capitals.
fn is_in_capitals(line: &str) -> bool {
    line.contains(char::is_uppercase) && !line.contains(char::is_lowercase)
}

fn ends_as_sentence(line: &str) -> bool {
    line.ends_with(['.', '。', '．', '!', '?', '！', '？', '…', '‥', '؟', '।', '—'])
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use crate::lines::Lines;

    fn titles(text: &str) -> Vec<String> {
        find(&Lines::new(text)).headings.into_iter().map(|heading| heading.title).collect()
    }

    /// Makes a text from chapters: number, separator, title.
    fn text(chapters: &[(&str, &str, &str)]) -> String {
        let prose =
            "It was late, and the rain had not stopped since the morning of the day\nbefore. He waited.";
        let chapter = |(number, gap, title): &(&str, &str, &str)| {
            format!("{number}\n{gap}{title}\n\n{prose}\n\n{prose}\n\n")
        };
        chapters.iter().map(chapter).collect()
    }

    #[test]
    fn titles_below_numbers_are_joined() {
        for (chapters, expected) in [
            (
                &[("CHAPTER I.", "", "Down the Rabbit-Hole"), ("CHAPTER II.", "", "The Pool of Tears")][..],
                ["CHAPTER I. Down the Rabbit-Hole", "CHAPTER II. The Pool of Tears"],
            ),
            (&[("第一章", "", "はじまり"), ("第二章", "", "門の前")], ["第一章 はじまり", "第二章 門の前"]),
            (&[("1", "", "Rain"), ("2", "", "Snow")], ["1 Rain", "2 Snow"]),
            (
                &[("제1화", "", "열쇠의 집"), ("제2화", "", "문 앞에서")],
                ["제1화 열쇠의 집", "제2화 문 앞에서"],
            ),
            (
                &[
                    (
                        "Chapter I",
                        "",
                        "IN WHICH PHILEAS FOGG AND PASSEPARTOUT ACCEPT EACH OTHER, THE ONE AS\nMASTER, THE OTHER AS MAN",
                    ),
                    ("Chapter II", "", "IN WHICH PASSEPARTOUT IS CONVINCED."),
                ],
                [
                    "Chapter I IN WHICH PHILEAS FOGG AND PASSEPARTOUT ACCEPT EACH OTHER, THE ONE AS MASTER, THE OTHER AS MAN",
                    "Chapter II IN WHICH PASSEPARTOUT IS CONVINCED.",
                ],
            ),
        ] {
            assert_eq!(titles(&text(chapters)), expected);
        }
        let apart = ["The Old Sea-dog", "Black Dog", "The Black Spot"];
        let chapters: Vec<(String, &str)> = (1..).map(|n| format!("CHAPTER {n}")).zip(apart).collect();
        let chapters: Vec<(&str, &str, &str)> =
            chapters.iter().map(|(n, t)| (n.as_str(), "\n", *t)).collect();
        assert_eq!(titles(&text(&chapters))[2], "CHAPTER 3 The Black Spot");
    }

    #[test]
    fn first_lines_of_prose_are_not() {
        for chapters in [
            // Fewer than half of the chapters have a title.
            &[
                ("Chapter 1", "", "Rain"),
                ("Chapter 2", "", "He waited."),
                ("Chapter 3", "", "“Here?” he said."),
            ][..],
            &[("Chapter 1", "", "He came."), ("Chapter 2", "", "He went."), ("Chapter 3", "", "He slept.")],
            &[("第一章", "", "「はい」"), ("第二章", "", "「いいえ」"), ("第三章", "", "「また」")],
            // Two titles below blank lines may be chance.
            &[("Chapter 1", "\n", "Rain"), ("Chapter 2", "\n", "Snow")],
            // The same line below each heading.
            &[
                ("Chapter 1", "", "Translator: A"),
                ("Chapter 2", "", "Translator: A"),
                ("Chapter 3", "", "Translator: A"),
            ],
            &[("第一章", "", "　朝の光"), ("第二章", "", "　夜の声"), ("第三章", "", "　雨の音")],
        ] {
            let numbers: Vec<&str> = chapters.iter().map(|(number, ..)| *number).collect();
            assert_eq!(titles(&text(chapters)), numbers);
        }
        // Without a blank line below it, the line is prose.
        assert_eq!(titles("第一章\n朝\n本文が続く。\n第二章\n夜\n本文が続く。\n"), ["第一章", "第二章"]);
    }

    #[test]
    fn a_volume_has_its_title_below_it() {
        let prose = "It was late, and the rain had not stopped since the morning.\n\nHe waited.\n\n";
        let text = format!("PART ONE\n\nThe Old Buccaneer\n\nCHAPTER 1\n\n{prose}CHAPTER 2\n\n{prose}");
        assert_eq!(titles(&text), ["PART ONE The Old Buccaneer", "CHAPTER 1", "CHAPTER 2"]);
    }
}
