//! Fields that may be left out but not be `null`.

use serde::{Deserialize, Deserializer};

/// Deserializes a given value as a `T`, which rejects `null`; for `#[serde(default, deserialize_with)]`.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Deserializes a text that may be removed: `null` becomes the empty text, which removes it.
pub(crate) fn given_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| Some(text.unwrap_or_default()))
}
