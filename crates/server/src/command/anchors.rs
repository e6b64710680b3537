//! `colophon anchors`

use colophon_domain::prompt;

use crate::{
    Failure,
    command::{open_as_it_is, say},
    settings::Settings,
};

/// Prints the chain head of every prompt, those of deleted works too, as a line of JSON each.
pub(crate) async fn run(settings: &Settings) -> Result<(), Failure> {
    let db = open_as_it_is(settings).await?;
    let mut after = 0;
    loop {
        let anchors = prompt::list_anchors(&db, after).await?;
        let Some(last) = anchors.last() else { return Ok(()) };
        after = last.prompt_id;
        for anchor in &anchors {
            say!("{}", serde_json::to_string(anchor)?);
        }
    }
}
