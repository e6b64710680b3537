//! Takes reasoning out of the content of an answer while it streams.
//!
//! The splitter removes:
//! - leading blocks between the tags of `marks.rs`, also a block that never ends;
//! - everything before a closing tag without an opening tag (some chat templates write the opening tag into
//!   the prompt);
//! - the messages of gpt-oss that are not on the channel `final`, with or without the brackets of the
//!   markers;
//! - white space and invisible characters (byte order mark, zero-width space) after removed characters,
//!   except an ideographic space, which indents a paragraph.
//!
//! White space and invisible characters may also precede a tag at the start of the content.
//!
//! Pairs of tags in the middle of the text are kept.
//!
//! The content is stored once and divided by byte ranges, so text and removed characters always add up to it.

mod marks;

use std::{mem::take, ops::Range};

use sha2::{Digest as _, Sha256};

use crate::{ending::Removed, reply::Event};
use marks::{Found, Meaning};

/// Maximum length of the header of a harmony message, in bytes. A longer header is treated as reasoning.
const MAX_HEADER: usize = 256;

/// Divides a content into text and removed characters.
#[derive(Debug, Default)]
pub struct Splitter {
    /// The whole content so far.
    content: String,
    /// The removed ranges, sorted, not adjacent. Everything else before `at` is text.
    removed: Vec<Range<usize>>,
    /// Everything before this offset is classified as text or removed.
    at: usize,
    /// Everything before this offset was reported by an event.
    told: usize,
    /// In the state `Start`: the end of the white space that was already scanned.
    blank: usize,
    state: State,
    /// How many tags of each pair are open within the text.
    open: [usize; marks::PAIRS.len()],
}

/// The kind of the next characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// The start of the answer, or the characters after a removed part.
    #[default]
    Start,
    /// Text.
    Text,
    /// Text up to this mark; the flag says whether the text has begun.
    Wrapped(&'static str, bool),
    /// Reasoning up to this mark.
    Reasoning(&'static str),
    /// The header of a harmony message, with the offset of its first byte.
    Header(usize),
    /// A harmony message that is not the answer.
    Analysis,
    /// A harmony message that is the answer; the flag says whether its text has begun.
    Final(bool),
    /// Everything is text.
    Keep,
}

/// A content, divided into text and removed characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The content without the removed characters.
    pub text: String,
    /// The removed characters; see [`Removed`].
    pub removed: Vec<Removed>,
    /// SHA-256 of the content, in hexadecimal (lower case).
    pub content_sha256: String,
}

impl Splitter {
    /// Creates a splitter that removes nothing.
    #[must_use]
    pub fn keeping() -> Self {
        Self { state: State::Keep, ..Self::default() }
    }

    /// Takes the next characters of the content and adds their events to `events`: [`Event::Delta`],
    /// [`Event::Replaced`] and [`Event::Reasoning`].
    pub fn push(&mut self, characters: &str, events: &mut Vec<Event>) {
        self.content.push_str(characters);
        self.advance(false, events);
    }

    /// Ends the content and returns its division.
    pub fn finish(mut self, events: &mut Vec<Event>) -> Split {
        self.advance(true, events);
        let mut split =
            Split { content_sha256: hex::encode(Sha256::digest(&self.content)), ..Split::default() };
        let (mut at, mut offset) = (0, 0);
        for range in take(&mut self.removed) {
            offset += self.content[at..range.start].chars().count();
            split.text.push_str(&self.content[at..range.start]);
            split.removed.push(Removed { offset, text: self.content[range.clone()].to_owned() });
            at = range.end;
        }
        if at == 0 {
            split.text = self.content;
        } else {
            split.text.push_str(&self.content[at..]);
        }
        split
    }

    fn advance(&mut self, is_end: bool, events: &mut Vec<Event>) {
        let step = |it: &mut Self, events: &mut Vec<Event>| match it.state {
            State::Start => it.start(is_end, events),
            State::Text => it.text(is_end, events),
            State::Wrapped(close, begun) => {
                it.answer(State::Wrapped(close, true), begun, &[close], is_end, events)
            }
            State::Reasoning(close) => it.reasoning(close, is_end, events),
            State::Header(began) => it.header(began, is_end, events),
            State::Analysis => it.analysis(is_end, events),
            State::Final(begun) => it.answer(State::Final(true), begun, &marks::MESSAGE_ENDS, is_end, events),
            State::Keep => {
                it.keep(it.content.len(), events);
                false
            }
        };
        while step(self, events) {}
    }

    /// Classifies everything up to `to` as text.
    fn keep(&mut self, to: usize, events: &mut Vec<Event>) {
        self.at = to;
        if self.told < to {
            events.push(Event::Delta(self.content[self.told..to].to_owned()));
            self.told = to;
        }
    }

    /// Classifies everything up to `to` as removed.
    fn remove(&mut self, to: usize, events: &mut Vec<Event>) {
        if self.at < to {
            match self.removed.last_mut() {
                Some(last) if last.end == self.at => last.end = to,
                _ => self.removed.push(self.at..to),
            }
        }
        self.at = to;
        if self.told < to {
            events.push(Event::Reasoning(self.content[self.told..to].to_owned()));
            self.told = to;
        }
    }

    /// Classifies everything before `to` as removed, including earlier text.
    fn replace(&mut self, to: usize, events: &mut Vec<Event>) {
        let had_text = self.removed.iter().map(Range::len).sum::<usize>() < self.told;
        self.removed.clear();
        self.removed.push(0..to);
        (self.at, self.told) = (to, self.told.max(to));
        self.open = Default::default();
        if had_text {
            events.push(Event::Replaced(String::new()));
        }
    }

    /// Classifies as much as possible. Like all steps, returns whether the next step may classify more.
    fn start(&mut self, is_end: bool, events: &mut Vec<Event>) -> bool {
        let is_after = self.at > 0;
        let body = self.content[self.at.max(self.blank)..].trim_start_matches(marks::is_blank);
        let begin = self.content.len() - body.len();
        self.blank = begin;
        match marks::at_start(body, is_after) {
            _ if body.is_empty() && !is_end => false,
            Found::Part if !is_end => false,
            Found::Whole(meaning, length) => {
                self.state = match meaning {
                    Meaning::Open(_, close) => State::Reasoning(close),
                    Meaning::Close(_) | Meaning::BareFinal => State::Start,
                    Meaning::Header => State::Header(begin),
                    Meaning::BareAnalysis => State::Reasoning(marks::BARE_FINAL),
                    Meaning::Wrapper(close) => State::Wrapped(close, false),
                };
                // The header is read again to find its channel.
                let end = if meaning == Meaning::Header { begin } else { begin + length };
                self.remove(end, events);
                true
            }
            Found::Part | Found::No => {
                if is_after {
                    self.skip_space(events);
                }
                self.state = State::Text;
                true
            }
        }
    }

    /// Removes white space, except an ideographic space, which indents a paragraph in Chinese and Japanese.
    fn skip_space(&mut self, events: &mut Vec<Event>) {
        let rest = &self.content[self.at..];
        let body = rest.trim_start_matches(|c: char| marks::is_blank(c) && c != '\u{3000}');
        let begin = self.content.len() - body.len();
        self.remove(begin, events);
    }

    fn text(&mut self, is_end: bool, events: &mut Vec<Event>) -> bool {
        while let Some(distance) = marks::next_candidate(&self.content[self.at..]) {
            let begin = self.at + distance;
            let rest = &self.content[begin..];
            match marks::in_text(rest) {
                Found::Whole(Meaning::Open(pair, _), length) => {
                    self.open[pair] += 1;
                    self.at = begin + length;
                }
                Found::Whole(Meaning::Close(pair), length) if self.open[pair] > 0 => {
                    self.open[pair] -= 1;
                    self.at = begin + length;
                }
                Found::Whole(Meaning::Header, _) => {
                    self.replace(begin, events);
                    self.state = State::Header(begin);
                    return true;
                }
                Found::Whole(_, length) => {
                    self.replace(begin + length, events);
                    self.state = State::Start;
                    return true;
                }
                Found::Part if !is_end => {
                    // `Replaced` can take text back, so the text need not wait for the rest of the mark.
                    let all = self.content.len();
                    self.keep(all, events);
                    self.at = begin;
                    return false;
                }
                Found::Part | Found::No => {
                    self.at = begin + rest.chars().next().map_or(1, char::len_utf8);
                }
            }
        }
        let all = self.content.len();
        self.keep(all, events);
        false
    }

    /// Emits text up to one of `ends`. This text cannot be taken back, so an unfinished mark is held back.
    fn text_until(&mut self, ends: &[&'static str], is_end: bool, events: &mut Vec<Event>) -> bool {
        match marks::search(&self.content[self.at..], ends) {
            Ok((begin, end)) => {
                let (begin, end) = (self.at + begin, self.at + end);
                self.keep(begin, events);
                match self.state {
                    State::Final(_) => self.state = State::Header(begin),
                    _ => {
                        self.state = State::Start;
                        self.remove(end, events);
                    }
                }
                true
            }
            Err(_) if is_end => {
                let all = self.content.len();
                self.keep(all, events);
                false
            }
            Err(part) => {
                let to = self.at + part;
                self.keep(to, events);
                false
            }
        }
    }

    fn reasoning(&mut self, close: &'static str, is_end: bool, events: &mut Vec<Event>) -> bool {
        let (to, is_closed) = match marks::search(&self.content[self.at..], &[close]) {
            Ok((_, end)) => (self.at + end, true),
            Err(_) if is_end => (self.content.len(), false),
            Err(part) => (self.at + part, false),
        };
        self.remove(to, events);
        if is_closed {
            self.state = State::Start;
        }
        is_closed
    }

    fn header(&mut self, began: usize, is_end: bool, events: &mut Vec<Event>) -> bool {
        // The limit is an offset in the content, so the result does not depend on how the content is cut.
        let limit = self.content.floor_char_boundary(began + MAX_HEADER);
        let is_too_long = self.content.len() > began + MAX_HEADER;
        let (to, is_whole) = match marks::search(&self.content[self.at..limit], &[marks::MESSAGE]) {
            Ok((_, end)) => (self.at + end, true),
            Err(_) if is_too_long || is_end => (limit, false),
            Err(part) => (self.at + part, false),
        };
        let header = &self.content[began..to];
        let channel = header.rsplit_once("<|channel|>").map(|(_, channel)| channel.trim_start());
        let is_answer = channel.is_none_or(|channel| channel.starts_with("final"));
        self.remove(to, events);
        if is_whole && is_answer {
            self.state = State::Final(false);
        } else if is_whole || is_too_long {
            self.state = State::Analysis;
        }
        is_whole || is_too_long
    }

    fn analysis(&mut self, is_end: bool, events: &mut Vec<Event>) -> bool {
        let [end, close, call, start, channel] = marks::MESSAGE_ENDS;
        let ends = [end, close, call, start, channel, marks::BARE_FINAL];
        match marks::search(&self.content[self.at..], &ends) {
            Ok((begin, end)) => {
                let (begin, end) = (self.at + begin, self.at + end);
                let is_bare = &self.content[begin..end] == marks::BARE_FINAL;
                self.state = if is_bare { State::Start } else { State::Header(begin) };
                self.remove(end, events);
                true
            }
            Err(part) => {
                let to = if is_end { self.content.len() } else { self.at + part };
                self.remove(to, events);
                false
            }
        }
    }

    /// Emits text up to one of `ends`. Changes to `begun_state` at the first character.
    fn answer(
        &mut self,
        begun_state: State,
        begun: bool,
        ends: &[&'static str],
        is_end: bool,
        events: &mut Vec<Event>,
    ) -> bool {
        if !begun {
            self.skip_space(events);
            if self.at == self.content.len() {
                return false;
            }
            self.state = begun_state;
        }
        self.text_until(ends, is_end, events)
    }
}

#[cfg(test)]
mod tests;
