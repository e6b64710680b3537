//! What requests may hold, from outside.

mod limits;
