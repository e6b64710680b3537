//! Where a text can be cut, and how well.
//!
//! Candidates are the sentence boundaries of Unicode Standard Annex 29, which know every script's full
//! stops. They are then judged by what the annex leaves to others: abbreviations, quotations inside a
//! sentence, ellipses in mid-sentence, and lines that go on.

use unicode_segmentation::UnicodeSegmentation as _;

/// How good a place for a cut is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// A line's end in mid-sentence.
    Line,
    /// A sentence's end inside of a quotation that goes on.
    Quoted,
    /// A sentence's end inside of a paragraph.
    Sentence,
    /// A paragraph's end.
    Paragraph,
}

impl Strength {
    /// Best first.
    pub(super) const DESCENDING: [Self; 4] = [Self::Paragraph, Self::Sentence, Self::Quoted, Self::Line];
}

/// A place between two characters, neither at the start nor at the end of the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boundary {
    /// Byte offset; white space before it, none of a line's end after it.
    pub(super) at: usize,
    /// How good it is.
    pub(super) strength: Strength,
}

/// All places for a cut, in order.
pub(super) fn boundaries(text: &str) -> Vec<Boundary> {
    let mut found = Vec::new();
    let mut depth = Depth::default();
    let mut from = 0;
    let mut candidates = text.split_sentence_bound_indices().peekable();
    while let Some((at, sentence)) = candidates.next() {
        // For the annex, opening brackets are part of what ends a sentence just as closing ones are.
        let end = at + sentence.trim_end_matches(is_opening).len();
        let blank_follows = candidates.peek().is_some_and(|(_, next)| next.chars().all(char::is_whitespace));
        // White space and blank lines stay with what is before them.
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

/// How many brackets are open; those of a line that is over are forgotten, since books leave some open.
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

/// How good the place after `left` is; `None` where the sentence plainly goes on in the same line.
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
        // In narration a quotation is followed by who said it: 「そうだ。」と言った. "Who?" he said.
        Some(_) if bare.len() < words.len() => starts_anew(space, right) && !starts_lower(right),
        Some('！' | '？' | '!' | '?') => {
            !right.starts_with(['と', '、', '…', '―', '—']) && !starts_lower(right)
        }
        _ => true,
    };
    ends.then_some(if quoted { Strength::Quoted } else { Strength::Sentence })
}

/// How good a line's end is: better where the line is a whole paragraph.
fn judge_line(words: &str, last: char, space: &str, right: &str) -> Strength {
    let next = right.trim_start();
    let goes_on = is_pause(last)
        || starts_lower(next)
        // 「…」 and in the next line: と言った。
        || (is_closing(last) && next.starts_with('と'))
        || (last == '.' && is_abbreviation(words));
    // A line that ends openly may be a heading, a verse, or wrapped: it belongs to what follows at once.
    let whole = ends_sentence(words)
        || is_closing(last)
        || has_blank_line(space)
        || next.starts_with(['#', '*', '-', '―', '—']);
    if whole && !goes_on { Strength::Paragraph } else { Strength::Line }
}

/// Whether white space after a line holds a blank line: two line ends, where CR LF is one.
fn has_blank_line(space: &str) -> bool {
    let ends = |end: char| space.chars().filter(|c| *c == end).count();
    ends('\n').max(ends('\r')) > 1 || space.contains('\u{2029}')
}

/// Whether a text's last words end a sentence, as by 。 or ." or …」
fn ends_sentence(words: &str) -> bool {
    words.trim_end_matches(is_closer).ends_with([
        '。', '！', '？', '．', '｡', '.', '!', '?', '…', '‥', '।', '॥', '؟', '۔', '։', '።', '។', '။', '‼',
        '⁇', '⁈', '⁉',
    ])
}

/// Whether what follows a closing bracket and `space` begins something new.
fn starts_anew(space: &str, right: &str) -> bool {
    !space.is_empty() || right.starts_with(is_opening)
}

fn starts_lower(right: &str) -> bool {
    right.trim_start_matches(['"', '\'', '“', '‘']).starts_with(char::is_lowercase)
}

/// Whether the full stop at the end of `words` is that of `Mr.`, `J.`, `p.m.` and the like.
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

/// Where a reader takes breath in mid-sentence.
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

/// What may stand between a full stop and the end of its sentence.
fn is_closer(c: char) -> bool {
    is_closing(c) || matches!(c, '"' | '\'' | '’' | '＂' | '＇')
}
