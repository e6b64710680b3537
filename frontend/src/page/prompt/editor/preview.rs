//! The preview of the messages that would be sent for a segment of a chapter.

use crate::{
    api::{self, Error},
    page::diff::Content,
    route,
    ui::{Button, Empty, Load, TextField, id},
};
use colophon_contract::{ChapterSummary, FieldError, MessageRole, Page, Preview, PreviewPrompt};
use leptos::prelude::*;

/// The number of chapters to choose from.
const CHAPTERS_OFFERED: u32 = 100;

/// Chooses a chapter and a segment, and shows the messages.
#[component]
pub fn PreviewTab(
    /// The work.
    work_id: i64,
    /// The chapter that is chosen at first.
    chapter_id: Option<i64>,
    /// The typed content.
    #[prop(into)]
    content: Signal<Result<Content, Vec<FieldError>>>,
) -> impl IntoView {
    let chapters = api::fetch(move || api::chapter::list(work_id, None, CHAPTERS_OFFERED));
    let form = move |page: Signal<Page<ChapterSummary>>| {
        if page.with_untracked(|page| page.items.is_empty()) {
            return view! {
                <Empty title="No chapter to preview on.">
                    <p>"A preview renders the template on a chapter's text; this work has none yet."</p>
                    <a class="button" href=route::work(work_id) target="_blank">"Open the work in another tab"</a>
                </Empty>
            }
            .into_any();
        }
        view! { <PreviewForm work_id chapter_id page content /> }.into_any()
    };
    view! { <Load resource=chapters children=form /> }
}

#[component]
fn PreviewForm(
    work_id: i64,
    chapter_id: Option<i64>,
    page: Signal<Page<ChapterSummary>>,
    content: Signal<Result<Content, Vec<FieldError>>>,
) -> impl IntoView {
    let first = page.with_untracked(|page| page.items.first().map_or(0, |chapter| chapter.id));
    let chosen = RwSignal::new(chapter_id.unwrap_or(first));
    let segment = RwSignal::new(String::new());
    let asked = RwSignal::new(None::<Result<PreviewPrompt, String>>);
    let ask = move |()| asked.set(Some(untrack(|| request(content.get(), chosen.get(), &segment.get()))));
    let result = move || {
        asked.get().map(|request| match request {
            Err(reason) => view! { <p class="failure" role="alert">{reason}</p> }.into_any(),
            Ok(body) => {
                let preview = api::fetch(move || render(work_id, body.clone()));
                view! { <Load resource=preview lines=8 children=messages /> }.into_any()
            }
        })
    };
    let select_id = id::unique("preview-chapter");
    let label_for = select_id.clone();
    view! {
        <div class="preview-form">
            <div class="field">
                <label class="label" for=label_for>"Chapter"</label>
                <select
                    class="input"
                    id=select_id
                    on:change:target=move |event| {
                        if let Ok(id) = event.target().value().parse() {
                            chosen.set(id);
                        }
                    }
                >
                    {move || page.get().items.into_iter().map(|chapter| option(&chapter, chosen)).collect_view()}
                </select>
            </div>
            <TextField label="Segment" value=segment hint="Empty: the first." inputmode="numeric" />
            <Button on_click=ask>"Render the preview"</Button>
        </div>
        <div aria-live="polite">{result}</div>
    }
}

fn option(chapter: &ChapterSummary, chosen: RwSignal<i64>) -> impl IntoView + use<> {
    let text = format!("{}  {}", chapter.number, chapter.title);
    let is_chosen = chosen.get_untracked() == chapter.id;
    view! { <option value=chapter.id.to_string() selected=is_chosen>{text}</option> }
}

fn request(
    content: Result<Content, Vec<FieldError>>,
    chapter_id: i64,
    segment: &str,
) -> Result<PreviewPrompt, String> {
    let content =
        content.map_err(|_| "Some parameters are not right yet: see the tab Parameters.".to_owned())?;
    if content.model.is_empty() {
        return Err("Choose a model first.".to_owned());
    }
    let segment = match segment.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| "The segment is a number, from 1.".to_owned())?),
    };
    let Content { model, template, parameters } = content;
    Ok(PreviewPrompt { template, model, parameters, chapter_id, segment })
}

async fn render(work_id: i64, body: PreviewPrompt) -> Result<Preview, Error> {
    api::prompt::preview(work_id, &body).await
}

fn messages(preview: Signal<Preview>) -> impl IntoView {
    let list = move || {
        let preview = preview.get();
        let problems = preview.problems.into_iter().map(|problem| problem.detail);
        let notes = problems.chain(preview.warnings.into_iter().map(|warning| warning.detail));
        let notes = notes.map(|detail| view! { <li>{detail}</li> }).collect_view();
        let messages = preview.messages.into_iter().map(|message| {
            let role = match message.role {
                MessageRole::System => "System message",
                MessageRole::User => "User message",
            };
            view! {
                <h3>{role}</h3>
                <pre class="template" tabindex="0" aria-label=role>{message.content}</pre>
            }
        });
        view! {
            <p class="hint">{format!("About {} tokens.", preview.token_estimate)}</p>
            <ul class="warnings-plain hint">{notes}</ul>
            {messages.collect_view()}
        }
    };
    view! { <div class="stack">{list}</div> }
}
