//! Converts the model catalogue to the forms of the domain's rules and of the API.

use colophon_contract::{Model, Provider, ProviderLimits, ProviderPause};
use colophon_domain::provider::Limits;
use colophon_domain::{ModelEntry, Models};
use colophon_provider::Catalogue;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// Returns what the rules for prompt versions need from the catalogue.
#[must_use]
pub fn models(catalogue: &Catalogue) -> Models {
    Models::new(catalogue.models().iter().map(|model| ModelEntry {
        id: model.id.clone(),
        provider: model.provider.clone(),
        parameters: model.parameters.clone(),
    }))
}

/// Returns the catalogue as `GET /models` shows it.
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

/// Returns the providers as `GET /providers` shows them: no address, no header, no key.
pub(crate) fn list_providers(
    catalogue: &Catalogue,
    mut pauses: BTreeMap<String, ProviderPause>,
) -> Vec<Provider> {
    let wire = |provider: &colophon_provider::Provider| {
        let Limits { max_concurrency, requests_per_minute } = limits(provider);
        let models = catalogue.models().iter().filter(|model| model.provider == provider.name);
        let missing_env = catalogue.missing_env_of(provider).map(str::to_owned);
        Provider {
            name: provider.name.clone(),
            models: models.map(|model| model.id.clone()).collect(),
            limits: ProviderLimits {
                max_concurrency,
                requests_per_minute: requests_per_minute.map(NonZeroU32::get),
            },
            available: missing_env.is_none(),
            missing_env,
            paused: pauses.remove(&provider.name),
        }
    };
    catalogue.providers().map(wire).collect()
}

/// Returns the limits that all servers share.
pub(crate) fn limits(provider: &colophon_provider::Provider) -> Limits {
    Limits {
        max_concurrency: u32::try_from(provider.max_concurrency).unwrap_or(u32::MAX),
        requests_per_minute: provider.requests_per_minute.and_then(NonZeroU32::new),
    }
}
