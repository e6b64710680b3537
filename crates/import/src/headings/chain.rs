//! Finds the best row of numbers among candidates: the longest ascending row with few gaps and few restarts.

use super::number::Number;
use std::collections::HashMap;

/// A candidate in file order. Weights and costs are in half points.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) number: Number,
    /// The candidate's own value. If negative, it can only fill a gap.
    pub(super) weight: i32,
    /// Number of volumes before it; a row may restart in each volume.
    pub(super) volume: usize,
}

/// Costs of breaks in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Costs {
    /// Starting at a number above 1.
    pub(super) start: i32,
    /// A gap: numbers left out.
    pub(super) gap: i32,
    /// Largest difference between two neighbouring numbers.
    pub(super) widest_gap: u32,
    /// Restarting at 0 or 1 within a volume.
    pub(super) restart: i32,
    /// Any number after a volume's heading.
    pub(super) volume: i32,
}

/// The last link of the best row so far.
#[derive(Clone, Copy)]
struct Best {
    score: i32,
    link: usize,
}

/// Highest score for each largest number (a Fenwick tree over sorted numbers).
struct Prefixes {
    numbers: Vec<u32>,
    tree: Vec<Option<Best>>,
}

impl Prefixes {
    fn new(links: &[Link]) -> Self {
        let mut numbers: Vec<u32> = links.iter().map(|link| link.number.major).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let tree = vec![None; numbers.len() + 1];
        Self { numbers, tree }
    }

    fn insert(&mut self, number: u32, best: Best) {
        let mut at = self.numbers.partition_point(|known| *known < number) + 1;
        while at < self.tree.len() {
            if self.tree[at].is_none_or(|known| best.score > known.score) {
                self.tree[at] = Some(best);
            }
            at += at & at.wrapping_neg();
        }
    }

    /// Returns the best row that ends below `number`.
    fn below(&self, number: u32) -> Option<Best> {
        let mut at = self.numbers.partition_point(|known| *known < number);
        let mut found: Option<Best> = None;
        while at > 0 {
            if let Some(best) = self.tree[at]
                && found.is_none_or(|known| best.score > known.score)
            {
                found = Some(best);
            }
            at -= at & at.wrapping_neg();
        }
        found
    }
}

/// Returns the indices of the best row's links, ascending.
pub(super) fn best_row(links: &[Link], costs: Costs) -> Vec<usize> {
    let mut prefixes = Prefixes::new(links);
    // The best row that ends in each number.
    let mut ending: HashMap<u32, Best> = HashMap::new();
    let mut previous: Vec<Option<usize>> = Vec::with_capacity(links.len());
    // The best row of all, and the best before the current volume.
    let (mut overall, mut before_volume) = (None::<Best>, None::<Best>);
    let mut volume = 0;
    for (index, link) in links.iter().enumerate() {
        if link.volume != volume {
            volume = link.volume;
            before_volume = overall;
        }
        let number = link.number.major;
        let small = number <= 1;
        let start = if small { 0 } else { -costs.start };
        let mut score = start;
        let mut from = None;
        let mut offer = |best: Option<&Best>, cost: i32| {
            if let Some(best) = best
                && best.score - cost > score
            {
                score = best.score - cost;
                from = Some(best.link);
            }
        };
        let follows = |best: &&Best| link.number.continues(links[best.link].number);
        offer(number.checked_sub(1).and_then(|before| ending.get(&before)).filter(follows), 0);
        offer(ending.get(&number).filter(follows), 0);
        if costs.widest_gap == u32::MAX {
            offer(prefixes.below(number).as_ref(), costs.gap);
        } else {
            for gap in 2..=costs.widest_gap.min(number) {
                offer(ending.get(&(number - gap)), costs.gap);
            }
        }
        if small {
            offer(overall.as_ref(), costs.restart);
        }
        offer(before_volume.as_ref(), if small { 0 } else { costs.volume });
        let best = Best { score: score + link.weight, link: index };
        previous.push(from);
        if ending.get(&number).is_none_or(|known| best.score > known.score) {
            ending.insert(number, best);
        }
        prefixes.insert(number, best);
        if overall.is_none_or(|known| best.score > known.score) {
            overall = Some(best);
        }
    }
    let mut row = Vec::new();
    let mut at = overall.filter(|best| best.score > 0).map(|best| best.link);
    while let Some(index) = at {
        row.push(index);
        at = previous[index];
    }
    row.reverse();
    row
}

/// Returns how many links of a row have the number expected after the previous one.
pub(super) fn regular(links: &[Link], row: &[usize]) -> usize {
    row.windows(2)
        .filter(|pair| {
            let (before, after) = (links[pair[0]], links[pair[1]]);
            after.number.continues(before.number)
                || (after.volume != before.volume && after.number.major <= 1)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: Costs = Costs { start: 2, gap: 4, widest_gap: u32::MAX, restart: 6, volume: 3 };

    fn row(numbers: &[(u32, i32)]) -> Vec<u32> {
        let links: Vec<Link> = numbers
            .iter()
            .map(|(number, weight)| Link { number: Number::whole(*number), weight: *weight, volume: 0 })
            .collect();
        best_row(&links, COSTS).into_iter().map(|at| links[at].number.major).collect()
    }

    #[test]
    fn rows_leave_strays_out_and_bridge_gaps() {
        assert_eq!(row(&[(9, 6), (10, 6), (111, 6), (12, 6), (13, 6)]), [9, 10, 12, 13]);
        assert_eq!(row(&[(1, 6), (2, 6), (7, 6), (8, 6)]), [1, 2, 7, 8]);
        assert_eq!(row(&[(5, 6), (6, 6), (4, 6), (7, 6)]), [5, 6, 7]);
        assert_eq!(row(&[(1, 6), (2, 6), (1, 6), (2, 6)]), [1, 2, 1, 2]);
        assert_eq!(row(&[(1, 6), (2, -1), (3, 6)]), [1, 2, 3]);
        assert_eq!(row(&[(1, 6), (2, -6), (3, 6)]), [1, 3]);
        assert_eq!(row(&[(1, 6), (2, 6), (3, -1)]), [1, 2]);
        assert!(row(&[]).is_empty() && row(&[(1, -1)]).is_empty());
    }

    #[test]
    fn of_two_with_one_number_the_better_stays() {
        let links = [(1, 6), (2, 1), (2, 8), (3, 6)];
        let links: Vec<Link> =
            links.map(|(number, weight)| Link { number: Number::whole(number), weight, volume: 0 }).to_vec();
        assert_eq!(best_row(&links, COSTS), [0, 2, 3]);
    }

    #[test]
    fn many_links_take_little_time() {
        let links: Vec<Link> = (0..200_000u32)
            .map(|n| Link { number: Number::whole(n * 7919 % 100_003), weight: 6, volume: 0 })
            .collect();
        assert!(!best_row(&links, COSTS).is_empty());
    }
}
