//! Types on the wire: requests, replies, events, problems, and the rules that both sides check.
//!
//! There is one module per noun of the URL. The server and the web app compile the same types, so a name, a
//! limit or a rule is written once. The crate depends on nothing that does I/O and compiles to WebAssembly.

#[cfg(not(target_arch = "wasm32"))]
pub mod account_name;
pub mod audit;
pub mod chapter;
pub mod event;
pub mod import;
pub mod model;
pub mod page;
pub mod parameters;
pub mod problem;
pub mod prompt;
pub mod provider;
pub mod rule;
pub mod run;
pub mod segment;
pub mod session;
pub mod template;
pub mod text;
pub mod time;
pub mod token;
pub mod url;
pub mod user;
pub mod verify;
pub mod work;

mod given;

pub use audit::*;
pub use chapter::*;
pub use event::*;
pub use import::*;
pub use model::*;
pub use page::*;
pub use problem::*;
pub use prompt::*;
pub use provider::*;
pub use run::*;
pub use segment::*;
pub use session::*;
pub use template::*;
pub use time::*;
pub use token::*;
pub use user::*;
pub use verify::*;
pub use work::*;

/// A JSON object; its keys are in order of their bytes.
pub type JsonObject = serde_json::Map<String, serde_json::Value>;
