//! The marks that models put around reasoning.
//!
//! Sources: the chat templates and reasoning parsers of vLLM (`vllm/reasoning`) and SGLang
//! (`srt/parser/reasoning_parser.py`), llama.cpp's `common/chat.cpp`, and OpenAI's "harmony" response format
//! for gpt-oss.

/// The meaning of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Reasoning begins. Holds the index of the pair and the mark that ends the reasoning.
    Open(usize, &'static str),
    /// The reasoning of this pair ends.
    Close(usize),
    /// The header of a harmony message begins; its channel and `<|message|>` follow.
    Header,
    /// Harmony without brackets: the answer follows.
    BareFinal,
    /// Harmony without brackets: reasoning follows. A letter directly after the word proves it.
    BareAnalysis,
    /// The answer is wrapped up to this mark. Recognised only directly after reasoning.
    Wrapper(&'static str),
}

/// Opening and closing tags. ASCII letters match in either case.
pub(super) const PAIRS: [(&str, &str); 12] = [
    // DeepSeek R1, Qwen 3, GLM, MiniMax, Nemotron, Gemma and most others.
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    // EXAONE Deep, Gemini's endpoint with `include_thoughts`.
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    // Fine-tunes with the system prompts of SillyTavern and Open WebUI.
    ("<reasoning>", "</reasoning>"),
    // Kimi-VL Thinking.
    ("◁think▷", "◁/think▷"),
    // Magistral.
    ("[THINK]", "[/THINK]"),
    // Seed-OSS.
    ("<seed:think>", "</seed:think>"),
    // Command A Reasoning.
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    // Sky-T1, OpenThinker.
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    // Gemma 4.
    ("<|channel>thought", "<channel|>"),
    // Apertus, Ernie X1.
    ("<|inner_prefix|>", "<|inner_suffix|>"),
];

/// Marks around the answer itself. Some models write them after their reasoning.
const WRAPPERS: [(&str, &str); 4] = [
    // Hunyuan A13B.
    ("<answer>", "</answer>"),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ("<response>", "</response>"),
];

/// Ends the header of a harmony message.
pub(super) const MESSAGE: &str = "<|message|>";
/// The header of the answer, if no header of reasoning precedes it.
pub(super) const FINAL_CHANNEL: &str = "<|channel|>final";
/// Role and channel of the answer in harmony without brackets.
pub(super) const BARE_FINAL: &str = "assistantfinal";
/// Markers that end a harmony message. The last two also begin another message.
pub(super) const MESSAGE_ENDS: [&str; 5] = ["<|end|>", "<|return|>", "<|call|>", "<|start|>", "<|channel|>"];
/// Harmony channels whose name may be joined to reasoning without a space.
const BARE_CHANNELS: [&str; 4] = ["analysis", "commentary", "assistantanalysis", "assistantcommentary"];

/// Result of a search for a mark at the start of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The text begins with this mark, which has this many bytes.
    Whole(Meaning, usize),
    /// The text is the start of a mark; more characters decide.
    Part,
    /// The text does not begin with a mark.
    No,
}

/// Whether `text` begins with `mark`; `None` if it ends before that is known.
pub(super) fn begins(text: &str, mark: &str) -> Option<bool> {
    let length = text.len().min(mark.len());
    if !text.as_bytes()[..length].eq_ignore_ascii_case(&mark.as_bytes()[..length]) {
        return Some(false);
    }
    (length == mark.len()).then_some(true)
}

/// Whether a character is invisible. Some servers send a byte order mark or a zero-width space first.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}')
}

/// Longest opening tag with attributes, in bytes.
const MAX_TAG: usize = 128;

/// Recognises an opening tag with white space or attributes after its name: `<think type="deep">`.
fn at_long_tag(text: &str) -> Found {
    let tags = PAIRS
        .iter()
        .enumerate()
        .filter_map(|(pair, (open, close))| Some((pair, open.strip_prefix('<')?.strip_suffix('>')?, *close)));
    for (pair, name, close) in tags {
        let rest = text.get(1..1 + name.len()).filter(|found| found.eq_ignore_ascii_case(name));
        let Some(rest) = rest.and(text.get(1 + name.len()..)) else { continue };
        if !rest.starts_with(|c: char| c.is_ascii_whitespace()) {
            continue;
        }
        let end = text.bytes().take(MAX_TAG).position(|byte| byte == b'>');
        return match end {
            Some(end) if !text[1..end].contains('<') => Found::Whole(Meaning::Open(pair, close), end + 1),
            None if text.len() < MAX_TAG => Found::Part,
            _ => Found::No,
        };
    }
    Found::No
}

/// Looks for the first of `marks` that `text` begins with.
fn find(text: &str, marks: impl Iterator<Item = (&'static str, Meaning)>) -> Found {
    let mut found = Found::No;
    for (mark, meaning) in marks {
        match begins(text, mark) {
            Some(true) => return Found::Whole(meaning, mark.len()),
            Some(false) => {}
            None => found = Found::Part,
        }
    }
    found
}

fn pairs() -> impl Iterator<Item = (&'static str, Meaning)> {
    let pairs = PAIRS.iter().enumerate();
    pairs.flat_map(|(pair, (open, close))| {
        [(*open, Meaning::Open(pair, close)), (*close, Meaning::Close(pair))]
    })
}

/// Finds the mark at the start of an answer, or directly after reasoning.
pub(super) fn at_start(text: &str, is_after_reasoning: bool) -> Found {
    let harmony = [
        ("<|channel|>", Meaning::Header),
        ("<|start|>", Meaning::Header),
        (MESSAGE, Meaning::Header),
        (BARE_FINAL, Meaning::BareFinal),
    ];
    let wrappers = WRAPPERS.iter().filter(|_| is_after_reasoning);
    let wrappers = wrappers.map(|(open, close)| (*open, Meaning::Wrapper(close)));
    match find(text, pairs().chain(harmony).chain(wrappers)) {
        Found::No if text.starts_with('<') => at_long_tag(text),
        Found::No => at_bare_channel(text),
        found => found,
    }
}

/// Recognises `analysisWe need to …`. A text may begin with `analysis of …`, but never with the word joined
/// to a letter.
fn at_bare_channel(text: &str) -> Found {
    for channel in BARE_CHANNELS {
        match text.strip_prefix(channel).map(|rest| rest.chars().next()) {
            Some(Some(next)) if next.is_ascii_alphabetic() => {
                return Found::Whole(Meaning::BareAnalysis, channel.len());
            }
            Some(None) => return Found::Part,
            Some(Some(_)) => {}
            None if channel.starts_with(text) => return Found::Part,
            None => {}
        }
    }
    Found::No
}

/// Finds a mark within a text: tags, and the start of the answer in harmony.
pub(super) fn in_text(text: &str) -> Found {
    match text.as_bytes().first() {
        Some(b'a') => match text.as_bytes().get(1) {
            // Rejects most occurrences of "a" quickly.
            Some(next) if *next != b's' => Found::No,
            _ if text.starts_with(BARE_FINAL) => Found::Whole(Meaning::BareFinal, BARE_FINAL.len()),
            _ if BARE_FINAL.starts_with(text) => Found::Part,
            _ => Found::No,
        },
        // Quotes and dashes begin with the same byte as `◁`.
        Some(0xe2) if !text.starts_with('◁') => Found::No,
        Some(_) => find(text, pairs().chain([(FINAL_CHANNEL, Meaning::Header)])),
        None => Found::No,
    }
}

/// Returns the number of bytes before the next possible start of a mark within a text.
pub(super) fn next_candidate(text: &str) -> Option<usize> {
    // 0xe2 is the first byte of `◁` in UTF-8.
    text.bytes().position(|byte| matches!(byte, b'<' | b'[' | 0xe2 | b'a'))
}

/// Searches `text` for one of `marks`. Returns its start and end, or as error the start of an unfinished
/// mark.
pub(super) fn search(text: &str, marks: &[&str]) -> Result<(usize, usize), usize> {
    for (at, _) in text.char_indices().filter(|(_, c)| matches!(c, '<' | '[' | '◁' | 'a')) {
        for mark in marks {
            match begins(&text[at..], mark) {
                Some(true) => return Ok((at, at + mark.len())),
                Some(false) => {}
                None => return Err(at),
            }
        }
    }
    Err(text.len())
}
