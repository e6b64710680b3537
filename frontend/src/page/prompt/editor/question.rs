//! The question before a template is saved: are the doubled braces around a variable intended?

use super::save::Saver;
use crate::ui::Button;
use colophon_template::Warning;
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The question with its answers; empty if there is none.
#[component]
pub fn EscapedQuestion(
    /// The request that waits for the answer.
    saver: Saver,
) -> impl IntoView {
    let question = saver.question();
    let is_asked = Memo::new(move |_| question.with(|found| !found.is_empty()));
    move || is_asked.get().then(|| view! { <Question saver question /> })
}

#[component]
fn Question(saver: Saver, question: Signal<Vec<Warning>>) -> impl IntoView {
    let first = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let button = first.get().and_then(|actions| actions.query_selector("button").ok().flatten());
        if let Some(button) = button {
            let _ = button.unchecked_into::<HtmlElement>().focus();
        }
    });
    view! {
        <section class="notice" role="alertdialog" aria-labelledby="escaped-question" aria-describedby="escaped-detail">
            <p id="escaped-question"><strong>{move || question.with(|found| title(found))}</strong></p>
            <p id="escaped-detail">
                "Doubled braces are text: the model receives the name in braces, not the value. Nothing was saved yet."
            </p>
            <div class="actions" node_ref=first>
                <Button class="primary small" on_click=move |()| saver.correct_and_save()>
                    "Use single braces and save"
                </Button>
                <Button class="small" on_click=move |()| saver.save_as_it_is()>"Save as it is"</Button>
                <Button class="quiet small" on_click=move |()| saver.keep_editing()>"Keep editing"</Button>
            </div>
        </section>
    }
}

/// Returns the question, which names each variable once.
fn title(found: &[Warning]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in found.iter().filter_map(|warning| warning.variable.as_deref()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names[..] {
        [name] => format!("Is {{{{{name}}}}} with doubled braces meant as text?"),
        _ => {
            let names: Vec<String> = names.into_iter().map(|name| format!("{{{{{name}}}}}")).collect();
            format!("Are {} with doubled braces meant as text?", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colophon_template::check;

    #[test]
    fn the_question_names_each_variable_once() {
        let own = Default::default();
        let ask = |template| title(&check(template, &own).warnings);
        assert_eq!(
            ask("{source_text} {{preceding}} {{ preceding }}"),
            "Is {{preceding}} with doubled braces meant as text?"
        );
        assert_eq!(
            ask("{source_text} {{preceding}} {{instruction}}"),
            "Are {{preceding}}, {{instruction}} with doubled braces meant as text?"
        );
    }
}
