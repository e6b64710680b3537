//! Chooses which of a chapter's runs is on screen.

/// The run that is on screen.
#[derive(Debug, Clone, PartialEq)]
pub struct OnScreen {
    /// The run that the address named when this one was chosen.
    wanted: Option<i64>,
    /// The run on screen, if there is one.
    pub run: Option<i64>,
    /// The newest run at that time.
    newest: Option<i64>,
}

impl OnScreen {
    /// Whether `newest` appeared after the run came on screen.
    pub fn is_older_than(&self, newest: i64) -> bool {
        self.run.is_some() && self.run != Some(newest) && self.newest != Some(newest)
    }
}

/// Chooses the run to show among `runs`, newest first. A run stays on screen until the person leaves it, even
/// if newer ones appear: the person may be editing its text.
pub fn choose(
    last: Option<&OnScreen>,
    wanted: Option<i64>,
    runs: impl Iterator<Item = i64> + Clone,
) -> OnScreen {
    let is_there = |run: &i64| runs.clone().any(|other| other == *run);
    let newest = runs.clone().next();
    let asked = wanted.filter(is_there);
    // An address that no longer names a run requests the newest one.
    let stays = last.filter(|last| wanted.is_some() || last.wanted.is_none());
    let kept = stays.filter(|last| last.run.is_some_and(|run| is_there(&run)));
    match (asked, kept) {
        (Some(run), Some(kept)) if kept.run == Some(run) => OnScreen { wanted, ..kept.clone() },
        (Some(run), _) => OnScreen { wanted, run: Some(run), newest },
        (None, Some(kept)) => OnScreen { wanted, ..kept.clone() },
        (None, None) => OnScreen { wanted, run: newest, newest },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(last: Option<&OnScreen>, wanted: Option<i64>, runs: &[i64]) -> OnScreen {
        choose(last, wanted, runs.iter().copied())
    }

    #[test]
    fn the_newest_run_is_shown_at_first() {
        let screen = shown(None, None, &[3, 2, 1]);
        assert_eq!(screen.run, Some(3));
        assert!(!screen.is_older_than(3));
        assert_eq!(shown(None, None, &[]).run, None);
    }

    #[test]
    fn a_run_stays_on_screen_when_a_newer_one_appears() {
        let first = shown(None, None, &[3, 2]);
        let next = shown(Some(&first), None, &[4, 3, 2]);
        assert_eq!(next.run, Some(3));
        assert!(next.is_older_than(4), "the page offers the newer one");
        assert_eq!(shown(Some(&next), None, &[5, 4, 3, 2]).run, Some(3));
    }

    #[test]
    fn the_first_run_of_a_chapter_comes_on_screen() {
        let empty = shown(None, None, &[]);
        assert!(!empty.is_older_than(1));
        assert_eq!(shown(Some(&empty), None, &[1]).run, Some(1));
    }

    #[test]
    fn an_address_that_names_a_run_shows_that_one() {
        let newest = shown(None, None, &[3, 2, 1]);
        let asked = shown(Some(&newest), Some(1), &[3, 2, 1]);
        assert_eq!(asked.run, Some(1));
        assert!(!asked.is_older_than(3), "the newest run was there when the person chose another");
        assert!(asked.is_older_than(4));
        assert_eq!(shown(Some(&asked), Some(2), &[3, 2, 1]).run, Some(2));
    }

    #[test]
    fn an_address_that_names_the_run_on_screen_changes_nothing() {
        let first = shown(None, None, &[3]);
        let with_newer = shown(Some(&first), None, &[4, 3]);
        let asked = shown(Some(&with_newer), Some(3), &[4, 3]);
        assert_eq!(asked.run, Some(3));
        assert!(asked.is_older_than(4), "run 4 appeared after run 3 came on screen");
    }

    #[test]
    fn an_address_that_no_longer_names_a_run_shows_the_newest() {
        let asked = shown(None, Some(1), &[3, 2, 1]);
        assert_eq!(shown(Some(&asked), None, &[3, 2, 1]).run, Some(3));
    }

    #[test]
    fn an_address_of_an_unknown_run_shows_the_newest_or_what_is_on_screen() {
        assert_eq!(shown(None, Some(9), &[3, 2]).run, Some(3));
        let first = shown(None, Some(2), &[3, 2]);
        assert_eq!(shown(Some(&first), Some(9), &[3, 2]).run, Some(2));
    }

    #[test]
    fn a_run_that_left_the_list_is_replaced_by_the_newest() {
        let first = shown(None, None, &[3, 2]);
        assert_eq!(shown(Some(&first), None, &[2]).run, Some(2));
    }
}
