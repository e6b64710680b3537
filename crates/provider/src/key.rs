use std::{collections::BTreeMap, fmt, sync::Arc};

use secrecy::SecretString;

/// Source of keys. Each use looks a key up by the name of its variable; keys are never stored.
#[derive(Clone)]
pub struct Keys(Arc<Lookup>);

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Keys {
    /// Returns keys from the environment.
    pub fn from_env() -> Self {
        Self(Arc::new(|name| std::env::var(name).ok()))
    }

    /// Returns keys from a fixed table of variables, for tests.
    pub fn fixed<N: Into<String>, K: Into<String>>(table: impl IntoIterator<Item = (N, K)>) -> Self {
        let table: BTreeMap<String, String> =
            table.into_iter().map(|(name, key)| (name.into(), key.into())).collect();
        Self(Arc::new(move |name| table.get(name).cloned()))
    }

    /// Returns the trimmed key in the variable `name`. `None` if the variable is not set, is empty, or cannot
    /// be sent in a header.
    pub fn find(&self, name: &str) -> Option<SecretString> {
        let key = (self.0)(name)?;
        let key = key.trim();
        let usable = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        usable.then(|| SecretString::from(key))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn keys_are_trimmed_and_useless_ones_are_not_there() {
        let keys = Keys::fixed([("A", " sk-1\n"), ("B", "  "), ("C", "sk\n2"), ("D", "schlüssel")]);
        assert_eq!(keys.find("A").unwrap().expose_secret(), "sk-1");
        for name in ["B", "C", "D", "E"] {
            assert!(keys.find(name).is_none(), "{name}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        let keys = Keys::fixed([("A", "sk-1")]);
        assert!(!format!("{keys:?} {:?}", keys.find("A")).contains("sk-1"));
    }
}
