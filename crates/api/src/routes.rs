//! The API's routes, one module per noun of the URL. All are registered here, so that the document has them
//! all.

mod audit;
mod chapter;
mod event;
mod import;
mod model;
mod prompt;
mod provider;
mod segment;
mod session;
mod setup;
mod template;
mod token;
mod translation;
mod user;
mod verify;
mod version;
mod work;

use crate::fallback::answer_unmatched;
use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers all routes below `/api/v1`. They match in this order: first the most frequent read, and a fixed
/// name before an id in its place.
pub(crate) fn register(config: &mut ServiceConfig) {
    config
        .service(prompt::get_prompt)
        .service(session::create_session)
        .service(session::get_session)
        .service(session::delete_session)
        .service(session::change_password)
        .service(setup::set_up)
        .service(user::set_password)
        .service(work::list_works)
        .service(work::create_work)
        .service(import::import_work);
    // `import` is not the id of a work.
    config.map(|config| config.service(web::resource("/works/import").to(answer_unmatched)));
    config
        .service(work::get_work)
        .service(work::update_work)
        .service(work::delete_work)
        .service(chapter::list_chapters)
        .service(chapter::create_chapter)
        .service(chapter::get_chapter)
        .service(chapter::update_chapter)
        .service(chapter::delete_chapter)
        .service(prompt::create_prompt)
        .service(prompt::rename_prompt)
        .service(prompt::diff_versions)
        .service(prompt::preview_prompt)
        .service(verify::verify_prompt)
        .service(version::list_versions)
        .service(version::append_version)
        .service(version::get_version)
        .service(version::restore_version)
        .service(template::check_template)
        .service(template::list_template_variables)
        .service(model::list_models)
        .service(provider::list_providers)
        .service(provider::resume_provider)
        .service(translation::start_translation)
        .service(translation::list_translations)
        .service(translation::get_translation)
        .service(verify::verify_translation)
        .service(translation::list_segments)
        .service(segment::get_segment)
        .service(segment::update_segment)
        .service(segment::retranslate_segment)
        .service(segment::list_attempts)
        .service(segment::get_attempt_messages)
        .service(segment::get_attempt_removed)
        .service(segment::get_attempt_reasoning)
        .service(segment::restore_attempt)
        .service(translation::cancel_translation)
        .service(translation::resume_translation)
        .service(event::stream_events)
        .service(event::stream_work_events)
        .service(user::list_users)
        .service(user::create_user)
        .service(user::get_user)
        .service(user::update_user)
        .service(user::create_link)
        .service(token::list_tokens)
        .service(token::create_token)
        .service(token::revoke_token)
        .service(audit::list_audit)
        .service(audit::export_audit);
}
