//! Plain text on standard output.

use std::io::Write;

use crate::sample::{Plan, Rounds};

/// A line; a closed pipe at the other end is no reason to panic.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").ok();
}

/// A section's heading.
pub(crate) fn heading(text: &str) {
    say(&format!("\n{text}\n{}", "-".repeat(text.chars().count())));
}

/// Rates and latencies, a line each.
pub(crate) fn rates(lines: &[(&str, &Rounds)]) {
    say(&format!("{:<52} {:>10} {:>10} {:>10}", "", "a second", "p50 µs", "p99 µs"));
    for (name, rounds) in lines {
        let median = rounds.median();
        say(&format!("{name:<52} {:>10.0} {:>10.0} {:>10.0}", median.rate, median.p50, median.p99));
    }
}

/// What is to be reached.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
    /// Nothing: for information.
    None,
}

/// A ratio (or a figure with its unit) beside its target.
pub(crate) fn verdict(name: &str, figure: f64, unit: &str, target: Target) {
    let shown = format!("{figure:.2}{unit}");
    let (wanted, met) = match target {
        Target::AtLeast(least) => (format!(">= {least}{unit}"), figure >= least),
        Target::AtMost(most) => (format!("<= {most}{unit}"), figure <= most),
        Target::None => return say(&format!("  {name:<58} {shown:>10}")),
    };
    say(&format!("  {name:<58} {shown:>10}   {wanted:<12} {}", if met { "met" } else { "MISSED" }));
}

/// The machine, and what else it was doing.
pub(crate) fn conditions(plan: Plan) {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    say(&format!("cores: {cores} ({})", model.trim_start_matches(['\t', ' ', ':'])));
    say(&format!("load average at the start: {}", read("/proc/loadavg").trim()));
    say(&format!("kernel: {}", read("/proc/sys/kernel/osrelease").trim()));
    say(&format!("{} rounds of {} s each, turn about; medians", plan.rounds, plan.seconds));
}
