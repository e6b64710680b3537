use colophon_provider::{
    Catalogue, CatalogueError, DEMO, FinishReason, Keys, ModelOptions, ProviderOptions, ReasoningOption,
    Usage,
};

#[derive(serde::Deserialize)]
struct Options {
    #[serde(default)]
    providers: Vec<ProviderOptions>,
    #[serde(default)]
    models: Vec<ModelOptions>,
}

fn read(toml: &str) -> Result<Catalogue, CatalogueError> {
    let options: Options = toml::from_str(toml).expect("the options are read");
    Catalogue::new(options.providers, options.models)
}

/// As in the product's description.
const EXAMPLE: &str = r#"
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

[[models]]
id = "local/plain"
provider = "local"
input_price_per_mtok = 3
"#;

#[test]
fn the_documented_example_is_read() {
    let catalogue = read(EXAMPLE).unwrap();
    let ids: Vec<_> = catalogue.models().iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, ["local/tiny", "local/plain", DEMO]);
    let tiny = catalogue.find_model("local/tiny").unwrap();
    assert_eq!((tiny.upstream.as_str(), tiny.name.as_str()), ("tiny", "Tiny (local)"));
    assert_eq!(tiny.context_window, Some(8192));
    assert!(tiny.takes("top_p") && !tiny.takes("seed"));
    let usage = Usage { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100, ..Usage::default() };
    assert_eq!(tiny.cost_nano(&usage), Some(210_000));
    let plain = catalogue.find_model("local/plain").unwrap();
    assert_eq!((plain.upstream.as_str(), plain.name.as_str()), ("local/plain", "local/plain"));
    assert_eq!(plain.cost_nano(&usage), None);
    let local = catalogue.find_provider("local").unwrap();
    assert_eq!((local.max_concurrency, local.requests_per_minute), (4, Some(600)));
}

#[test]
fn a_missing_key_is_named_and_looked_up_anew() {
    let catalogue = read(EXAMPLE).unwrap().with_keys(Keys::fixed([("OTHER", "x")]));
    let tiny = catalogue.find_model("local/tiny").unwrap();
    assert_eq!(catalogue.missing_env(tiny), Some("LOCAL_API_KEY"));
    assert!(catalogue.missing_env(tiny).is_some());
    let catalogue = read(EXAMPLE).unwrap().with_keys(Keys::fixed([("LOCAL_API_KEY", "sk-hidden")]));
    assert!(catalogue.missing_env(catalogue.find_model("local/tiny").unwrap()).is_none());
    assert!(catalogue.missing_env(catalogue.find_model(DEMO).unwrap()).is_none());
    assert!(!format!("{catalogue:?}").contains("sk-hidden"));
}

#[test]
fn nothing_configured_leaves_the_demo() {
    let catalogue = read("").unwrap();
    assert_eq!(catalogue.models().len(), 1);
    assert_eq!((catalogue.models()[0].id.as_str(), catalogue.models()[0].provider.as_str()), (DEMO, DEMO));
}

#[test]
fn unknown_keys_and_bad_prices_are_refused_when_read() {
    for (entry, said) in [
        ("[[providers]]\nname = 'a'\nbase_url = 'http://a'\napi_key = 'sk'", "unknown field `api_key`"),
        ("[[models]]\nid = 'a'\nprovider = 'a'\nprice = 1", "unknown field `price`"),
        ("[[models]]\nid = 'a'\nprovider = 'a'\ninput_price_per_mtok = -1", "a price is between"),
        ("[[models]]\nid = 'a'\nprovider = 'a'\ninput_price_per_mtok = nan", "a price is between"),
        ("[[models]]\nid = 'a'\nprovider = 'a'\ninput_price_per_mtok = '1'", "invalid type"),
    ] {
        let error = toml::from_str::<Options>(entry).err().unwrap().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn the_operators_manual_is_read() {
    let manual = include_str!("../../../../docs/operations.md");
    let blocks: Vec<&str> = manual
        .split("```")
        .filter_map(|block| block.strip_prefix("toml\n"))
        .filter(|it| it.contains("[[providers]]"))
        .collect();
    let catalogue = read(&blocks.join("\n").replace("[default_prompt]", "[unread]")).expect("a catalogue");
    let names: Vec<_> = catalogue.providers().map(|provider| provider.name.as_str()).collect();
    assert_eq!(names, ["azure", DEMO, "local"]);
    let local = catalogue.find_provider("local").unwrap();
    assert_eq!((local.finish_reason, local.stream_usage), (FinishReason::Required, true));
    let tiny = catalogue.find_model("local/tiny").unwrap();
    assert_eq!(tiny.reasoning, ReasoningOption::Split);
    let usage =
        Usage { prompt_tokens: 1000, total_tokens: 1000, cached_tokens: Some(400), ..Usage::default() };
    assert_eq!(tiny.cost_nano(&usage), Some(600 * 150 + 400 * 75));
    let azure = catalogue.find_provider("azure").unwrap().whereabouts().unwrap();
    assert!(azure.ends_with("/chat/completions; key of AZURE_OPENAI_API_KEY in api-key"), "{azure}");
}

/// What is said of a provider `p` with `lines` in its entry.
fn provider(lines: &str) -> Option<CatalogueError> {
    let base = if lines.contains("base_url") { "" } else { "base_url = 'http://127.0.0.1/v1'" };
    let name = if lines.contains("name =") { "" } else { "name = 'p'" };
    read(&format!("[[providers]]\n{name}\n{base}\n{lines}")).err()
}

#[test]
fn providers_that_cannot_be_used_are_refused() {
    assert_eq!(provider(""), None);
    for url in ["ftp://a/v1", "a/v1", "", "file:///v1", "http://u@a/v1", "http://u:p@a/v1", "http://a/#x"] {
        let error = provider(&format!("base_url = '{url}'"));
        assert_eq!(error, Some(CatalogueError::BaseUrl("p".to_owned())), "{url}");
    }
    for name in ["", "a b", "ä", &"a".repeat(65)] {
        assert_eq!(
            provider(&format!("name = '{name}'")),
            Some(CatalogueError::ProviderName(name.to_owned()))
        );
    }
    assert_eq!(provider("name = 'demo'"), Some(CatalogueError::ProviderTaken("demo".to_owned())));
    for header in
        ["Authorization = 'x'", "Host = 'x'", "'a b' = 'x'", "X = \"a\\nb\"", "content-length = '1'"]
    {
        let error = provider(&format!("headers = {{ {header} }}"));
        assert!(matches!(error, Some(CatalogueError::Header { .. })), "{header}: {error:?}");
    }
    for lines in [
        "api_key_header = 'host'",
        "api_key_header = 'a b'",
        "api_key_header = ''",
        "api_key_header = 'api-key'\nheaders = { Api-Key = 'x' }",
    ] {
        assert!(matches!(provider(lines), Some(CatalogueError::Header { .. })), "{lines}");
    }
    for lines in
        ["api_key_header = 'api-key'", "api_key_header = 'Authorization'", "base_url = 'http://a/v1?k=1'"]
    {
        assert_eq!(provider(lines), None, "{lines}");
    }
    for limit in [
        "max_concurrency = 0",
        "requests_per_minute = 0",
        "connect_timeout_s = 0",
        "idle_timeout_s = 100000",
        "first_byte_timeout_s = 0",
        "answer_timeout_s = 0",
    ] {
        assert!(matches!(provider(limit), Some(CatalogueError::Limit { .. })), "{limit}");
    }
    assert_eq!(provider("api_key_env = 'A=B'"), Some(CatalogueError::KeyVariable("p".to_owned())));
    let twice = "[[providers]]\nname = 'p'\nbase_url = 'http://a'\n".repeat(2);
    assert_eq!(read(&twice).err(), Some(CatalogueError::ProviderTaken("p".to_owned())));
}

/// What is said of a model `m` with `lines` in its entry.
fn model(lines: &str) -> Option<CatalogueError> {
    let id = if lines.contains("id =") { "" } else { "id = 'm'" };
    let served = if lines.contains("provider =") { "" } else { "provider = 'p'" };
    let provider = "[[providers]]\nname = 'p'\nbase_url = 'http://a'";
    read(&format!("{provider}\n[[models]]\n{id}\n{served}\n{lines}")).err()
}

#[test]
fn models_that_cannot_be_used_are_refused() {
    assert_eq!(model(""), None);
    for id in ["", "  ", "a\\u0007", &"a".repeat(256)] {
        let error = model(&format!("id = \"{id}\""));
        assert!(matches!(error, Some(CatalogueError::ModelId(_))), "{id:?}: {error:?}");
    }
    assert_eq!(model("id = 'demo'"), Some(CatalogueError::ModelTaken("demo".to_owned())));
    let again = "id = 'm'\nprovider = 'p'\n[[models]]\nid = 'm'\nprovider = 'p'";
    assert_eq!(model(again), Some(CatalogueError::ModelTaken("m".to_owned())));
    for provider in ["q", "demo"] {
        let error = model(&format!("provider = '{provider}'"));
        assert!(matches!(error, Some(CatalogueError::NoProvider { .. })), "{provider}");
    }
    for parameters in [
        "parameters = ['seed', 'seed']",
        "parameters = ['messages']",
        "parameters = ['variables']",
        "parameters = ['']",
        "parameters = ['n']",
        "rename = { seed = 'x' }",
        "parameters = ['seed']\nrename = { seed = 'stream' }",
        "parameters = ['a', 'b']\nrename = { a = 'b' }",
    ] {
        assert!(matches!(model(parameters), Some(CatalogueError::Parameter { .. })), "{parameters}");
    }
}

#[test]
fn addresses_where_no_models_are_served_are_refused_however_they_are_written() {
    for host in [
        "169.254.169.254",
        "169.254.1.1:8080",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "[fe80::1]",
        "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]",
    ] {
        let refused = Some(CatalogueError::Address("p".to_owned()));
        assert_eq!(provider(&format!("base_url = 'http://{host}/v1'")), refused, "{host}");
    }
    for host in ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "10.0.0.7", "[fd00::1]", "models.example"]
    {
        assert_eq!(provider(&format!("base_url = 'http://{host}/v1'")), None, "{host}");
    }
}

#[test]
fn what_is_configured_is_not_shown_with_its_secrets() {
    let toml = "[[providers]]\nname = \"p\"\nbase_url = \"http://user:planted-1@127.0.0.1/v1\"\n\
        headers = { \"X-Key\" = \"planted-2\" }";
    let options: Options = toml::from_str(toml).expect("read");
    let shown = format!("{:?}", options.providers);
    let error = Catalogue::new(options.providers, options.models).expect_err("a user in the URL");
    let toml = toml.replace("user:planted-1@", "");
    let catalogue = read(&toml).expect("a catalogue");
    let whereabouts = catalogue.find_provider("p").and_then(|provider| provider.whereabouts());
    assert_eq!(whereabouts.as_deref(), Some("http://127.0.0.1/v1/chat/completions; headers x-key"));
    let shown = format!("{shown} {error} {error:?} {catalogue:?} {whereabouts:?}");
    assert!(shown.contains("\"p\"") && !shown.contains("planted"), "{shown}");
}
