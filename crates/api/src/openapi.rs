//! The OpenAPI document. Paths, parameters and bodies come from the routes. This module adds what follows
//! from them for every route: permissions, possible problems, and an example of each body.

mod link;

use crate::example;
use crate::limits::find_body_limit;
use crate::routes;
use actix_web::http::Method;
use colophon_contract::{AuditAction, Code, Problem, RunEvent, SubjectKind, url};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::response::Response;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, Content, ContentBuilder, InfoBuilder, OpenApi, PathItem, Ref, RefOr, ResponseBuilder,
    SecurityRequirement, Server, tag::TagBuilder,
};
use utoipa::{IntoResponses, PartialSchema, ToSchema};
use utoipa_actix_web::AppExt;

use crate::error::PROBLEM_JSON;

/// Declares types that document a route's own problems, for `responses(…)`.
macro_rules! problems {
    ($($name:ident: $($code:ident),+;)+) => {$(
        struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses()
            -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::response::Response>> {
                crate::openapi::responses_of(&[$(colophon_contract::Code::$code),+])
            }
        }
    )+};
}
pub(crate) use problems;

/// Returns the complete document. Pretty-printed with a final line break, it is `docs/openapi.json`.
#[must_use]
pub fn openapi() -> OpenApi {
    let base = InfoBuilder::new()
        .title("Colophon")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(utoipa::openapi::LicenseBuilder::new().name("MIT OR Apache-2.0").build()))
        .build();
    let (_, mut document) = actix_web::App::new()
        .into_utoipa_app()
        .service(utoipa_actix_web::scope(url::BASE).configure(routes::register))
        .split_for_parts();
    document.info = base;
    document.servers = Some(vec![Server::new("/")]);
    document.tags = Some(TAGS.iter().map(|(name, about)| tag(name, about)).collect());
    complete(&mut document);
    link::add_links(&mut document);
    document
}

const ABOUT: &str = "Machine translation of serial fiction with one versioned prompt per work and full provenance.\n\n\
    Requests carry the session cookie or `Authorization: Bearer clp_…`. Errors are \
    `application/problem+json` (RFC 9457) with a `code` from one closed table, documented at their `type`. \
    Lists take `limit` and `cursor` and answer with `items` and `next_cursor`. A POST that creates or starts \
    something takes an `Idempotency-Key`. Bodies have a limit for each operation, shown there (imported texts 64 MB, EPUBs \
    128 MB); unknown fields, unknown parameters and the character U+0000 are refused.";

const TAGS: &[(&str, &str)] = &[
    ("session", "Signing in and out, one's password, and the first administrator."),
    ("works", "Novels, and importing them from files."),
    ("chapters", "Numbered, titled pieces of a work's source text."),
    ("prompts", "The prompt of a work and its immutable versions."),
    ("templates", "Checking templates, and their variables."),
    ("models", "The model catalogue."),
    ("providers", "Where models are served, and whether runs wait for them."),
    ("translations", "Runs of a chapter under a prompt version, their segments and events."),
    ("users", "People who sign in, and their roles. For administrators."),
    ("tokens", "How other services get in. For administrators."),
    ("audit", "Who did what, when, from where. For administrators."),
];

fn tag(name: &str, about: &str) -> utoipa::openapi::Tag {
    TagBuilder::new().name(name).description(Some(about)).build()
}

/// The document as sent, made once per process.
pub(crate) struct Served {
    /// Its JSON.
    pub(crate) json: bytes::Bytes,
    /// Its tag, for `If-None-Match`.
    pub(crate) tag: String,
    /// The methods of each path, as for `Allow`.
    pub(crate) methods: Vec<(String, Vec<&'static str>)>,
    /// The methods and paths that take query parameters.
    pub(crate) with_query: Vec<(Method, String)>,
}

/// Returns the document as sent.
pub(crate) fn served() -> &'static Served {
    static SERVED: OnceLock<Served> = OnceLock::new();
    SERVED.get_or_init(|| {
        let document = openapi();
        let json = serde_json::to_vec(&document).unwrap_or_default();
        let methods = document.paths.paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect();
        let with_query = document.paths.paths.iter().flat_map(|(path, item)| {
            let operations = [(Method::GET, &item.get), (Method::POST, &item.post)];
            let with_query = operations.into_iter().filter(|(_, operation)| takes_query(operation.as_ref()));
            with_query.map(|(method, _)| (method, path.clone()))
        });
        let with_query = with_query.collect();
        Served { with_query, tag: crate::reply::tag([json.as_slice()]), json: json.into(), methods }
    })
}

fn methods(item: &PathItem) -> Vec<&'static str> {
    let mut methods = Vec::new();
    if item.get.is_some() {
        methods.extend(["GET", "HEAD"]);
    }
    let others = [("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)];
    methods.extend(others.into_iter().filter(|(_, operation)| operation.is_some()).map(|(name, _)| name));
    methods.push("OPTIONS");
    methods
}

fn takes_query(operation: Option<&Operation>) -> bool {
    let parameters = operation.and_then(|operation| operation.parameters.as_ref());
    parameters.into_iter().flatten().any(|p| matches!(p, RefOr::T(p) if p.parameter_in == ParameterIn::Query))
}

/// Returns a response for each status of the problems, with an example of each code.
pub(crate) fn responses_of(codes: &[Code]) -> BTreeMap<String, RefOr<Response>> {
    let mut responses = BTreeMap::new();
    for code in codes {
        let response = responses.entry(code.status().to_string()).or_insert_with(|| {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
            RefOr::T(ResponseBuilder::new().content(PROBLEM_JSON, content).build())
        });
        if let RefOr::T(response) = response {
            add_code(response, *code);
        }
    }
    responses
}

fn add_code(response: &mut Response, code: Code) {
    let Some(RefOr::T(content)) = response.content.get_mut(PROBLEM_JSON) else { return };
    let example = Ref::new(format!("#/components/examples/{}", code.as_str()));
    if content.examples.insert(code.as_str().to_owned(), RefOr::Ref(example)).is_none() {
        let separator = if response.description.is_empty() { "" } else { " " };
        response.description.push_str(&format!("{separator}`{}`: {}", code.as_str(), code.meaning()));
    }
}

/// Adds an example of each problem, shared by all operations.
fn add_problem_examples(components: &mut Components) {
    for code in Code::ALL {
        let value = serde_json::to_value(example::problem(*code)).ok();
        let example = ExampleBuilder::new().summary(code.title()).value(value).build();
        components.examples.insert(code.as_str().to_owned(), RefOr::T(example));
    }
}

/// Adds to every operation what follows from its parameters and bodies.
fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_with(Components::new);
    add_schema::<Problem>(components);
    // Parameters, and fields that also allow any other text, do not add these schemas by themselves.
    add_schema::<AuditAction>(components);
    add_schema::<SubjectKind>(components);
    add_problem_examples(components);
    add_events(components);
    add_security_schemes(components);
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::POST, &mut item.post),
            (Method::PUT, &mut item.put),
            (Method::PATCH, &mut item.patch),
            (Method::DELETE, &mut item.delete),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            complete_operation(operation, method == Method::POST);
            if let Some(limit) = find_body_limit(&method, path) {
                add_body_limit(operation, limit);
            }
        }
    }
}

fn complete_operation(operation: &mut Operation, is_post: bool) {
    let mut codes = vec![Code::MalformedQuery, Code::Internal, Code::DatabaseUnavailable, Code::Busy];
    if operation.security.is_none() {
        operation.security = Some(vec![
            SecurityRequirement::new("session", [] as [&str; 0]),
            SecurityRequirement::new("token", [] as [&str; 0]),
        ]);
        codes.extend([Code::Unauthenticated, Code::CrossOrigin]);
    }
    if operation.extensions.is_some() {
        codes.push(Code::Forbidden);
    }
    operation.extensions = operation.extensions.take().map(permission);
    let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    for Parameter { name, parameter_in, .. } in parameters {
        match parameter_in {
            ParameterIn::Path => codes.push(Code::MalformedPath),
            ParameterIn::Header if name == "Idempotency-Key" => {
                codes.extend([Code::MalformedHeader, Code::IdempotencyKeyInUse, Code::IdempotencyKeyReused])
            }
            _ => {}
        }
    }
    let takes_json = match &operation.request_body {
        Some(RefOr::T(body)) => body.content.contains_key("application/json"),
        _ => false,
    };
    if takes_json {
        codes.extend([
            Code::MalformedJson,
            Code::RequestTimeout,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::ValidationFailed,
        ]);
    } else if is_post && operation.request_body.is_none() {
        // The route takes `NoBody`.
        codes.extend([
            Code::RequestTimeout,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::ValidationFailed,
        ]);
    }
    if operation.responses.responses.values().any(has_tag) {
        let unchanged = ResponseBuilder::new().description("What `If-None-Match` names is still so.").build();
        operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged));
        operation.parameters.get_or_insert_default().push(RefOr::T(if_none_match()));
    }
    add_problems(operation, &codes);
    add_examples(operation);
}

/// Documents the largest body, in bytes: in the body's description, and as `x-body-limit` of the 413
/// response.
fn add_body_limit(operation: &mut Operation, limit: usize) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.description = Some(format!("At most {limit} bytes."));
    }
    if let Some(RefOr::T(refusal)) = operation.responses.responses.get_mut("413") {
        refusal.extensions = Some(Extensions::from_iter([("x-body-limit", serde_json::json!(limit))]));
    }
}

/// Merges role and scope into one extension. The order of several would differ between processes.
fn permission(extensions: Extensions) -> Extensions {
    let name = |key: &String| key.trim_start_matches("x-").to_owned();
    let parts: serde_json::Map<_, _> =
        extensions.iter().map(|(key, value)| (name(key), value.clone())).collect();
    Extensions::from_iter([("x-permission", serde_json::Value::Object(parts))])
}

fn has_tag(response: &RefOr<Response>) -> bool {
    matches!(response, RefOr::T(response) if response.headers.contains_key("ETag"))
}

fn if_none_match() -> Parameter {
    utoipa::openapi::path::ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(utoipa::openapi::Required::False)
        .description(Some("An `ETag` from before: 304 where it still holds."))
        .schema(Some(String::schema()))
        .build()
}

fn add_problems(operation: &mut Operation, codes: &[Code]) {
    for (status, response) in responses_of(codes) {
        match operation.responses.responses.entry(status) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(response);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let status = entry.key().clone();
                if let RefOr::T(known) = entry.get_mut() {
                    codes
                        .iter()
                        .filter(|c| c.status().to_string() == status)
                        .for_each(|c| add_code(known, *c));
                }
            }
        }
    }
}

/// Adds to every body the example of its schema.
fn add_examples(operation: &mut Operation) {
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        body.content.values_mut().for_each(add_example);
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.content.values_mut().for_each(add_example);
        }
    }
}

fn add_example(content: &mut RefOr<Content>) {
    let RefOr::T(content) = content else { return };
    if content.example.is_some() || !content.examples.is_empty() {
        return;
    }
    let name = match &content.schema {
        Some(RefOr::Ref(reference)) => reference.ref_location.rsplit('/').next().map(str::to_owned),
        Some(RefOr::T(utoipa::openapi::Schema::Array(array))) => {
            array_item(array).map(|name| format!("[{name}]"))
        }
        _ => None,
    };
    content.example = name.and_then(|name| example::of_schema(&name));
}

fn array_item(array: &utoipa::openapi::schema::Array) -> Option<&str> {
    match &array.items {
        utoipa::openapi::schema::ArrayItems::RefOrSchema(item) => match &**item {
            RefOr::Ref(reference) => reference.ref_location.rsplit('/').next(),
            RefOr::T(_) => None,
        },
        utoipa::openapi::schema::ArrayItems::False => None,
    }
}

fn add_schema<T: ToSchema>(components: &mut Components) {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.schemas.insert(T::name().into_owned(), T::schema());
}

fn add_events(components: &mut Components) {
    use colophon_contract as wire;
    add_schema::<wire::TranslationStatus>(components);
    add_schema::<wire::SegmentStart>(components);
    add_schema::<wire::SegmentDelta>(components);
    add_schema::<wire::SegmentComplete>(components);
    add_schema::<wire::SegmentError>(components);
    add_schema::<wire::TranslationComplete>(components);
    add_schema::<wire::TranslationError>(components);
    let names = RunEvent::NAMES.join("`, `");
    let mut any = utoipa::openapi::schema::OneOfBuilder::new()
        .description(Some(format!("An event's `data`, by the event's name: `{names}`.")));
    for schema in [
        "TranslationStatus",
        "SegmentStart",
        "SegmentDelta",
        "SegmentComplete",
        "SegmentError",
        "TranslationComplete",
        "TranslationError",
    ] {
        any = any.item(Ref::from_schema_name(schema));
    }
    components.schemas.insert("RunEvent".to_owned(), RefOr::T(any.build().into()));
    add_schema::<wire::WorkEvent>(components);
}

fn add_security_schemes(components: &mut Components) {
    let session = ApiKeyValue::with_description(
        "colophon_session",
        "The session cookie, set by signing in; `__Host-colophon_session` where served over TLS. Browsers only: \
         requests that other sites' pages make with it are refused.",
    );
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API token, `clp_…`, as shown once where it was made."))
        .build();
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    components.add_security_scheme("token", SecurityScheme::Http(token));
}

/// Checks at compile time that `responses(…)` accepts the macro's types.
const _: fn() = || {
    fn takes<T: IntoResponses>() {}
    problems! { Any: Internal; }
    takes::<Any>();
};
