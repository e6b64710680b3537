//! Divides the text between headings into chapters.

use super::{Heading, Level};
use crate::book::Chapter;
use crate::error::shown;
use crate::lines::Lines;
use crate::warning::{Warning, WarningCode};
use std::collections::HashMap;

/// An open volume.
struct Volume {
    depth: u8,
    title: String,
    line: usize,
    /// The volume contains a chapter.
    used: bool,
}

/// Divides `lines` at `headings`; text before the first heading is left to the caller. Text between a
/// volume's heading and its first chapter becomes a chapter with the volume's title. `line_of` maps a line to
/// its line (from 0) in the file, for warnings.
pub(crate) fn sections(
    lines: &Lines<'_>,
    mut headings: Vec<Heading>,
    line_of: impl Fn(usize) -> usize,
    warnings: &mut Vec<Warning>,
) -> Vec<Chapter> {
    nest_as_written(lines, &mut headings);
    let mut later: HashMap<String, usize> = HashMap::new();
    for heading in &headings {
        *later.entry(heading.title.clone()).or_default() += 1;
    }
    let mut sections =
        Sections { line_of, warnings, volumes: Vec::new(), chapters: Vec::new(), pending: Vec::new() };
    let mut listed = 0;
    for (index, heading) in headings.iter().enumerate() {
        let left = later.entry(heading.title.clone()).or_default();
        *left -= 1;
        let text = text_of(lines, &headings, index);
        if heading.irregular {
            sections.warn(
                WarningCode::NumberingIrregular,
                format!(
                    "The number of the heading “{}” does not continue those before it.",
                    shown(&heading.title)
                ),
                heading.line,
            );
        }
        let next = headings.get(index + 1);
        match (heading.level, text) {
            (Level::Volume(depth), text) => sections.open_volume(heading, depth, text),
            (Level::Chapter, Some(text)) => sections.push(heading, text),
            // The heading is printed twice.
            (Level::Chapter, None) if next.is_some_and(|next| next.title == heading.title) => {}
            (Level::Chapter, None) if *left > 0 => listed += 1,
            (Level::Chapter, None)
                if heading.is_name && next.is_some_and(|next| next.level == Level::Chapter) =>
            {
                sections.pending.push(heading.title.clone());
            }
            (Level::Chapter, None) => sections.warn_without_text(&heading.title, heading.line),
        }
    }
    sections.close_volumes(0);
    for title in std::mem::take(&mut sections.pending) {
        sections.warn_without_text(&title, lines.len().saturating_sub(1));
    }
    let Sections { chapters, warnings, .. } = sections;
    if listed > 0 {
        warnings.push(contents_skipped(listed));
    }
    chapters
}

/// Returns the warning that contents lists were left out.
pub(crate) fn contents_skipped(entries: usize) -> Warning {
    Warning::new(
        WarningCode::ContentsSkipped,
        format!("A table of contents with {entries} entries was left out."),
    )
    .counting(entries)
}

/// Returns the text of a section, or `None` if it is blank.
fn text_of<'a>(lines: &Lines<'a>, headings: &[Heading], index: usize) -> Option<&'a str> {
    let heading = &headings[index];
    let end = headings.get(index + 1).map_or(lines.len(), |next| next.line);
    let text = lines.text((heading.line + heading.lines).min(end)..end);
    (!text.trim().is_empty()).then_some(text)
}

/// Corrects the order of volume levels: `第一部` above `第一卷` and the reverse both exist. The volume
/// directly above the other is wider.
fn nest_as_written(lines: &Lines<'_>, headings: &mut [Heading]) {
    let swapped = (0..headings.len().saturating_sub(1)).find_map(|index| {
        let (Level::Volume(outer), Level::Volume(inner)) = (headings[index].level, headings[index + 1].level)
        else {
            return None;
        };
        (inner < outer && text_of(lines, headings, index).is_none()).then_some((outer, inner))
    });
    let Some((outer, inner)) = swapped else { return };
    for heading in headings {
        heading.level = match heading.level {
            Level::Volume(depth) if depth == outer => Level::Volume(inner),
            Level::Volume(depth) if depth == inner => Level::Volume(outer),
            level => level,
        };
    }
}

struct Sections<'w, F> {
    line_of: F,
    warnings: &'w mut Vec<Warning>,
    volumes: Vec<Volume>,
    chapters: Vec<Chapter>,
    /// Names without text before a heading; they are added to its title.
    pending: Vec<String>,
}

impl<F: Fn(usize) -> usize> Sections<'_, F> {
    fn warn(&mut self, code: WarningCode, detail: String, line: usize) {
        self.warnings.push(Warning::new(code, detail).at_line((self.line_of)(line)));
    }

    fn warn_without_text(&mut self, title: &str, line: usize) {
        self.warn(
            WarningCode::ChapterWithoutText,
            format!("There is no text under the heading “{}”.", shown(title)),
            line,
        );
    }

    fn open_volume(&mut self, heading: &Heading, depth: u8, text: Option<&str>) {
        self.close_volumes(depth);
        let title = heading.title.clone();
        self.volumes.push(Volume { depth, title, line: heading.line, used: false });
        if let Some(text) = text {
            self.push(heading, text);
        }
    }

    /// Closes the volumes at `depth` and deeper.
    fn close_volumes(&mut self, depth: u8) {
        while let Some(volume) = self.volumes.pop_if(|volume| volume.depth >= depth) {
            if !volume.used {
                self.warn_without_text(&volume.title, volume.line);
            }
        }
    }

    fn push(&mut self, heading: &Heading, text: &str) {
        let mut names: Vec<&str> = Vec::new();
        for volume in &mut self.volumes {
            volume.used = true;
            names.push(&volume.title);
        }
        let open = names.join(" ");
        let volume = match &heading.volume {
            // A line that names its volume repeats the open volume, or names one inside it.
            Some(own) if own.starts_with(&open) => own.clone(),
            Some(own) if !open.contains(own.as_str()) => format!("{open} {own}"),
            _ => open,
        };
        let volume = Some(volume).filter(|volume| !volume.is_empty());
        let mut title = std::mem::take(&mut self.pending);
        title.push(heading.title.clone());
        self.chapters.push(Chapter { volume, title: title.join(" "), source_text: text.to_owned() });
    }
}
