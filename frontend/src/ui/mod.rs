//! Parts of pages that know nothing of novels and prompts.

pub mod button;
pub mod combobox;
pub mod dialog;
pub mod empty;
pub mod failure;
pub mod field;
pub mod form;
pub mod guard;
pub mod id;
pub mod json;
pub mod load;
pub mod number;
pub mod progress;
pub mod remote;
pub mod skeleton;
pub mod stamp;
pub mod storage;
pub mod tabs;
pub mod time;
pub mod toast;

pub use button::Button;
pub use combobox::{Choice, Combobox};
pub use dialog::{Dialog, DialogActions, Unsaved, close_dialog};
pub use empty::Empty;
pub use failure::Failure;
pub use field::{TextArea, TextField};
pub use form::FormErrors;
pub use json::JsonTree;
pub use load::Load;
pub use progress::ProgressLine;
pub use remote::{Data, Remote};
pub use skeleton::Skeleton;
pub use stamp::{Stamp, StampKind};
pub use tabs::{TabPanel, Tabs};
pub use time::{RelativeTime, Time};
pub use toast::Toaster;
