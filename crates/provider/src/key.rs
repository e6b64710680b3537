use std::{collections::BTreeMap, fmt, sync::Arc};

use secrecy::SecretString;

/// Where keys come from: looked up by the name of a variable, at the moment of each use, and never kept.
#[derive(Clone)]
pub struct Keys(Arc<Lookup>);

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Keys {
    /// The process's environment.
    pub fn from_env() -> Self {
        Self(Arc::new(|name| std::env::var(name).ok()))
    }

    /// A fixed table of variables and keys, for tests.
    pub fn fixed<N: Into<String>, K: Into<String>>(table: impl IntoIterator<Item = (N, K)>) -> Self {
        let table: BTreeMap<String, String> =
            table.into_iter().map(|(name, key)| (name.into(), key.into())).collect();
        Self(Arc::new(move |name| table.get(name).cloned()))
    }

    /// The key in the variable `name`, blanks around it cut off; `None` where it is not there, empty, or
    /// cannot be sent in a header.
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
