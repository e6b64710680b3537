//! Templates with marked variables, parsed by the code that also renders them.

pub use colophon_contract::parameters::own_variables;
use colophon_template::{PieceKind, Template};
use leptos::prelude::*;
use std::collections::BTreeMap;

/// A template's text with its variables highlighted.
#[component]
pub fn TemplateText(
    /// The template.
    template: String,
    /// The version's own variables.
    own: BTreeMap<String, String>,
) -> impl IntoView {
    view! { <pre class="template" tabindex="0" aria-label="Template">{marked(&template, &own, &[])}</pre> }
}

/// Renders the pieces of a template, each marked by its kind; `wrong` are the places of problems, in code
/// points.
pub fn marked(template: &str, own: &BTreeMap<String, String>, wrong: &[usize]) -> impl IntoView + use<> {
    let parsed = Template::parse(template);
    parsed
        .pieces(own)
        .into_iter()
        .map(|piece| {
            let text = piece.text.to_owned();
            let is_wrong = wrong.iter().any(|offset| piece.characters.contains(offset));
            let kind =
                if is_wrong && piece.kind == PieceKind::Variable { PieceKind::Refused } else { piece.kind };
            match class_of(kind) {
                "" => text.into_any(),
                class => view! { <span class=class>{text}</span> }.into_any(),
            }
        })
        .collect_view()
}

fn class_of(kind: PieceKind) -> &'static str {
    match kind {
        PieceKind::Literal => "",
        PieceKind::EscapedBrace => "piece-brace",
        PieceKind::Variable => "piece-variable",
        PieceKind::UnknownVariable => "piece-unknown",
        PieceKind::Refused => "piece-refused",
    }
}
