//! The binary, as it is typed.

mod missing;
