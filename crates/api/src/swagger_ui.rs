//! Swagger UI in the binary, with its own policy: it shows inline images and adds a style sheet to its page.

use crate::error::{ApiError, ApiResult};
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use colophon_contract::Code;
use std::sync::{Arc, OnceLock};
use utoipa_swagger_ui::Config;

/// The hash allows the only style sheet that `swagger-ui-bundle.js` adds.
const POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn config() -> Arc<Config<'static>> {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    let make = || Arc::new(Config::from("/api/openapi.json").try_it_out_enabled(true).deep_linking(true));
    CONFIG.get_or_init(make).clone()
}

/// Redirects `/swagger-ui` to the folder.
pub(crate) async fn redirect_to_swagger_ui() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/swagger-ui/")).finish()
}

/// Returns a file of Swagger UI.
///
/// # Errors
/// `not_found`.
pub(crate) async fn serve_swagger_ui(path: web::Path<String>) -> ApiResult<HttpResponse> {
    let file = utoipa_swagger_ui::serve(&path, config())
        .map_err(|error| ApiError::Internal(error.to_string().into()))?
        .ok_or_else(|| ApiError::new(Code::NotFound, "Swagger UI has no such file."))?;
    let mut reply = HttpResponse::Ok();
    if file.gzpipped {
        reply.insert_header((header::CONTENT_ENCODING, "gzip"));
    }
    Ok(reply
        .insert_header((header::CONTENT_TYPE, file.content_type))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(file.bytes.into_owned()))
}
