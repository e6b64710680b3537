//! Finds where a text can be cut, and rates each place.
//!
//! Candidates are the sentence boundaries of Unicode Standard Annex 29, which know the full stops of every
//! script. They are then rated by rules that the annex leaves to others: abbreviations, quotations inside a
//! sentence, ellipses in mid-sentence, and lines that go on.

use unicode_segmentation::UnicodeSegmentation as _;

/// How good a place for a cut is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// A line's end in mid-sentence.
    Line,
    /// A sentence's end inside a quotation that goes on.
    Quoted,
    /// A sentence's end inside a paragraph.
    Sentence,
    /// A paragraph's end.
    Paragraph,
}

impl Strength {
    /// All strengths, best first.
    pub(super) const DESCENDING: [Self; 4] = [Self::Paragraph, Self::Sentence, Self::Quoted, Self::Line];
}

/// A place between two characters, neither at the start nor at the end of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boundary {
    /// Byte offset. White space comes before it; no line end follows it.
    pub(super) at: usize,
    /// How good it is.
    pub(super) strength: Strength,
}

/// Returns all places for a cut, in order.
pub(super) fn boundaries(text: &str) -> Vec<Boundary> {
    let mut found = Vec::new();
    let mut depth = Depth::default();
    let mut from = 0;
    let mut candidates = text.split_sentence_bound_indices().peekable();
    while let Some((at, sentence)) = candidates.next() {
        // The annex counts opening brackets as part of a sentence's end, as it does closing brackets.
        let end = at + sentence.trim_end_matches(is_opening).len();
        let blank_follows = candidates.peek().is_some_and(|(_, next)| next.chars().all(char::is_whitespace));
        // White space and blank lines stay with the text before them.
        if blank_follows || end <= from || end == text.len() {
            continue;
        }
        let slice = &text[from..end];
        depth.read(slice);
        if let Some(strength) = judge(slice, &text[end..], depth.0 > 0) {
            found.push(Boundary { at: end, strength });
        }
        from = end;
    }
    found
}

/// How many brackets are open. A line's end resets the count, since books leave some brackets open.
#[derive(Default)]
struct Depth(usize);

impl Depth {
    fn read(&mut self, slice: &str) {
        for c in slice.chars() {
            match c {
                '\n' | '\r' => self.0 = 0,
                c if is_opening(c) => self.0 += 1,
                c if is_closing(c) => self.0 = self.0.saturating_sub(1),
                _ => {}
            }
        }
    }
}

/// Rates the place after `left`; `None` if the sentence clearly goes on in the same line.
fn judge(left: &str, right: &str, quoted: bool) -> Option<Strength> {
    let words = left.trim_end();
    let space = &left[words.len()..];
    let last = words.chars().next_back()?;
    if space.contains(is_line_end) {
        return Some(judge_line(words, last, space, right));
    }
    let bare = words.trim_end_matches(is_closer);
    let ends = match bare.chars().next_back() {
        Some('.') => !space.is_empty() && !is_abbreviation(bare) && !starts_lower(right),
        // In narration, the speaker follows a quotation: 「そうだ。」と言った. "Who?" he said.
        Some(_) if bare.len() < words.len() => starts_anew(space, right) && !starts_lower(right),
        Some('！' | '？' | '!' | '?') => {
            !right.starts_with(['と', '、', '…', '―', '—']) && !starts_lower(right)
        }
        _ => true,
    };
    ends.then_some(if quoted { Strength::Quoted } else { Strength::Sentence })
}

/// Rates a line's end: better if the line is a whole paragraph.
fn judge_line(words: &str, last: char, space: &str, right: &str) -> Strength {
    let next = right.trim_start();
    let goes_on = is_pause(last)
        || starts_lower(next)
        // 「…」 and in the next line: と言った。
        || (is_closing(last) && next.starts_with('と'))
        || (last == '.' && is_abbreviation(words));
    // A line without an ending may be a heading, a verse, or wrapped: it belongs to the next line.
    let whole = ends_sentence(words)
        || is_closing(last)
        || has_blank_line(space)
        || next.starts_with(['#', '*', '-', '―', '—']);
    if whole && !goes_on { Strength::Paragraph } else { Strength::Line }
}

/// Returns whether the white space after a line contains a blank line: two line ends, where CR LF is one.
fn has_blank_line(space: &str) -> bool {
    let ends = |end: char| space.chars().filter(|c| *c == end).count();
    ends('\n').max(ends('\r')) > 1 || space.contains('\u{2029}')
}

/// Returns whether the last words of a text end a sentence, as with 。 or ." or …」
fn ends_sentence(words: &str) -> bool {
    words.trim_end_matches(is_closer).ends_with([
        '。', '！', '？', '．', '｡', '.', '!', '?', '…', '‥', '।', '॥', '؟', '۔', '։', '።', '។', '။', '‼',
        '⁇', '⁈', '⁉',
    ])
}

/// Returns whether the text after a closing bracket and `space` begins something new.
fn starts_anew(space: &str, right: &str) -> bool {
    !space.is_empty() || right.starts_with(is_opening)
}

fn starts_lower(right: &str) -> bool {
    right.trim_start_matches(['"', '\'', '“', '‘']).starts_with(char::is_lowercase)
}

/// Returns whether the full stop at the end of `words` belongs to `Mr.`, `J.`, `p.m.` and the like.
fn is_abbreviation(words: &str) -> bool {
    const TITLES: [&str; 36] = [
        "mr", "mrs", "ms", "mx", "dr", "st", "prof", "rev", "hon", "jr", "sr", "capt", "col", "gen", "lt",
        "sgt", "cmdr", "gov", "pres", "mme", "mlle", "hr", "fr", "sra", "vs", "etc", "cf", "viz", "no",
        "nos", "vol", "ch", "pp", "fig", "ed", "esq",
    ];
    let Some(word) = words.strip_suffix('.') else { return false };
    let word = word.rsplit(|c: char| c.is_whitespace() || is_opening(c) || is_closer(c) || c == '—').next();
    word.is_some_and(|word| {
        let mut chars = word.chars();
        let initial = chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none();
        let dotted = word.contains('.') && word.chars().all(|c| c == '.' || c.is_alphabetic());
        // An ellipsis written as full stops has no letters after its dots.
        initial
            || (dotted && !word.ends_with('.'))
            || TITLES.iter().any(|title| title.eq_ignore_ascii_case(word))
    })
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns whether a character marks a pause in mid-sentence.
pub(super) fn is_pause(c: char) -> bool {
    matches!(c, '、' | '，' | '､' | ',' | '；' | ';' | '：' | ':' | '،' | '؛')
}

fn is_opening(c: char) -> bool {
    matches!(
        c,
        '「' | '『'
            | '（'
            | '【'
            | '〔'
            | '〈'
            | '《'
            | '〖'
            | '［'
            | '｛'
            | '｢'
            | '“'
            | '«'
            | '('
            | '['
            | '{'
    )
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '」' | '』'
            | '）'
            | '】'
            | '〕'
            | '〉'
            | '》'
            | '〗'
            | '］'
            | '｝'
            | '｣'
            | '”'
            | '»'
            | ')'
            | ']'
            | '}'
    )
}

/// Returns whether a character may stand between a full stop and the end of its sentence.
fn is_closer(c: char) -> bool {
    is_closing(c) || matches!(c, '"' | '\'' | '’' | '＂' | '＇')
}
