//! Answers of providers: the event stream, and the JSON in it.

use colophon_provider::{
    Answer, Ending, Event, Fault, Finish, MAX_ANSWER_BYTES, MAX_REASONING_BYTES, Rules, restore_content,
};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

const KEY: &str = "sk-hostile-key";
const PARAMETERS: &[(&str, &str)] =
    &[("temperature", "temperature"), ("max_tokens", "max_completion_tokens")];

/// Stands for so many bytes of text, which no input could hold: to come to the limits.
const LONG: (u8, usize) = (0x1a, 600_000);

/// The first byte says in its lowest four bits how many of the following are lengths of chunks, and in its highest
/// whether `LONG` counts; the three bits between are the rules. What remains comes in chunks of these lengths, over and
/// over.
///
/// However it is cut, it says the same: one `Started`, texts, and at the end `Finished` or a fault. Text and removed
/// characters make the content again. A fault's codes are plain, its message is short, and the key is nowhere in it.
pub fn check_answer(data: &[u8]) {
    let Some((count, rest)) = data.split_first() else { return };
    let (lengths, bytes) = rest.split_at((usize::from(count & 15)).min(rest.len()));
    let bytes = if *count < 0x80 { bytes.to_vec() } else { lengthened(bytes) };
    let whole = read(*count, [bytes.as_slice()].into_iter());
    check_reading(&whole, bytes.len());
    assert_eq!(whole, read(*count, chunks(&bytes, lengths)), "cut otherwise, it says something else");
    if bytes.len() < 4096 {
        assert_eq!(whole, read(*count, bytes.chunks(1)), "byte by byte, it says something else");
    }
}

type Reading = (Vec<Event>, Option<Fault>);

fn read<'a>(bits: u8, chunks: impl Iterator<Item = &'a [u8]>) -> Reading {
    let owned = |name: &(&str, &str)| (name.0.to_owned(), name.1.to_owned());
    let parameters = PARAMETERS.iter().map(owned).collect();
    let rules = Rules { keeps_reasoning: bits & 0x10 != 0, needs_no_reason: bits & 0x20 != 0 };
    let mut answer = Answer::new(parameters, Some(SecretString::from(KEY)), rules);
    if bits & 0x40 != 0 {
        answer = answer.with_stream_options();
    }
    let mut events = Vec::new();
    for chunk in chunks {
        match answer.take(chunk, &mut events) {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => return (events, Some(fault)),
        }
    }
    let fault = answer.finish(&mut events).err();
    (events, fault)
}

fn check_reading((events, fault): &Reading, size: usize) {
    let mut text = String::new();
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Started { .. } => assert_eq!(at, 0, "begun once, first"),
            Event::Delta(delta) => {
                assert!(at > 0 && !delta.is_empty() && !delta.contains('\0'));
                text.push_str(delta);
            }
            Event::Replaced(instead) => {
                assert!(!text.is_empty(), "there was something to replace");
                text.clone_from(instead);
            }
            Event::Reasoning(reasoning) => assert!(at > 0 && !reasoning.is_empty()),
            Event::Finished(ending) => {
                assert!(at + 1 == events.len() && fault.is_none());
                assert_eq!(ending.finish, Some(Finish::Done));
                assert!(!ending.text.trim().is_empty(), "an answer is not nothing");
                check_ending(ending, &text, size);
            }
        }
    }
    let finished = matches!(events.last(), Some(Event::Finished(_)));
    assert!(finished || fault.is_some(), "an end without a verdict");
    if let Some(fault) = fault {
        check_ending(&fault.ending, &text, size);
        let is_plain =
            |code: &str| code.len() <= 64 && !code.contains(KEY) && !code.contains(char::is_control);
        assert!(fault.provider_code.as_deref().is_none_or(is_plain), "{fault:?}");
        assert!(fault.provider_type.as_deref().is_none_or(is_plain), "{fault:?}");
        let is_clean = |message: &str| {
            message.chars().count() <= 2_000 && !message.contains(KEY) && !message.contains(char::is_control)
        };
        assert!(fault.message.as_deref().is_none_or(is_clean), "{fault:?}");
        let is_ours =
            |name: &str| name == "stream_options" || PARAMETERS.iter().any(|(ours, _)| *ours == name);
        assert!(fault.parameter.as_deref().is_none_or(is_ours), "{fault:?}");
    }
}

fn check_ending(ending: &Ending, told: &str, size: usize) {
    // Three bytes for a replaced U+0000, which as `\u0000` has six in JSON.
    assert!(ending.text.len() <= size.min(MAX_ANSWER_BYTES * 3));
    let reason = ending.finish_reason.as_deref();
    assert!(reason.is_none_or(|reason| (1..=64).contains(&reason.len()) && reason.is_ascii()), "{ending:?}");
    let Some(sha256) = &ending.content_sha256 else {
        assert!(told.is_empty() && ending.removed.is_empty());
        return;
    };
    assert_eq!(ending.text, told);
    let content = restore_content(&ending.text, &ending.removed).expect("places within the text");
    assert_eq!(*sha256, hex::encode(Sha256::digest(content)));
    if let Some(reasoning) = &ending.reasoning {
        assert!(
            reasoning.text.len() <= MAX_REASONING_BYTES && reasoning.bytes >= reasoning.text.len() as u64
        );
    }
}

fn lengthened(bytes: &[u8]) -> Vec<u8> {
    let (mark, length) = LONG;
    let mut long = Vec::new();
    let mut left = 2;
    for byte in bytes {
        if *byte == mark && left > 0 {
            left -= 1;
            long.resize(long.len() + length, b'x');
        } else {
            long.push(*byte);
        }
    }
    long
}

fn chunks<'a>(bytes: &'a [u8], lengths: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    // Chunks of a few bytes would take for ever over a long text, and show nothing more there.
    let scale = 1 + bytes.len() / 4096;
    let mut lengths = lengths.iter().map(move |length| (usize::from(*length) + 1) * scale).cycle();
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let length = lengths.next().unwrap_or(7 * scale).min(rest.len());
        let chunk;
        (chunk, rest) = rest.split_at(length);
        (!chunk.is_empty()).then_some(chunk)
    })
}
