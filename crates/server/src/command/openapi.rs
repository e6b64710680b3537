//! `colophon openapi`

use crate::{Failure, command::say};

/// Prints the document that `/api/openapi.json` serves.
pub(crate) fn run() -> Result<(), Failure> {
    say!("{}", colophon_api::openapi().to_pretty_json()?);
    Ok(())
}
