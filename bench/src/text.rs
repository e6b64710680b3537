//! Rendering and diffing templates at their limit of 50,000 code points.

use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

use colophon_diff::diff_text;
use colophon_template::{BuiltInValues, Template, Values, check};
use similar::{Algorithm, capture_diff_slices};

use crate::{
    sample::{Plan, median, micros},
    table::{self, Target, say},
};

/// The limit of a template, in bytes of ASCII.
const SIZE: usize = 50_000;

/// Prints how long each takes, beside something plain with the same text.
pub(crate) fn measure(plan: Plan) {
    table::heading("Templates of 50 kB");
    say(&format!("{:<52} {:>10} {:>10}", "", "µs", "MB/s"));
    rendering(plan);
    diffing(plan);
}

/// A template with a field in every line.
fn template() -> String {
    let line = "Keep {tone} words for {work_title}: {{as is}}, and mind chapter {chapter_number:>4}.\n";
    let mut text = line.repeat(SIZE / line.len());
    text.push_str("{source_text}");
    text
}

fn rendering(plan: Plan) {
    let text = template();
    let own = BTreeMap::from([("tone".to_owned(), "plain".to_owned())]);
    let values = Values { built_ins: BuiltInValues::SAMPLES, own: &own };
    let parsed = Template::parse(&text);
    let [copy, replace, parse, render, checked] = turn_about(
        plan,
        [
            &mut || drop(black_box(text.clone())),
            &mut || drop(black_box(text.replace("{tone}", "plain").replace("{work_title}", "銀河鉄道の夜"))),
            &mut || drop(black_box(Template::parse(&text))),
            &mut || drop(black_box(parsed.render(&values))),
            &mut || drop(black_box(check(&text, &own))),
        ],
    );
    row("copying it", copy, text.len());
    row("str::replace of two of its variables", replace, text.len());
    row("parsing it", parse, text.len());
    row("rendering it, parsed", render, text.len());
    row("checking it, as on every save", checked, text.len());
    let whole = micros(parse + render);
    table::verdict("parsing and rendering / str::replace", whole / micros(replace), "x", Target::None);
    table::verdict("checking / str::replace", micros(checked) / micros(replace), "x", Target::None);
}

fn diffing(plan: Plan) {
    let old = prose();
    // One word in each tenth line, and a paragraph of its own.
    let lines = old.lines().enumerate();
    let edited: Vec<String> = lines
        .map(|(n, line)| if n % 10 == 3 { line.replace("plain", "simple") } else { line.to_owned() })
        .collect();
    let new = format!("{}\nAnd nothing else.\n", edited.join("\n"));
    let rewritten: String = old.lines().rev().map(|line| format!("{line} Rewritten.\n")).collect();
    for (name, new) in [("a tenth of the lines edited", &new), ("every line edited and moved", &rewritten)] {
        let [by_lines, full] = turn_about(
            plan,
            [
                &mut || {
                    let (a, b): (Vec<_>, Vec<_>) =
                        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
                    drop(black_box(capture_diff_slices(Algorithm::Myers, &a, &b)));
                },
                &mut || drop(black_box(diff_text(&old, new))),
            ],
        );
        row(&format!("similar alone, lines: {name}"), by_lines, old.len());
        row(&format!("hunks of lines and words: {name}"), full, old.len());
        table::verdict(
            "whole diff / similar's lines alone",
            micros(full) / micros(by_lines),
            "x",
            Target::None,
        );
    }
}

/// Lines of prose that differ from each other.
fn prose() -> String {
    (0..)
        .map(|n| {
            format!(
                "Rule {n}: keep plain words where the author has plain words, and mind name {}.\n",
                n * 7919
            )
        })
        .scan(0, |length, line| {
            *length += line.len();
            (*length <= SIZE).then_some(line)
        })
        .collect()
}

/// The median time of each, a few calls of one after a few of the other.
pub(crate) fn turn_about<const N: usize>(plan: Plan, mut works: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut times: [Vec<f64>; N] = [const { Vec::new() }; N];
    let end = Instant::now() + Duration::from_secs_f64(plan.seconds);
    while Instant::now() < end {
        for (work, times) in works.iter_mut().zip(&mut times) {
            let begun = Instant::now();
            work();
            times.push(begun.elapsed().as_secs_f64());
        }
    }
    times.map(|times| Duration::from_secs_f64(median(times)))
}

fn row(name: &str, time: Duration, bytes: usize) {
    let micros = micros(time);
    say(&format!("{name:<52} {micros:>10.1} {:>10.0}", bytes as f64 / micros));
}
