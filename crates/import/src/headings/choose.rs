//! Selects the headings among the lines that look like headings, from the whole file.

use super::bare;
use super::chain::{self, Costs, Link};
use super::layout::Place;
use super::line::{Kind, Look, Parsed, Tail, Unit};
use super::names::NameKind;
use crate::lines::Lines;
use std::collections::{HashMap, HashSet};

/// A line that may be a heading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) line: usize,
    pub(super) parsed: Parsed,
    pub(super) place: Place,
    /// Hash of the volume named in the line itself, 0 for none.
    pub(super) volume: u64,
}

/// What begins at a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A volume; parts inside a volume have a larger depth.
    Volume(u8),
    Chapter,
}

/// A candidate, by index, that was selected as a heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) at: usize,
    pub(super) role: Role,
}

/// Costs of breaks in the row of numbered units.
const COSTS: Costs = Costs { start: 2, gap: 4, widest_gap: u32::MAX, restart: 6, volume: 3 };

/// Units that can be chapters, the narrowest first. Sections count only if no wider unit exists.
const LEVELS: [Unit; 4] = [Unit::Episode, Unit::Chapter, Unit::Part, Unit::Volume];

/// Selects the headings, in file order.
pub(super) fn choose(lines: &Lines<'_>, candidates: &[Candidate]) -> Vec<Choice> {
    let mut chooser = Chooser::new(candidates);
    let mut choices = chooser.units();
    let has_chapters = choices.iter().any(|choice| choice.role == Role::Chapter);
    if !has_chapters || chooser.primary.is_some_and(|unit| unit <= Unit::Part) {
        let volumes: Vec<usize> = choices.iter().map(|choice| candidates[choice.at].line).collect();
        let row = bare::find(lines, candidates, &volumes);
        // Named chapters (`Prologue`) count together with the numbers.
        let inner = if row.is_empty() { 0 } else { row.len() + chooser.count_names() };
        if volumes.is_empty() || (inner >= 3 && inner >= 2 * volumes.len()) {
            for choice in &mut choices {
                choice.role = Role::Volume(0);
            }
            choices.extend(row.into_iter().map(|at| Choice { at, role: Role::Chapter }));
        }
    }
    chooser.names(lines, &mut choices);
    choices.sort_unstable_by_key(|choice| choice.at);
    choices.dedup_by_key(|choice| choice.at);
    chooser.widen(lines, &mut choices);
    choices
}

struct Chooser<'a> {
    candidates: &'a [Candidate],
    /// Prefixes that several lines share.
    shared: HashSet<u64>,
    /// The file puts titles directly after the number.
    glues: bool,
    /// The unit of the chapters.
    primary: Option<Unit>,
}

impl<'a> Chooser<'a> {
    fn new(candidates: &'a [Candidate]) -> Self {
        const MANY_GLUED: usize = 3;
        let mut prefixes: HashMap<u64, usize> = HashMap::new();
        let mut glued = 0;
        for candidate in candidates {
            let form = candidate.parsed.form;
            if form.prefix > 1 {
                *prefixes.entry(form.prefix).or_default() += 1;
            }
            let is_sign = candidate.parsed.look >= Look::Plausible && candidate.place == Place::Apart;
            glued += usize::from(form.tail == Tail::Glued && is_sign);
        }
        let shared = prefixes.into_iter().filter(|(_, count)| *count > 1).map(|(prefix, _)| prefix).collect();
        Self { candidates, shared, glues: glued >= MANY_GLUED, primary: None }
    }

    /// Selects the chapters and volumes with numbered units.
    fn units(&mut self) -> Vec<Choice> {
        let no_volumes = |_: usize| 0;
        let rows: HashMap<Unit, Vec<usize>> = [LEVELS.as_slice(), &[Unit::Section]]
            .concat()
            .into_iter()
            .map(|unit| {
                // Lines of wider units may be volumes; the numbers may restart in each volume.
                let wider = self.wider_than(unit);
                let row = self.row(&self.of_units(&[unit]), |at| wider.partition_point(|wide| *wide < at));
                (unit, row)
            })
            .collect();
        let length = |unit: Unit| rows.get(&unit).map_or(0, Vec::len);
        let primary = LEVELS
            .into_iter()
            .find(|unit| {
                length(*unit) > 0
                    && LEVELS.iter().filter(|wide| *wide < unit).all(|wide| length(*wide) <= length(*unit))
            })
            .or_else(|| (length(Unit::Section) > 0).then_some(Unit::Section));
        let Some(primary) = primary else { return Vec::new() };
        self.primary = Some(primary);
        let mut group = vec![primary];
        for other in [Unit::Chapter, Unit::Episode, Unit::Section] {
            if primary >= Unit::Chapter && other != primary && self.belongs(&group, other, &rows) {
                group.push(other);
            }
        }
        let mut volumes = Vec::new();
        for unit in [Unit::Volume, Unit::Part, Unit::Chapter] {
            if unit < primary && !group.contains(&unit) {
                let members = self.of_units(&[unit]);
                volumes.extend(self.accept(&members, no_volumes).into_iter().map(|at| (at, unit)));
            }
        }
        volumes.sort_unstable_by_key(|(at, _)| *at);
        let starts: Vec<usize> = volumes.iter().map(|(at, _)| *at).collect();
        let members = self.with_fillers(self.of_units(&group));
        let chapters = self.accept(&members, |at| starts.partition_point(|start| *start < at));
        let depth = |unit: Unit| unit as u8;
        let chapters = chapters.into_iter().map(|at| Choice { at, role: Role::Chapter });
        volumes
            .into_iter()
            .map(|(at, unit)| Choice { at, role: Role::Volume(depth(unit)) })
            .chain(chapters)
            .collect()
    }

    fn wider_than(&self, unit: Unit) -> Vec<usize> {
        let is_wider = |candidate: &Candidate| {
            matches!(candidate.parsed.kind, Kind::Unit(wide) if wide < unit) && self.weight(candidate) > 0
        };
        (0..self.candidates.len()).filter(|at| is_wider(&self.candidates[*at])).collect()
    }

    fn of_units(&self, units: &[Unit]) -> Vec<usize> {
        let belongs = |at: &usize| matches!(self.candidates[*at].parsed.kind, Kind::Unit(unit) if units.contains(&unit));
        (0..self.candidates.len()).filter(belongs).collect()
    }

    /// Returns whether lines of `other` continue the numbers of the group (one `第12节` in a row of `章`) and
    /// do not count within its units.
    fn belongs(&self, group: &[Unit], other: Unit, rows: &HashMap<Unit, Vec<usize>>) -> bool {
        let others = self.of_units(&[other]);
        if others.is_empty() {
            return false;
        }
        let regular = |members: &[usize]| {
            let links = self.links(members, |_| 0);
            let row = chain::best_row(&links, COSTS);
            chain::regular(&links, &row)
        };
        let units = [group, &[other]].concat();
        let apart = regular(&self.of_units(group)) + rows.get(&other).map_or(0, |_| regular(&others));
        regular(&self.of_units(&units)) > apart
    }

    fn links(&self, members: &[usize], volume_of: impl Fn(usize) -> usize) -> Vec<Link> {
        let mut named = 0;
        let mut last = 0;
        members
            .iter()
            .map(|at| {
                let candidate = &self.candidates[*at];
                if candidate.volume != 0 && candidate.volume != last {
                    last = candidate.volume;
                    named += 1;
                }
                let number = candidate.parsed.number.unwrap_or(super::number::Number::whole(0));
                Link { number, weight: self.weight(candidate), volume: volume_of(*at) + named }
            })
            .collect()
    }

    /// Returns the weight of a candidate before its number is considered, in half points.
    fn weight(&self, candidate: &Candidate) -> i32 {
        let parsed = &candidate.parsed;
        if parsed.kind == Kind::Bare {
            // Among numbered units a bare number fills a gap; if it has a mark it may also come last.
            let sign = parsed.form.mark.is_some() && candidate.place == Place::Apart;
            return if sign { 1 } else { -2 };
        }
        match (self.look(parsed), candidate.place) {
            (Look::Clear, Place::Apart) => 8,
            (Look::Clear, Place::Neutral) | (Look::Plausible, Place::Apart) => 6,
            (Look::Plausible, Place::Neutral) => 4,
            (Look::Clear, Place::Within) => 2,
            (Look::Doubtful, Place::Apart) if self.glues && parsed.form.tail == Tail::Glued => 1,
            (Look::Doubtful, Place::Apart) => -1,
            (Look::Plausible, Place::Within) => -2,
            (Look::Doubtful, Place::Neutral) => -6,
            (Look::Doubtful, Place::Within) => -12,
        }
    }

    /// Returns the look of a line. A prefix that several lines share makes it clear.
    fn look(&self, parsed: &Parsed) -> Look {
        let shared = parsed.form.prefix > 1 && self.shared.contains(&parsed.form.prefix);
        if shared && parsed.kind != Kind::Bare { Look::Clear } else { parsed.look }
    }

    /// Returns the members of the best row. Units that prose uses too need three consecutive numbers.
    fn row(&self, members: &[usize], volume_of: impl Fn(usize) -> usize) -> Vec<usize> {
        const FEWEST_WEAK: usize = 2;
        let links = self.links(members, volume_of);
        let row = chain::best_row(&links, COSTS);
        let all_weak = row.iter().all(|link| self.candidates[members[*link]].parsed.weak);
        if all_weak && chain::regular(&links, &row) < FEWEST_WEAK {
            return Vec::new();
        }
        row.into_iter().map(|link| members[link]).collect()
    }

    /// Returns the best row, and lines in a form of the row that are out of sequence.
    fn accept(&self, members: &[usize], volume_of: impl Fn(usize) -> usize) -> Vec<usize> {
        let row = self.row(members, volume_of);
        let mut forms: HashMap<_, [usize; 3]> = HashMap::new();
        for at in &row {
            let candidate = &self.candidates[*at];
            forms.entry(candidate.parsed.form).or_default()[candidate.place as usize] += 1;
        }
        let fewest = if row.len() <= 2 { 1 } else { 2 };
        let chosen: HashSet<usize> = row.iter().copied().collect();
        let strays = members.iter().copied().filter(|at| {
            let candidate = &self.candidates[*at];
            let Some(places) = forms.get(&candidate.parsed.form) else { return false };
            let usual = usual_place(places);
            let look = self.look(&candidate.parsed);
            let sure = look == Look::Clear || (look == Look::Plausible && candidate.place == Place::Apart);
            places.iter().sum::<usize>() >= fewest
                && !chosen.contains(at)
                && candidate.parsed.kind != Kind::Bare
                && candidate.place as usize >= usual
                && sure
        });
        let mut all: Vec<usize> = strays.chain(row.iter().copied()).collect();
        all.sort_unstable();
        all
    }

    /// Adds bare numbers of rare forms (`#4`), which may stand for a chapter among numbered units.
    fn with_fillers(&self, mut members: Vec<usize>) -> Vec<usize> {
        const RARE: usize = 3;
        let mut counts: HashMap<_, usize> = HashMap::new();
        let bare = |candidate: &Candidate| candidate.parsed.kind == Kind::Bare;
        let key = |candidate: &Candidate| {
            let form = candidate.parsed.form;
            (form.script, form.mark, form.dotted, form.prefix)
        };
        for candidate in self.candidates.iter().filter(|candidate| bare(candidate)) {
            *counts.entry(key(candidate)).or_default() += 1;
        }
        let may_fill = |candidate: &Candidate| {
            let form = candidate.parsed.form;
            bare(candidate)
                && candidate.place >= Place::Neutral
                && candidate.parsed.look >= Look::Plausible
                && (form.mark.is_some() || form.dotted || form.prefix > 1)
                && counts.get(&key(candidate)).is_some_and(|count| *count <= RARE)
        };
        members.extend(self.candidates.iter().enumerate().filter(|(_, c)| may_fill(c)).map(|(at, _)| at));
        members.sort_unstable();
        members
    }

    /// Returns the number of lines that are names of chapters.
    fn count_names(&self) -> usize {
        let is_name = |candidate: &&Candidate| {
            matches!(candidate.parsed.kind, Kind::Name(NameKind::Sure | NameKind::Likely))
                && candidate.parsed.look >= Look::Plausible
                && candidate.place >= Place::Neutral
        };
        self.candidates.iter().filter(is_name).count()
    }

    /// Makes units named like volumes (`Unit::Volume`, `Unit::Part`) volumes, if most of them come directly
    /// before a chapter of another kind.
    fn widen(&self, lines: &Lines<'_>, choices: &mut [Choice]) {
        let line = |choice: &Choice| self.candidates[choice.at].line;
        let is_wide = |choice: &Choice| {
            let kind = self.candidates[choice.at].parsed.kind;
            choice.role == Role::Chapter && matches!(kind, Kind::Unit(Unit::Volume | Unit::Part))
        };
        let wide = choices.iter().filter(|choice| is_wide(choice)).count();
        let pairs = choices.windows(2);
        let over = pairs.filter(|pair| {
            is_wide(&pair[0]) && !is_wide(&pair[1]) && lines.are_blank(line(&pair[0]) + 1..line(&pair[1]))
        });
        if wide > 0 && over.count() * 2 > wide {
            for choice in choices.iter_mut().filter(|choice| is_wide(choice)) {
                choice.role = Role::Volume(0);
            }
        }
    }

    /// Adds side stories, front and back matter, and volumes without a number.
    fn names(&self, lines: &Lines<'_>, choices: &mut Vec<Choice>) {
        let mut places = [0; 3];
        for choice in choices.iter() {
            places[self.candidates[choice.at].place as usize] += 1;
        }
        let has_others = !choices.is_empty();
        let usual = usual_place(&places);
        let fits = |candidate: &Candidate| {
            let sure = candidate.parsed.look == Look::Clear || candidate.place == Place::Apart;
            sure && candidate.parsed.look >= Look::Plausible
                && (!has_others || candidate.place as usize >= usual)
        };
        let names = self.candidates.iter().enumerate().filter(|(_, candidate)| fits(candidate));
        let names: Vec<(usize, Kind)> = names.map(|(at, candidate)| (at, candidate.parsed.kind)).collect();
        let likely = |kind: &Kind| matches!(kind, Kind::Name(NameKind::Likely | NameKind::Counted));
        let many = names.iter().filter(|(_, kind)| matches!(kind, Kind::Name(_))).count() > 1;
        let chapters: HashSet<usize> = choices.iter().map(|choice| self.candidates[choice.at].line).collect();
        let stands_over_chapter = |line: usize| {
            let mut below = (line + 1..).zip(lines.range(line + 1..lines.len()));
            below
                .find(|(_, text)| !text.trim().is_empty())
                .is_some_and(|(below, _)| chapters.contains(&below))
        };
        for (at, kind) in &names {
            let role = match kind {
                Kind::Name(NameKind::Sure) => Role::Chapter,
                kind if likely(kind) && (has_others || many) => Role::Chapter,
                Kind::VolumeName if stands_over_chapter(self.candidates[*at].line) => Role::Volume(0),
                _ => continue,
            };
            choices.push(Choice { at: *at, role });
        }
    }
}

/// Returns the most frequent place of the counted headings, as an index.
fn usual_place(counts: &[usize; 3]) -> usize {
    let most = counts.iter().enumerate().max_by_key(|(place, count)| (**count, std::cmp::Reverse(*place)));
    most.map_or(0, |(place, _)| place)
}
