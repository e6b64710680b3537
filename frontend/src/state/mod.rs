//! What the whole app shares: who is signed in, the theme, the keys, and the state of a request.

pub mod latest;
pub mod mutation;
pub mod page_change;
pub mod session;
pub mod shortcut;
pub mod theme;
mod visible;

pub use latest::Latest;
pub use mutation::Mutation;
pub use visible::use_visible;
