//! Names of people.

/// Removes the space in names such as `夏目 漱石`, which is only for sorting.
pub(super) fn plain_name(name: &str) -> String {
    let is_cjk =
        |c: &char| matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}');
    let mut plain = String::with_capacity(name.len());
    let mut chars = name.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let between =
            plain.chars().next_back().as_ref().is_some_and(is_cjk) && chars.peek().is_some_and(is_cjk);
        if !(between && matches!(c, ' ' | '\u{3000}')) {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_without_the_sorting_space() {
        assert_eq!(plain_name(" 夏目 漱石 "), "夏目漱石");
        assert_eq!(plain_name("宮沢　賢治"), "宮沢賢治");
        assert_eq!(plain_name("Natsume Sōseki"), "Natsume Sōseki");
    }
}
