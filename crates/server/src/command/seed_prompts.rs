//! `colophon seed-prompts`

use colophon_contract::{CreatePrompt, JsonObject, parameters::with_line_feeds_in_variables};
use colophon_domain::{Actor, Error, prompt, template};
use serde::Deserialize;

use crate::{Failure, command::say, settings::Settings};

/// `[default_prompt]` of the configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefaultPrompt {
    /// The prompt's name.
    pub name: String,
    /// An id in the model catalogue.
    pub model: String,
    /// A Python format-string template. Its line ends become LF.
    #[serde(deserialize_with = "colophon_contract::text::text")]
    pub template: String,
    /// The model's parameters, with `variables` and `metadata`.
    #[serde(default)]
    pub parameters: JsonObject,
}

/// Creates the default prompt in every work without a prompt, and prints what was created.
pub(crate) async fn run(settings: &Settings) -> Result<(), Failure> {
    let default = settings
        .default_prompt
        .as_ref()
        .ok_or("there is no [default_prompt] in the configuration; see docs/operations.md")?;
    let models = colophon_pipeline::models(&settings.catalogue()?);
    models.get(&default.model)?;
    let new = CreatePrompt {
        name: default.name.clone(),
        model: default.model.clone(),
        template: default.template.clone(),
        parameters: with_line_feeds_in_variables(default.parameters.clone()),
        note: "from the configuration's default prompt".to_owned(),
    };
    validator::Validate::validate(&new).map_err(|e| format!("[default_prompt] is invalid: {e}"))?;

    for warning in template::list_saved_warnings(&new.template, &new.parameters) {
        let (line, column) = (warning.line.unwrap_or(1), warning.column.unwrap_or(1));
        say!("warning: [default_prompt], line {line}, column {column} of the template: {}", warning.detail);
    }

    let db = super::open(settings).await?;
    let author = Actor::system("seed-prompts").author;
    let works = prompt::list_works_without_prompt(&db).await?;
    let mut seeded = 0;
    for (work_id, title) in works {
        let txn = db.begin_write_by(Actor::system("seed-prompts")).await?;
        match prompt::create_prompt(&txn, &author, work_id, &new, &models).await {
            Ok(_) => {
                txn.commit().await?;
                seeded += 1;
                say!("work {work_id} ({title}): made {:?}, version 1", default.name);
            }
            // Another client created a prompt first, or deleted the work: nothing is left to do.
            Err(Error::PromptExists | Error::NotFound(_)) => txn.rollback().await?,
            Err(other) => return Err(describe(other).into()),
        }
    }
    say!("{seeded} prompt(s) made; every work has one now");
    Ok(())
}

/// Returns the error's text with every problem of the template or the parameters, which the error alone
/// omits.
fn describe(error: Error) -> String {
    let sentence = error.to_string();
    let details: Vec<String> =
        error.field_errors().into_iter().map(|e| format!("\n  {}", e.detail)).collect();
    format!("[default_prompt]: {sentence}{}", details.concat())
}
