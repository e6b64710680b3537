//! The application: every route, and the layers around them. The server and the tests use the same function.

use crate::admission::hold_reply;
use crate::auth::identify;
use crate::fallback::answer_unmatched;
use crate::observe::{RequestSpan, observe};
use crate::openapi::served;
use crate::state::State;
use crate::{health, metrics, problem_page, reply, routes, swagger_ui, web_app};
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, Error, HttpResponse, web};
use colophon_contract::url;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt;

use crate::extract::IfNoneMatch;

/// Builds an application. `HttpServer::new` needs one for each of its threads.
pub fn build_app(
    state: web::Data<State>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let api = utoipa_actix_web::scope(url::BASE)
        .configure(routes::register)
        .default_service(web::to(answer_unmatched))
        .wrap(from_fn(identify));
    let app = App::new()
        .into_utoipa_app()
        .app_data(state)
        .service(api)
        .into_app()
        .route("/api/openapi.json", web::get().to(show_openapi))
        .route("/swagger-ui", web::get().to(swagger_ui::redirect_to_swagger_ui))
        .route("/swagger-ui/{file:.*}", web::get().to(swagger_ui::serve_swagger_ui))
        .route("/problems", web::get().to(problem_page::list_problems))
        .route("/problems/", web::get().to(problem_page::list_problems))
        .route("/problems/{code}", web::get().to(problem_page::show_problem))
        .route("/healthz", web::get().to(health::show_health))
        .route("/readyz", web::get().to(health::show_readiness))
        .route("/metrics", web::get().to(metrics::show_metrics))
        .default_service(web::to(web_app::serve_web_app));
    with_layers(app)
}

/// Wraps an application in the layers of every request: id, log line, metrics, headers and compression. It is
/// a separate function for the benchmarks, which measure these layers without authentication.
pub fn with_layers<B: MessageBody + 'static>(
    app: App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    >,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    app.wrap(from_fn(hold_reply))
        .wrap(Compress::default())
        .wrap(from_fn(observe))
        .wrap(TracingLogger::<RequestSpan>::new())
}

/// Returns the OpenAPI document, open to all.
async fn show_openapi(known: IfNoneMatch) -> HttpResponse {
    let document = served();
    if known.holds(&document.tag) {
        return reply::unchanged(&document.tag);
    }
    reply::with_tag(&document.tag, document.json.clone())
}
