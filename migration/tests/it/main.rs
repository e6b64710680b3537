//! The migrations and what the database refuses, on both engines.

mod smoke;
