//! The state that the whole app shares: session, theme, shortcuts, and requests.

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
