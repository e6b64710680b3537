//! Random templates and values that reach every branch of the grammar, from a seed.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::oracle::Case;

/// A small generator of random numbers (xorshift64*): the same cases from the same seed for ever.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }

    fn character(&mut self) -> char {
        match self.below(10) {
            0..4 => char::from(32 + self.below(95) as u8),
            4 => char::from(self.below(256) as u8),
            5 => ['\'', '"', '\\', '\n', '\t'][self.below(5)],
            6 | 7 => char::from_u32(0x3000 + self.below(0x7000) as u32).unwrap_or('夜'),
            _ => char::from_u32(self.below(0x11_0000) as u32).unwrap_or('\u{fffd}'),
        }
    }

    fn text(&mut self, longest: usize) -> String {
        (0..self.below(longest + 1)).map(|_| self.character()).collect()
    }

    fn integer(&mut self) -> i64 {
        const TELLING: [i64; 20] = [
            0,
            1,
            -1,
            7,
            12,
            -42,
            25,
            35,
            95,
            999,
            1000,
            999_999,
            1_000_000,
            9_999_995,
            0xd800,
            0x10_ffff,
            0x11_0000,
            9_007_199_254_740_993,
            i64::MAX,
            i64::MIN,
        ];
        match self.below(3) {
            0 => TELLING[self.below(TELLING.len())],
            1 => self.below(3000) as i64,
            _ => {
                let bits = self.below(64);
                self.next().cast_signed() >> bits
            }
        }
    }
}

const TEXTS: [&str; 9] = [
    "work_title",
    "work_author",
    "source_language",
    "target_language",
    "chapter_title",
    "volume_title",
    "source_text",
    "preceding",
    "instruction",
];
const INTEGERS: [&str; 3] = ["chapter_number", "segment_number", "segment_count"];
/// Names of own variables, some of which no field can look up, and one of a younger built-in variable.
const OWN: [&str; 17] = [
    "w",
    "tone",
    "house style",
    "a-b",
    "日本語",
    "-1",
    "\"k\"",
    "a]",
    " w ",
    "1a",
    "9223372036854775807x",
    "²",
    "0",
    "１",
    "a.b",
    "99999999999999999999a",
    "volume_title",
];
const OWN_VALUES: [&str; 26] = [
    "", "5", "12", "<8", "^9", "x>5", "d", ".3", "{", "}", "{w}", "r", "05", "+,", "_x", "#b", "10000",
    "10001", "５", "=7", "s", ",.2f", "0", "c", "e", "{{",
];
const ODD_NAMES: [&str; 18] = [
    "",
    "0",
    "01",
    "１",
    "99999999999999999999a",
    "nope",
    " source_text",
    "a.b",
    "w.x",
    "w[0]",
    "w[}:!{]x",
    ".x",
    "[0]",
    "w.",
    "w[",
    "\"key\"",
    "\n",
    "0.x",
];

/// A random case.
pub(crate) fn generate(random: &mut Random) -> Case {
    let mut own = BTreeMap::new();
    for _ in 0..random.below(6) {
        let value = if random.chance(75) { random.pick(&OWN_VALUES).to_owned() } else { random.text(8) };
        own.insert(random.pick(&OWN).to_owned(), value);
    }
    let template = template(random, &own);
    if random.chance(25) {
        return Case::with_samples(template, own);
    }
    let mut built_ins = Map::<String, Json>::new();
    for name in TEXTS {
        built_ins.insert(name.to_owned(), json!(random.text(12)));
    }
    for name in INTEGERS {
        built_ins.insert(name.to_owned(), json!(random.integer()));
    }
    Case { template, built_ins, own }
}

fn template(random: &mut Random, own: &BTreeMap<String, String>) -> String {
    let own: Vec<&str> = own.keys().map(String::as_str).collect();
    let mut out = String::new();
    for _ in 0..=random.below(4) {
        match random.below(40) {
            0..9 => out += &random.text(6).replace(['{', '}'], ""),
            9..12 => out += random.pick(&["{{", "}}", "{{{{", "}}}}"]),
            12 => {
                out += random.pick(&["{", "}", "{\"k\": 1}", "{a:{a:", "}{", "{!", "{[", "{:", "{w!", "{w:"])
            }
            _ => field(random, &own, false, &mut out),
        }
    }
    if random.chance(10) {
        let mut characters: Vec<char> = out.chars().collect();
        let place = random.below(characters.len() + 1);
        if random.chance(40) && place < characters.len() {
            characters.remove(place);
        } else {
            characters.insert(place, ['{', '}', '[', ']', ':', '!', '.', '\0'][random.below(8)]);
        }
        out = characters.into_iter().collect();
    }
    out
}

fn field(random: &mut Random, own: &[&str], nested: bool, out: &mut String) {
    out.push('{');
    let mut is_integer = false;
    let kind = random.below(100);
    if kind < 4 {
        out.push_str(random.pick(&ODD_NAMES));
    } else if kind < 35 && !own.is_empty() {
        out.push_str(random.pick(own));
    } else if kind < 70 || (nested && kind < 95) {
        is_integer = true;
        out.push_str(random.pick(&INTEGERS));
    } else {
        out.push_str(random.pick(&TEXTS));
    }
    if random.chance(20) {
        out.push('!');
        out.push_str(match random.below(20) {
            0 => random.pick(&["", "x", "}", "{", ":", "rr", "\0", "夜", "R"]),
            _ => random.pick(&["r", "s", "a"]),
        });
        is_integer = false;
    }
    if random.chance(if nested { 15 } else { 70 }) {
        out.push(':');
        spec(random, own, nested, is_integer, out);
    }
    out.push('}');
}

fn spec(random: &mut Random, own: &[&str], nested: bool, is_integer: bool, out: &mut String) {
    if random.chance(4) {
        return out.push_str(&random.text(4).replace(['{', '}'], ""));
    }
    // Three in four specs suit the value's kind as far as that goes.
    let is_fitting = random.chance(75);
    let for_numbers = is_integer || !is_fitting;
    let nest = |random: &mut Random, out: &mut String| {
        let is_nesting = random.chance(if nested { 3 } else { 8 });
        if is_nesting {
            field(random, own, true, out);
        }
        is_nesting
    };
    if random.chance(40) {
        match random.below(12) {
            0 => out.push_str(random.pick(&["{{", "}}", "{{}}"])),
            1..7 => out.push(random.character()),
            _ => {}
        }
        out.push_str(random.pick(if for_numbers { &["<", ">", "^", "="] } else { &["<", ">", "^"] }));
    }
    for (percent, tokens) in [(30, ["+", " ", "-"]), (5, ["z"; 3]), (20, ["#"; 3])] {
        if for_numbers && random.chance(percent) {
            out.push_str(random.pick(&tokens));
        }
    }
    if random.chance(25) {
        out.push('0');
    }
    if random.chance(60) && !nest(random, out) {
        match random.below(40) {
            0 => out.push_str(random.pick(&[
                "10000",
                "10001",
                "1٣",
                "９",
                "99999999999999999999",
                "0000000000000012",
            ])),
            _ => *out += &random.below(30).to_string(),
        }
    }
    if for_numbers && random.chance(30) {
        out.push_str(random.pick(&[",", "_", ",", "_", ",_", "_,", "__"]));
    }
    let presentation = match (is_integer, is_fitting) {
        (true, true) => {
            random.pick(&["", "d", "b", "o", "x", "X", "n", "c", "e", "E", "f", "F", "g", "G", "%"])
        }
        (false, true) => random.pick(&["", "s"]),
        _ => random.pick(&["", "d", "s", "c", "q", "r", "\0", "夜", "g", "xx", "{{", "%"]),
    };
    let takes_precision = !is_integer || "eEfFgG%".contains(presentation) && !presentation.is_empty();
    if random.chance(if takes_precision { 50 } else { 3 }) {
        out.push('.');
        if !nest(random, out) {
            match random.below(40) {
                0 => out.push_str(random.pick(&["", "10000", "10001", "٣"])),
                _ => *out += &random.below(25).to_string(),
            }
        }
    }
    if !nest(random, out) {
        out.push_str(presentation);
    }
}
