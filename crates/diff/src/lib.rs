//! Line, word and character hunks between two texts, and two JSON objects key by key.
