//! The model catalogue as others need it: domain's rules, and the wire.

use colophon_contract::Model;
use colophon_domain::{ModelEntry, Models};
use colophon_provider::Catalogue;

/// What the rules for prompt versions need to know of the catalogue.
#[must_use]
pub fn models(catalogue: &Catalogue) -> Models {
    Models::new(
        catalogue
            .models()
            .iter()
            .map(|model| ModelEntry { id: model.id.clone(), parameters: model.parameters.clone() }),
    )
}

/// The catalogue as `GET /models` shows it.
pub(crate) fn list_models(catalogue: &Catalogue) -> Vec<Model> {
    let wire = |model: &colophon_provider::Model| {
        let missing_env = catalogue.missing_env(model).map(str::to_owned);
        Model {
            id: model.id.clone(),
            name: model.name.clone(),
            provider: model.provider.clone(),
            context_window: model.context_window,
            parameters: model.parameters.clone(),
            available: missing_env.is_none(),
            missing_env,
        }
    };
    catalogue.models().iter().map(wire).collect()
}
