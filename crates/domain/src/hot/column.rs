//! Columns of a statement by name. Lookups read by index, because finding names costs more than the lookup
//! itself. The compiler turns the names into indices.

/// Returns the index of a column among those that a statement selects.
///
/// # Panics
/// If there is no such column; in a `const` block that is a compile error.
pub(super) const fn index_of(columns: &[&str], name: &str) -> usize {
    let mut index = 0;
    while index < columns.len() {
        if is_same(columns[index].as_bytes(), name.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("the statement has no such column")
}

const fn is_same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::index_of;

    #[test]
    fn a_column_is_found_by_its_whole_name() {
        const COLUMNS: [&str; 3] = ["v.id", "v.number", "w.id"];
        assert_eq!(const { index_of(&COLUMNS, "w.id") }, 2);
        assert_eq!(index_of(&COLUMNS, "v.id"), 0);
    }

    #[test]
    #[should_panic(expected = "no such column")]
    fn a_part_of_a_name_is_no_column() {
        index_of(&["v.id"], "v.i");
    }
}
