//! Bringing two edits of the same version together: what only one side changed is taken from that side;
//! where both changed the same, one's own stays and is counted.

use crate::page::diff::Content;
use colophon_diff::{Merge, merge_json, merge_text, merge_whole};
use serde_json::Value;

/// Merges `mine` and `theirs`, both made from `base`.
pub fn merge(base: &Content, mine: &Content, theirs: &Content) -> Merge<Content> {
    let model = merge_whole(&base.model, &mine.model, &theirs.model);
    let template = merge_text(&base.template, &mine.template, &theirs.template);
    let object = |content: &Content| Value::Object(content.parameters.clone());
    let parameters = merge_json(&object(base), &object(mine), &object(theirs));
    let conflicts = model.conflicts + template.conflicts + parameters.conflicts;
    let parameters = match parameters.merged {
        Value::Object(parameters) => parameters,
        _ => mine.parameters.clone(),
    };
    Merge { merged: Content { model: model.merged, template: template.merged, parameters }, conflicts }
}
