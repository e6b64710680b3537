//! Ruby and notes to the typesetter in plain text, as Aozora Bunko and the sites for serial novels write them.

/// How deep a heading that Aozora Bunko marks as such is: `［＃「一」は中見出し］`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Large,
    Medium,
    Small,
}

/// Text without its ruby and notes, and what went.
#[derive(Debug, Default)]
pub(super) struct Stripped {
    pub(super) text: String,
    pub(super) ruby: usize,
    pub(super) annotations: usize,
    /// Characters that only a note describes; they stand as `※`.
    pub(super) unmapped: usize,
    /// Lines of `text` (from 0) that the notes mark as headings.
    pub(super) marked_headings: Vec<(usize, Rank)>,
}

const LONGEST_READING: usize = 60;
const LONGEST_ANNOTATION: usize = 200;

/// Drops readings (`漢字《かんじ》`, `｜base《reading》`, `<ruby>`) and notes (`［＃…］`). `《》` that hold no
/// reading are kept: they are quotation marks too. A line that held nothing but notes goes altogether.
pub(super) fn strip(text: &str) -> Stripped {
    let mut stripped = Stripped { text: String::with_capacity(text.len()), ..Default::default() };
    let mut lines = 0;
    for line in text.split('\n') {
        let start = stripped.text.len();
        let annotations = stripped.annotations;
        let rank = stripped.push_line(line);
        let only_notes = stripped.annotations > annotations && stripped.text[start..].trim().is_empty();
        if only_notes {
            stripped.text.truncate(start);
            continue;
        }
        if let Some(rank) = rank {
            stripped.marked_headings.push((lines, rank));
        }
        stripped.text.push('\n');
        lines += 1;
    }
    // `split` sees one line more than there are line ends.
    stripped.text.pop();
    stripped
}

impl Stripped {
    fn push_line(&mut self, line: &str) -> Option<Rank> {
        let line_start = self.text.len();
        // Where the base of the next reading starts, if `｜` marked it.
        let mut marked = None;
        let mut rank = None;
        let mut rest = line;
        while let Some(at) = rest.find(['《', '｜', '|', '［', '<', '※']) {
            self.text.push_str(&rest[..at]);
            rest = &rest[at..];
            let taken = if let Some(note) = annotation(rest) {
                rank = rank.or_else(|| heading_rank(note));
                self.annotations += 1;
                note.len()
            } else if let Some(length) = self.take_described_character(rest) {
                length
            } else if let Some(length) = self.take_reading(rest, line_start, marked) {
                marked = None;
                length
            } else if let Some(length) = self.take_tag(rest) {
                length
            } else if let Some(length) = self.take_mark(rest) {
                marked = Some(self.text.len());
                length
            } else {
                let length = rest.chars().next().map_or(0, char::len_utf8);
                self.text.push_str(&rest[..length]);
                length
            };
            rest = &rest[taken..];
        }
        self.text.push_str(rest);
        rank
    }

    /// `｜` counts as a mark only where a reading follows; `｜《` is how some sites write a plain `《`.
    fn take_mark(&mut self, rest: &str) -> Option<usize> {
        let after = rest.strip_prefix(['｜', '|'])?;
        let length = rest.len() - after.len();
        if after.starts_with('《') {
            self.text.push('《');
            return Some(length + '《'.len_utf8());
        }
        let base: usize =
            after.chars().take(LONGEST_READING).take_while(|c| *c != '《').map(char::len_utf8).sum();
        let clear = !after[..base].contains(['｜', '|', '》']);
        (clear && reading(&after[base..]).is_some()).then_some(length)
    }

    fn take_reading(&mut self, rest: &str, line_start: usize, marked: Option<usize>) -> Option<usize> {
        let reading = reading(rest)?;
        let base_is_marked = marked.is_some_and(|start| start < self.text.len());
        let base_is_kanji = self.text[line_start..].chars().next_back().is_some_and(is_kanji);
        let is_kana = reading.chars().all(is_kana);
        (base_is_marked || base_is_kanji && is_kana).then(|| {
            self.ruby += 1;
            reading.len() + 2 * '《'.len_utf8()
        })
    }

    /// `※［＃「てへん＋劣」、U+6318、…］`: the character itself where the note gives it.
    fn take_described_character(&mut self, rest: &str) -> Option<usize> {
        let note = annotation(rest.strip_prefix('※')?)?;
        let code = note.split_once("U+").map(|(_, code)| code);
        let code =
            code.map(|code| &code[..code.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(code.len())]);
        match code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) {
            Some(c) if !c.is_control() => self.text.push(c),
            _ => {
                self.unmapped += 1;
                self.text.push('※');
            }
        }
        Some('※'.len_utf8() + note.len())
    }

    /// `<ruby>`, `<rb>` go, `<rt>` and `<rp>` with what they hold.
    fn take_tag(&mut self, rest: &str) -> Option<usize> {
        const TAGS: &[&str] = &["<ruby>", "</ruby>", "<rb>", "</rb>"];
        let starts = |tag: &str| rest.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
        if let Some(tag) = TAGS.iter().find(|tag| starts(tag)) {
            return Some(tag.len());
        }
        let (open, close) =
            [("<rt>", "</rt>"), ("<rp>", "</rp>")].into_iter().find(|(open, _)| starts(open))?;
        let window: usize = rest.chars().take(LONGEST_READING).map(char::len_utf8).sum();
        let end = rest[..window].to_ascii_lowercase().find(close)?;
        self.ruby += usize::from(open == "<rt>");
        Some(end + close.len())
    }
}

/// The note at the start of the text, with its brackets; notes nest (`［＃「※［＃…］」に傍点］`).
fn annotation(text: &str) -> Option<&str> {
    if !text.starts_with("［＃") {
        return None;
    }
    let mut depth = 0;
    for (at, c) in text.char_indices().take(LONGEST_ANNOTATION) {
        match c {
            '［' => depth += 1,
            '］' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&text[..at + c.len_utf8()]);
        }
    }
    None
}

fn heading_rank(note: &str) -> Option<Rank> {
    [("大見出し", Rank::Large), ("中見出し", Rank::Medium), ("小見出し", Rank::Small)]
        .into_iter()
        .find(|(words, _)| note.contains(words))
        .map(|(_, rank)| rank)
}

/// What stands between `《` and `》` at the start of the text.
fn reading(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('《')?;
    let window: usize = inside.chars().take(LONGEST_READING).map(char::len_utf8).sum();
    let end = inside[..window].find('》')?;
    let reading = &inside[..end];
    (!reading.is_empty() && !reading.contains('《')).then_some(reading)
}

fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        || "々〆〇ヶ※仝〻".contains(c)
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}' | ' ' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ruby_leaves_its_base() {
        for (text, bare, ruby) in [
            ("山路《やまみち》を登り", "山路を登り", 1),
            ("｜聖剣《エクスカリバー》を", "聖剣を", 1),
            ("|Holy Sword《ホーリーソード》", "Holy Sword", 1),
            ("その｜古い本《book》だ", "その古い本だ", 1),
            ("人々《ひとびと》", "人々", 1),
            ("<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>だ", "漢字だ", 1),
        ] {
            let stripped = strip(text);
            assert_eq!((stripped.text.as_str(), stripped.ruby), (bare, ruby), "{text}");
        }
    }

    #[test]
    fn brackets_that_hold_no_reading_stay() {
        for text in [
            "彼は《世界》と言った",
            "我读了《红楼梦》和《西游记》。",
            "あの《こと》だ",
            "a | b",
            "《",
            "漢字《",
            "漢字《》",
            "x < y, <b>bold</b>",
            "［注］",
            "［＃閉じない",
        ] {
            let stripped = strip(text);
            assert_eq!((stripped.text.as_str(), stripped.ruby), (text, 0), "{text}");
        }
        assert_eq!(strip("｜《そのまま》").text, "《そのまま》");
    }

    #[test]
    fn notes_go_and_mark_headings() {
        let stripped =
            strip("［＃７字下げ］一［＃「一」は中見出し］\n［＃改ページ］\n本文［＃「本文」に傍点］だ\n");
        assert_eq!(stripped.text, "一\n本文だ\n");
        assert_eq!(stripped.annotations, 4);
        assert_eq!(stripped.marked_headings, [(0, Rank::Medium)]);
    }

    #[test]
    fn described_characters_are_put_in_where_their_code_is_given() {
        let stripped = strip("※［＃「てへん＋劣」、U+6318、12-3］と※［＃「てへん＋劣」、第3水準1-84-77］");
        assert_eq!(stripped.text, "\u{6318}と※");
        assert_eq!(stripped.unmapped, 1);
    }
}
