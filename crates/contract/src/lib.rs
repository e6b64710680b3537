//! What crosses the wire: requests, replies, events, problems, and the rules both sides check.
