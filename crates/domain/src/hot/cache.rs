//! A cache of histories as JSON. Versions are never changed or deleted. An entry is found by the latest
//! version's id and chain hash, which covers the whole history, so no other process can make it stale. The
//! cache only saves serialising twenty versions again and again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Maximum bytes of JSON in the cache.
const BUDGET: usize = 8 * 1024 * 1024;

/// The histories of the prompts read last, by the latest version's id.
#[derive(Debug, Default)]
pub(crate) struct Histories(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<i64, Entry>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    prompt_id: i64,
    chain_hash: String,
    json: Arc<str>,
    used: u64,
}

impl Histories {
    /// Returns the history that ends with a version.
    pub(crate) fn find(&self, latest_id: i64, chain_hash: &str) -> Option<Arc<str>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let entry = kept.entries.get_mut(&latest_id).filter(|entry| entry.chain_hash == chain_hash)?;
        entry.used = now;
        Some(Arc::clone(&entry.json))
    }

    /// Adds a history, removes those of the same prompt, and evicts the least recently used.
    pub(crate) fn keep(&self, prompt_id: i64, latest_id: i64, chain_hash: &str, json: String) -> Arc<str> {
        let json: Arc<str> = json.into();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let entry =
            Entry { prompt_id, chain_hash: chain_hash.to_owned(), json: Arc::clone(&json), used: kept.clock };
        kept.entries.retain(|_, entry| entry.prompt_id != prompt_id);
        kept.entries.insert(latest_id, entry);
        kept.bytes = kept.entries.values().map(|entry| entry.json.len()).sum();
        while kept.bytes > BUDGET {
            let oldest = kept.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(id, _)| *id);
            let Some(entry) = oldest.and_then(|id| kept.entries.remove(&id)) else { break };
            kept.bytes -= entry.json.len();
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_found_by_what_it_says_only() {
        let histories = Histories::default();
        histories.keep(1, 10, "aa", "{}".into());
        assert_eq!(histories.find(10, "aa").as_deref(), Some("{}"));
        assert_eq!(histories.find(10, "bb"), None);
        assert_eq!(histories.find(11, "aa"), None);
        histories.keep(1, 11, "bb", "{}".into());
        assert_eq!(histories.find(10, "aa"), None, "one a prompt");
    }

    #[test]
    fn memory_has_a_limit() {
        let histories = Histories::default();
        let big = "x".repeat(BUDGET / 4);
        for id in 0..4 {
            histories.keep(id, id, "aa", big.clone());
        }
        assert!(histories.find(0, "aa").is_some());
        histories.keep(9, 9, "aa", big.clone());
        assert!(histories.find(1, "aa").is_none(), "used longest ago");
        assert!(histories.find(0, "aa").is_some() && histories.find(9, "aa").is_some());
        histories.keep(5, 5, "aa", "x".repeat(BUDGET + 1));
        assert!(histories.0.lock().expect("a lock").bytes <= BUDGET);
    }
}
