//! Links from an answer to operations that may follow, with the values that their addresses need. Tools that
//! follow an API (and test it so) need them where the names of the values do not match.

use utoipa::openapi::link::Link;
use utoipa::openapi::{OpenApi, PathItem, RefOr};

/// An operation and its answer's status; parameters, each with its place in request or answer; the linked
/// operations.
type Way = (&'static str, &'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

const WAYS: &[Way] = &[
    ("create_work", "201", &[("work_id", "$response.body#/id")], &["create_chapter", "create_prompt"]),
    (
        "create_chapter",
        "201",
        &[("work_id", "$response.body#/work_id"), ("chapter_id", "$response.body#/id")],
        &["start_translation", "list_translations"],
    ),
    (
        "create_prompt",
        "201",
        &[("work_id", "$response.body#/work_id")],
        &["append_version", "preview_prompt", "list_versions"],
    ),
    (
        "append_version",
        "201",
        &[("work_id", "$request.path.work_id"), ("number", "$response.body#/number")],
        &["get_version", "restore_version"],
    ),
    (
        "start_translation",
        "202",
        &[("translation_id", "$response.body#/id")],
        &["get_translation", "cancel_translation", "resume_translation", "list_segments"],
    ),
    (
        "list_translations",
        "200",
        &[("translation_id", "$response.body#/items/0/id")],
        &["get_translation", "cancel_translation", "resume_translation", "list_segments"],
    ),
    (
        "list_segments",
        "200",
        &[
            ("translation_id", "$request.path.translation_id"),
            ("position", "$response.body#/items/0/position"),
        ],
        &["get_segment", "update_segment", "retranslate_segment", "list_attempts"],
    ),
    (
        "list_attempts",
        "200",
        &[
            ("translation_id", "$request.path.translation_id"),
            ("position", "$request.path.position"),
            ("attempt_id", "$response.body#/items/0/id"),
        ],
        &["restore_attempt"],
    ),
];

/// Adds the links to the document.
pub(super) fn add_links(document: &mut OpenApi) {
    for (from, status, parameters, to) in WAYS {
        let operations = document.paths.paths.values_mut().flat_map(operations);
        let response = operations
            .filter(|operation| operation.operation_id.as_deref() == Some(from))
            .find_map(|operation| operation.responses.responses.get_mut(*status));
        let Some(RefOr::T(response)) = response else { continue };
        for name in *to {
            let link =
                parameters.iter().fold(Link::builder().operation_id(*name), |link, (parameter, place)| {
                    link.parameter(*parameter, *place)
                });
            response.links.insert((*name).to_owned(), RefOr::T(link.build()));
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut utoipa::openapi::path::Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}
