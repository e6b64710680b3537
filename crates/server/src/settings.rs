//! The configuration: defaults, then `colophon.toml`, then the `COLOPHON_*` variables listed here.

use std::path::{Path, PathBuf};

use colophon_provider::{Catalogue, ModelOptions, ProviderOptions};
use config::{Config, ConfigError, File, FileFormat};
use serde::Deserialize;

use crate::{Failure, command::seed_prompts::DefaultPrompt, logging::LogOptions};

/// Read unless `COLOPHON_CONFIG` names another file; may be missing.
const DEFAULT_FILE: &str = "colophon.toml";

/// The variables that override a setting, each with the setting's path. Other variables are ignored.
const VARIABLES: &[(&str, &str)] = &[
    ("COLOPHON_DATABASE_URL", "database.url"),
    ("COLOPHON_LISTEN", "listen"),
    ("COLOPHON_LOG", "log.filter"),
    ("COLOPHON_LOG_FORMAT", "log.format"),
    ("COLOPHON_PUBLIC_URL", "api.public_url"),
    ("COLOPHON_TARGET_LANGUAGE", "api.target_language"),
];

/// The whole configuration: the options of each crate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Address and port to listen on; port 0 takes a free port.
    pub listen: String,
    /// Options of the database.
    pub database: colophon_domain::Options,
    /// Options of the API.
    pub api: colophon_api::Options,
    /// Options of runs.
    pub runs: colophon_pipeline::Options,
    /// Options of the log.
    pub log: LogOptions,
    /// The providers of models.
    pub providers: Vec<ProviderOptions>,
    /// The model catalogue.
    pub models: Vec<ModelOptions>,
    /// The prompt that `seed-prompts` creates.
    pub default_prompt: Option<DefaultPrompt>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            database: colophon_domain::Options::default(),
            api: colophon_api::Options::default(),
            runs: colophon_pipeline::Options::default(),
            log: LogOptions::default(),
            providers: Vec::new(),
            models: Vec::new(),
            default_prompt: None,
        }
    }
}

impl Settings {
    /// Reads the file that `COLOPHON_CONFIG` names, or `colophon.toml` if it exists, and the variables.
    ///
    /// # Errors
    /// A named file that is missing; a file that is not TOML, or has an unknown key or a value of the wrong
    /// type; a variable of the wrong type; a catalogue that contradicts itself; a segment target greater than
    /// the maximum; an SQLite URL that asks for more than a file.
    pub(crate) fn load() -> Result<Self, Failure> {
        let named = std::env::var_os("COLOPHON_CONFIG").filter(|v| !v.is_empty()).map(PathBuf::from);
        let path = named.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
        let toml = match std::fs::read_to_string(&path) {
            Ok(toml) => toml,
            Err(e) if named.is_none() && e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(format!("cannot read {}: {e}", path.display()).into()),
        };
        let settings = Self::parse(&toml, |name| std::env::var(name).ok())
            .map_err(|e| format!("{}: {}", describe(&path), without_values(&e.to_string())))?;
        settings.catalogue()?;
        settings.check_segments()?;
        settings.database.sqlite_file()?;
        Ok(settings)
    }

    /// Returns the settings of a file's text and the variables.
    fn parse(toml: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut builder = Config::builder().add_source(File::from_str(toml, FileFormat::Toml));
        for (name, path) in VARIABLES {
            builder = builder.set_override_option(*path, variable(name).filter(|v| !v.is_empty()))?;
        }
        builder.build()?.try_deserialize()
    }

    /// Refuses a segment target that is greater than the maximum: one of the two is a mistake.
    fn check_segments(&self) -> Result<(), Failure> {
        let (target, max) = (self.runs.segments.target, self.runs.segments.max);
        if target > max {
            let error =
                format!("runs.segments.target ({target}) must not be greater than runs.segments.max ({max})");
            return Err(error.into());
        }
        Ok(())
    }

    /// Returns the model catalogue.
    ///
    /// # Errors
    /// Entries that contradict each other, or from which no request could be made.
    pub(crate) fn catalogue(&self) -> Result<Catalogue, Failure> {
        Ok(Catalogue::new(self.providers.clone(), self.models.clone())?)
    }
}

/// Removes values and excerpts from an error of the configuration: a value may be a secret, and so may the
/// line with the mistake.
fn without_values(message: &str) -> String {
    let is_excerpt = |line: &str| {
        line.trim_start_matches(|c: char| c.is_ascii_digit() || c.is_ascii_whitespace()).starts_with('|')
    };
    let lines = message.lines().filter(|line| !is_excerpt(line) && !line.trim().is_empty());
    let message = lines.collect::<Vec<_>>().join(": ");
    let mut told = String::new();
    let mut rest = message.as_str();
    while let Some((before, quoted)) = rest.split_once('"') {
        let mut escaped = false;
        let end = quoted.find(|c| {
            let is_end = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            is_end
        });
        let Some(end) = end else { break };
        told.push_str(before);
        told.push('…');
        rest = &quoted[end + 1..];
    }
    told + rest
}

fn describe(path: &Path) -> String {
    if path.exists() { path.display().to_string() } else { "configuration".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(toml: &str) -> Result<Settings, ConfigError> {
        Settings::parse(toml, |_| None)
    }

    #[test]
    fn nothing_configured_is_sqlite_on_loopback() {
        let settings = parse("").expect("defaults");
        assert_eq!(settings.listen, "127.0.0.1:8080");
        assert_eq!(settings.database.url, "sqlite:colophon.db");
        assert!(settings.catalogue().is_ok());
    }

    #[test]
    fn the_catalogue_of_the_documents_is_read() {
        let toml = r#"
            [[providers]]
            name = "local"
            base_url = "http://127.0.0.1:8000/v1"
            api_key_env = "LOCAL_API_KEY"
            max_concurrency = 4
            requests_per_minute = 600
            headers = { "X-Title" = "Colophon" }
            connect_timeout_s = 10
            idle_timeout_s = 60

            [[models]]
            id = "local/tiny"
            provider = "local"
            upstream = "tiny"
            name = "Tiny (local)"
            context_window = 8192
            parameters = ["temperature", "top_p", "max_tokens"]
            rename = { max_tokens = "max_completion_tokens" }
            input_price_per_mtok = 0.15
            output_price_per_mtok = 0.60

            [default_prompt]
            name = "House style"
            model = "local/tiny"
            template = "{source_text}"
            parameters = { temperature = 0.3, metadata = { team = "north" } }
        "#;
        let settings = parse(toml).expect("as documented");
        assert_eq!(settings.providers[0].headers["X-Title"], "Colophon");
        assert_eq!(settings.models[0].rename["max_tokens"], "max_completion_tokens");
        assert_eq!(settings.default_prompt.as_ref().expect("one").parameters["temperature"], 0.3);
        assert!(settings.catalogue().is_ok());
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        for toml in [
            "lissten = 'x'",
            "[database]\nurll = 'x'",
            "[[providers]]\nname='a'\nbase_url='http://x'\nkey='s'",
        ] {
            let error = parse(toml).expect_err("unknown key").to_string();
            assert!(error.contains("unknown field"), "{error}");
        }
    }

    #[test]
    fn listed_variables_override_the_file_and_others_do_not_count() {
        let settings = Settings::parse("listen = '127.0.0.1:1'", |name| match name {
            "COLOPHON_LISTEN" => Some("127.0.0.1:2".to_owned()),
            "COLOPHON_DATABASE_URL" => Some("sqlite:other.db".to_owned()),
            "COLOPHON_LOG_FORMAT" => Some("json".to_owned()),
            "COLOPHON_LOG" => Some(String::new()),
            _ => Some("rubbish".to_owned()).filter(|_| !VARIABLES.iter().any(|(n, _)| *n == name)),
        })
        .expect("valid");
        assert_eq!(settings.listen, "127.0.0.1:2");
        assert_eq!(settings.database.url, "sqlite:other.db");
        assert_eq!(settings.log.filter, LogOptions::default().filter);
    }

    #[test]
    fn what_is_wrong_is_told_without_what_stands_there() {
        for (toml, told) in [
            ("[database]\nurl = \"postgres://u:planted@h/x", "line 2, column"),
            ("[database]\nurl = planted", "line 2, column"),
            ("database = 'postgres://u:planted@h/x'", "for key `database`"),
            ("[database]\nmax_connections = 'plan\"ted, a planted'", "`database.max_connections`"),
            ("[api]\ntrusted_proxies = ['10.0.0.0/99']", "10.0.0.0/99"),
            ("[api]\npublic_url = 'https://u:planted@h'", "public_url must be"),
        ] {
            let error = parse(toml).expect_err(toml);
            let message = without_values(&error.to_string());
            assert!(message.contains(told) && !message.contains("planted"), "{message}");
        }
    }

    #[test]
    fn settings_keep_their_secrets_to_themselves() {
        let toml = "[database]\nurl = 'postgres://u:planted-1@h/x'\n[[providers]]\nname = 'a'\n\
            base_url = 'http://u:planted-2@h'\nheaders = { X-Key = 'planted-3' }";
        let shown = format!("{:?}", parse(toml).expect("settings"));
        assert!(shown.contains("127.0.0.1:8080") && !shown.contains("planted"), "{shown}");
    }

    #[test]
    fn a_target_over_the_maximum_is_refused() {
        for (toml, is_fine) in [
            ("", true),
            ("[runs.segments]\ntarget = 800\nmax = 800", true),
            ("[runs.segments]\ntarget = 801\nmax = 800", false),
            ("[runs.segments]\ntarget = 2401", false),
            ("[runs.segments]\nmax = 1199", false),
        ] {
            let checked = parse(toml).expect("readable").check_segments();
            assert_eq!(checked.is_ok(), is_fine, "{toml}");
            let told = checked.err().map(|error| error.to_string()).unwrap_or_default();
            assert_eq!(told.contains("runs.segments.target"), !is_fine, "{told}");
        }
    }

    #[test]
    fn a_model_of_no_provider_is_refused() {
        let settings = parse("[[models]]\nid = 'x'\nprovider = 'nowhere'").expect("readable");
        assert!(settings.catalogue().is_err());
    }
}
