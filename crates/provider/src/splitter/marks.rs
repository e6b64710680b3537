//! The marks that models put around reasoning.
//!
//! Sources: the chat templates and reasoning parsers of vLLM (`vllm/reasoning`) and SGLang
//! (`srt/parser/reasoning_parser.py`), llama.cpp's `common/chat.cpp`, and OpenAI's "harmony" response format for gpt-oss.

/// What a mark means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Reasoning begins. Its pair's number, and the mark that ends it.
    Open(usize, &'static str),
    /// The reasoning of this pair ends.
    Close(usize),
    /// The header of a harmony message begins: its channel follows, and `<|message|>`.
    Header,
    /// Harmony without its brackets: what follows is the answer.
    BareFinal,
    /// Harmony without its brackets: reasoning follows, as a letter directly after the word proves.
    BareAnalysis,
    /// The answer is wrapped up to this mark. Only directly after reasoning.
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
/// The header of the answer, where it comes without the header of reasoning before it.
pub(super) const FINAL_CHANNEL: &str = "<|channel|>final";
/// Harmony without its brackets: role and channel of the answer.
pub(super) const BARE_FINAL: &str = "assistantfinal";
/// Markers that end a harmony message. The last two also begin another message.
pub(super) const MESSAGE_ENDS: [&str; 5] = ["<|end|>", "<|return|>", "<|call|>", "<|start|>", "<|channel|>"];
/// Channels of harmony whose name may stand glued to reasoning.
const BARE_CHANNELS: [&str; 4] = ["analysis", "commentary", "assistantanalysis", "assistantcommentary"];

/// Whether a text begins with a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It begins with this mark, which has this many bytes.
    Whole(Meaning, usize),
    /// It is the beginning of a mark: more characters decide.
    Part,
    /// No mark.
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

/// Whether a character shows nothing. Some servers send a byte order mark or a zero-width space first.
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

/// The mark at the begin of an answer, or directly after reasoning.
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

/// Recognises `analysisWe need to …`. A text may begin with `analysis of …`, but never with the word glued to a letter.
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

/// The mark within a text: tags, and the begin of the answer in harmony.
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

/// The number of bytes before the next character that a mark within a text may begin with.
pub(super) fn next_candidate(text: &str) -> Option<usize> {
    // The third one begins `◁` in UTF-8.
    text.bytes().position(|byte| matches!(byte, b'<' | b'[' | 0xe2 | b'a'))
}

/// Looks for one of `marks` in `text`: where it begins and ends; or where an unfinished one begins.
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
