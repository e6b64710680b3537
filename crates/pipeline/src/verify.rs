//! Verifies runs: renders what was sent again, with the same code that runs use.

use crate::render::{self, PRECEDING, Place};
use colophon_contract::TranslationVerification;
use colophon_domain::{Db, Result};
use colophon_domain::{
    run::RunContext,
    verify::{self, Recomputed, RequestHash, Sent},
};
use colophon_provider::{Catalogue, Trace, body_as_named, trace};
use colophon_template::Template;
use sha2::{Digest as _, Sha256};

/// Verifies a run. `catalogue` is used only for the parameter names of attempts that are older than the
/// column that keeps them.
///
/// # Errors
/// The run is not found; database errors. A mismatch is not an error.
pub async fn verify_run(db: &Db, catalogue: &Catalogue, run_id: i64) -> Result<TranslationVerification> {
    let mut parsed = Parsed::default();
    verify::verify_run(db, run_id, PRECEDING, |context, sent| {
        recompute(catalogue, parsed.get(&context.template), context, sent)
    })
    .await
}

/// Caches the template used last: most attempts have the template of their run.
#[derive(Default)]
struct Parsed(Option<(String, Template)>);

impl Parsed {
    fn get(&mut self, template: &str) -> &Template {
        let kept = self.0.take().filter(|(text, _)| text == template);
        let kept = kept.unwrap_or_else(|| (template.to_owned(), Template::parse(template)));
        &self.0.insert(kept).1
    }
}

fn recompute(
    catalogue: &Catalogue,
    template: &Template,
    context: &RunContext,
    sent: &Sent<'_>,
) -> std::result::Result<Recomputed, String> {
    let place =
        Place { position: sent.position, source_text: sent.source_text, instruction: sent.instruction };
    let messages = render::messages(template, context, place, sent.preceding).map_err(|e| e.to_string())?;
    let request = render::request(context, sent.source_text, &messages);
    let sha256 = |body: &[u8]| hex::encode(Sha256::digest(body));
    let is_it = |body: &[u8]| sha256(body) == sent.request_sha256;
    let request = match sent.parameter_names {
        Some(names) => {
            let body = body_as_named(&request, sent.model_requested, names);
            match body {
                Some(body) if is_it(&body) => RequestHash::Same,
                body => RequestHash::Other(body.map(|body| sha256(&body))),
            }
        }
        None => match trace(catalogue, &request, sent.model_requested, is_it) {
            Trace::Found => RequestHash::Same,
            Trace::Other(body) => RequestHash::Other(Some(sha256(&body))),
            Trace::Unknown => RequestHash::Unknown,
        },
    };
    Ok(Recomputed { messages, request })
}
