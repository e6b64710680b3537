//! The result of an import.

use crate::error::{ImportError, shown};
use crate::language;
use crate::limits::Limits;
use crate::options::{Options, Split};
use crate::warning::{self, Warning, WarningCode};

/// A work with its chapters, within [`Limits`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// The format of the file.
    pub format: Format,
    /// Encoding of a text file, by its name in the WHATWG Encoding Standard; `None` for an EPUB.
    pub encoding: Option<&'static str>,
    /// Title of the work, from the file's text or metadata, else from its name.
    pub title: Option<String>,
    /// Author, if the file names one.
    pub author: Option<String>,
    /// BCP 47 tag of the text's language (`ja`, `zh-TW`): from the file, else a guess from the text; `None`
    /// if both fail.
    pub language: Option<String>,
    /// Chapters in reading order; at least one, none of them blank.
    pub chapters: Vec<Chapter>,
    /// Warnings about text left out and values guessed.
    pub warnings: Vec<Warning>,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
    /// EPUB 2 or 3.
    Epub,
}

impl Format {
    /// Returns `text`, `markdown` or `epub`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Epub => "epub",
        }
    }
}

/// A chapter: a title and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Title of the volume or part that contains the chapter: one line, never empty.
    pub volume: Option<String>,
    /// One line, never empty.
    pub title: String,
    /// The text without its heading: one paragraph a line, indentation as in the file, lines end in `\n`,
    /// no blank lines at either end, no U+0000.
    pub source_text: String,
}

impl Book {
    /// Completes the book after a format's reader: removes blank chapters, enforces limits, and fills in a
    /// missing language or title.
    pub(crate) fn finish(
        mut self,
        file_stem: Option<&str>,
        options: &Options,
        limits: &Limits,
    ) -> Result<Self, ImportError> {
        self.chapters.iter_mut().for_each(|chapter| trim_in_place(&mut chapter.source_text));
        self.chapters.retain(|chapter| !chapter.source_text.is_empty());
        if self.chapters.is_empty() {
            return Err(ImportError::NoText);
        }
        if options.split != Split::None {
            self.split_long_chapters(limits);
        }
        if self.chapters.len() > limits.chapters {
            return Err(ImportError::TooManyChapters { count: self.chapters.len(), limit: limits.chapters });
        }
        warning::sum_up(&mut self.warnings);
        self.find_title(file_stem);
        self.find_language();
        self.shorten_titles(limits.title_chars);
        for (index, chapter) in self.chapters.iter_mut().enumerate() {
            if chapter.title.is_empty() {
                chapter.title = (index + 1).to_string();
            }
            let chars = chapter.source_text.chars().count();
            if chars > limits.chapter_chars {
                return Err(ImportError::ChapterTooLong {
                    title: shown(&chapter.title),
                    chars,
                    limit: limits.chapter_chars,
                });
            }
        }
        Ok(self)
    }

    /// Splits chapters longer than [`Limits::split_chars`] into parts of similar length, at ends of
    /// paragraphs.
    fn split_long_chapters(&mut self, limits: &Limits) {
        let is_long = |chapter: &Chapter| chapter.source_text.chars().nth(limits.split_chars).is_some();
        if limits.split_chars == 0 || !self.chapters.iter().any(is_long) {
            return;
        }
        let mut chapters = Vec::with_capacity(self.chapters.len());
        for chapter in std::mem::take(&mut self.chapters) {
            if !is_long(&chapter) {
                chapters.push(chapter);
                continue;
            }
            let parts = parts_of(&chapter.source_text, limits.split_chars);
            if parts.len() > 1 {
                let detail = format!(
                    "The chapter “{}” is longer than {} characters and was split into {} at ends of paragraphs.",
                    shown(&chapter.title),
                    limits.split_chars,
                    parts.len()
                );
                self.warnings.push(Warning::new(WarningCode::ChapterSplit, detail).counting(parts.len()));
            }
            for (index, part) in parts.iter().enumerate() {
                let title = match parts.len() {
                    1 => chapter.title.clone(),
                    count => with_part(&chapter.title, index + 1, count, limits.title_chars),
                };
                let source_text = (*part).to_owned();
                chapters.push(Chapter { volume: chapter.volume.clone(), title, source_text });
            }
        }
        self.chapters = chapters;
    }

    fn find_title(&mut self, file_stem: Option<&str>) {
        self.title = self.title.take().map(|title| one_line(&title)).filter(|title| !title.is_empty());
        self.author = self.author.take().map(|author| one_line(&author)).filter(|author| !author.is_empty());
        if self.title.is_none()
            && let Some(stem) = file_stem.map(one_line).filter(|stem| !stem.is_empty())
        {
            self.warnings.push(Warning::new(
                WarningCode::TitleFromFileName,
                format!("The title “{}” is the file's name: the file gives none.", shown(&stem)),
            ));
            self.title = Some(stem);
        }
    }

    fn find_language(&mut self) {
        self.language = self.language.take().and_then(|tag| language::normalize(&tag));
        if self.language.is_some() {
            return;
        }
        let texts: Vec<&str> = self.chapters.iter().map(|chapter| chapter.source_text.as_str()).collect();
        let Some(guess) = language::guess(&texts) else { return };
        if !guess.certain {
            self.warnings.push(Warning::new(
                WarningCode::LanguageGuessed,
                format!("The language was guessed from the text: {}.", guess.tag),
            ));
        }
        self.language = Some(guess.tag.to_owned());
    }

    fn shorten_titles(&mut self, longest: usize) {
        let mut shortened = 0;
        for chapter in &mut self.chapters {
            chapter.volume = chapter.volume.take().filter(|volume| !one_line(volume).is_empty());
        }
        let titles = self
            .chapters
            .iter_mut()
            .flat_map(|chapter| chapter.volume.iter_mut().chain([&mut chapter.title]));
        for title in titles.chain(self.title.as_mut()).chain(self.author.as_mut()) {
            *title = one_line(title);
            if title.chars().nth(longest).is_some() {
                *title = title.chars().take(longest.saturating_sub(1)).chain(['…']).collect();
                shortened += 1;
            }
        }
        if shortened > 0 {
            self.warnings.push(Warning::new(
                WarningCode::TitleShortened,
                format!("{shortened} titles were shortened to {longest} characters."),
            ));
        }
    }
}

/// Splits the text into parts of at most `longest` characters, as even as paragraphs allow. A longer
/// paragraph is one part.
fn parts_of(text: &str, longest: usize) -> Vec<&str> {
    let total = text.chars().count();
    let aim = total.div_ceil(total.div_ceil(longest.max(1)).max(1));
    let mut parts = Vec::new();
    let (mut start, mut end, mut length) = (0, 0, 0);
    for line in text.split_inclusive('\n') {
        let chars = line.chars().count();
        let full = length + chars > longest || (length + chars / 2 > aim && length > 0);
        if full && !text[start..end].trim().is_empty() {
            parts.push(trim_blank_lines(&text[start..end]));
            (start, length) = (end, 0);
        }
        end += line.len();
        length += chars;
    }
    let rest = trim_blank_lines(&text[start..]);
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts
}

/// Returns `Title (2/3)`, with the title shortened to fit.
fn with_part(title: &str, part: usize, parts: usize, longest: usize) -> String {
    let mark = format!("({part}/{parts})");
    let title = one_line(title);
    if title.is_empty() {
        return mark;
    }
    let room = longest.saturating_sub(mark.len() + 1);
    if title.chars().nth(room).is_none() {
        return format!("{title} {mark}");
    }
    title.chars().take(room.saturating_sub(1)).chain(['…', ' ']).collect::<String>() + &mark
}

/// Makes a title one line: each run of white space and control characters becomes one space (U+3000 stays).
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.trim_matches(|c: char| c.is_whitespace() || c.is_control()).chars() {
        let blank = c.is_control() || (c.is_whitespace() && c != '\u{3000}');
        match (blank, line.ends_with(' ')) {
            (true, true) => {}
            (true, false) => line.push(' '),
            (false, _) => line.push(c),
        }
    }
    line
}

/// Returns the text without blank lines at its ends; the indentation of its first line stays.
pub(crate) fn trim_blank_lines(text: &str) -> &str {
    let start = text.len() - text.trim_start().len();
    let start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    text[start..].trim_end_matches(|c: char| c.is_whitespace())
}

/// Same as [`trim_blank_lines`] without a copy: a chapter may be as long as the file.
fn trim_in_place(text: &mut String) {
    text.truncate(text.trim_end_matches(|c: char| c.is_whitespace()).len());
    let start = text.len() - trim_blank_lines(text).len();
    text.drain(..start);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_go_and_indentation_stays() {
        assert_eq!(
            trim_blank_lines("\n \n\u{3000}\n\u{3000}一行目\n\n　二行目\n\u{3000}\n"),
            "\u{3000}一行目\n\n　二行目"
        );
        assert_eq!(trim_blank_lines(" \n\t"), "");
        assert_eq!(trim_blank_lines(""), "");
    }

    #[test]
    fn titles_are_one_line() {
        assert_eq!(one_line("  a\n\tb\u{7}c "), "a b c");
        assert_eq!(one_line("一　午後の授業"), "一　午後の授業");
        assert_eq!(one_line("\u{1e} \u{1e}"), "");
        assert_eq!(one_line("\u{1e}a\u{1e}"), "a");
    }
}
