//! The binary, as it is typed, and as a process among others.

mod binary;
mod bounds;
mod chaos;
mod imports;
mod missing;
mod people;
mod secrets;
mod security;
mod verify;
mod version;
