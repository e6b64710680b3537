//! Fields that may be left out and, once there, are not `null`.

use serde::{Deserialize, Deserializer};

/// For `#[serde(default, deserialize_with)]`: what is there is taken as a `T`, and `null` is none.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// For a text that may be taken away: `null` is the empty text, which takes it away.
pub(crate) fn given_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| Some(text.unwrap_or_default()))
}
