//! Case-insensitive substring search for all scripts.
//!
//! SQLite's LIKE only knows the case of ASCII letters, and PostgreSQL's depends on the database's locale. A
//! pattern that lists both cases of every letter finds the same on both.

use crate::Engine;
use colophon_contract::rule::NAME_MAX;

/// Returns the pattern for `GLOB` (SQLite) or `~` (PostgreSQL) that matches texts with `query` in them.
/// Returns `None` if no name or title could contain it.
pub(crate) fn pattern(query: &str, engine: Engine) -> Option<String> {
    if query.chars().count() as u64 > NAME_MAX || query.contains('\0') {
        return None;
    }
    let mut pattern = String::with_capacity(query.len() * 4 + 2);
    if engine == Engine::Sqlite {
        pattern.push('*');
    }
    for c in query.chars() {
        let (lower, upper) = (single(c.to_lowercase()), single(c.to_uppercase()));
        let mut cases = vec![c];
        cases.extend([lower, upper].into_iter().flatten().filter(|case| *case != c));
        match (&cases[..], engine) {
            ([c], Engine::Sqlite) if "*?[".contains(*c) => pattern.extend(['[', *c, ']']),
            ([c], Engine::Postgres) if c.is_ascii_punctuation() => pattern.extend(['\\', *c]),
            ([c], _) => pattern.push(*c),
            _ => {
                pattern.push('[');
                pattern.extend(cases);
                pattern.push(']');
            }
        }
    }
    if engine == Engine::Sqlite {
        pattern.push('*');
    }
    Some(pattern)
}

/// Returns the one character of a case mapping; `None` for the few letters with more, such as ß.
fn single(mut mapping: impl Iterator<Item = char>) -> Option<char> {
    let first = mapping.next();
    if mapping.next().is_some() { None } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_both_cases_and_escape_the_rest() {
        assert_eq!(pattern("Éa*夜", Engine::Sqlite).as_deref(), Some("*[Éé][aA][*]夜*"));
        assert_eq!(pattern("a.%", Engine::Postgres).as_deref(), Some(r"[aA]\.\%"));
        assert_eq!(pattern("\0", Engine::Postgres), None);
        assert_eq!(pattern(&"x".repeat(256), Engine::Sqlite), None);
    }
}
