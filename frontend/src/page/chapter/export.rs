//! Export of the translated text.

use super::segments::Row;
use crate::ui::{Button, clipboard::write_clipboard, toast::toaster};
use js_sys::Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, HtmlAnchorElement, Url};

/// Copies or downloads the translated text of the shown run.
#[component]
pub fn Export(
    rows: Signal<Vec<Row>>,
    /// The file's name without its extension.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let toast = toaster();
    let copy = move |()| {
        let text = rows.with_untracked(|rows| translated(rows));
        spawn_local(async move {
            let copied = write_clipboard(&text).await.is_ok();
            toast(
                if copied {
                    "The translation was copied."
                } else {
                    "The browser does not allow copying here."
                }
                .to_owned(),
            );
        });
    };
    let download = move |()| {
        let text = rows.with_untracked(|rows| translated(rows));
        if save(&text, &format!("{}.txt", name.get_untracked())).is_err() {
            toast("The browser does not allow downloads here.".to_owned());
        }
    };
    view! {
        <div class="actions export">
            <Button class="small" on_click=copy>"Copy the translation"</Button>
            <Button class="small" on_click=download>"Download as text"</Button>
        </div>
    }
}

/// Joins the segments' texts with the white space that their sources begin and end with. Leaves out segments
/// without a text.
fn translated(rows: &[Row]) -> String {
    let mut whole = String::new();
    for row in rows {
        let source = &*row.source;
        row.text.with_untracked(|text| match &text.text {
            Some(text) => {
                let start = source.len() - source.trim_start().len();
                let end = source.trim_end().len();
                whole.push_str(&source[..start]);
                whole.push_str(text.trim());
                whole.push_str(&source[end..]);
            }
            None if source.trim().is_empty() => whole.push_str(source),
            None => {}
        });
    }
    whole
}

fn save(text: &str, name: &str) -> Result<(), JsValue> {
    let blob = Blob::new_with_str_sequence(&Array::of1(&text.into()))?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{page::chapter::segments::take, test_support::fixture::segment};
    use colophon_contract::Segment;

    fn export(segments: &[Segment]) -> String {
        let mut rows = Vec::new();
        take(&mut rows, segments, 0);
        translated(&rows)
    }

    #[test]
    fn a_text_stands_in_the_white_space_of_its_source() {
        let segments = [
            segment(1, "　夜。\n\n", Some((1, "\nNight.\n"))),
            segment(2, "川。\n", Some((2, "  A river. "))),
            segment(3, "\n* * *\n", Some((3, "* * *"))),
        ];
        assert_eq!(export(&segments), "　Night.\n\nA river.\n\n* * *\n");
    }

    #[test]
    fn a_segment_without_a_text_is_left_out_and_a_blank_one_is_kept() {
        let segments = [
            segment(1, "夜。\n", Some((1, "Night."))),
            segment(2, "川。\n", None),
            segment(3, "\n\n", None),
            segment(4, "朝。\n", Some((4, "Morning."))),
        ];
        assert_eq!(export(&segments), "Night.\n\n\nMorning.\n");
        assert_eq!(export(&[]), "");
    }
}
