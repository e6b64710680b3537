//! Renders what would be sent for a segment, without a run and without a prompt.

use crate::render::{self, PRECEDING, Place};
use crate::segment::{self, Cut, token_estimate};
use colophon_contract::rule::is_blank;
use colophon_contract::{Chapter, FieldError, Preview, PreviewPrompt, RunStatus, TemplateWarning, Work};
use colophon_domain::run::{self, FinishedPair, RunContext};
use colophon_domain::{Db, Error, PageRequest, Result, chapter, parameters, template, work};
use colophon_provider::Catalogue;
use colophon_template::Template;

/// Longest part of a rendered template that a preview shows, in code points: several times what any model
/// takes.
const SHOWN_MAX: usize = 1_000_000;
/// Longest rendered template, in code points, that a preview also shows apart from the messages.
const TWICE_MAX: usize = 16_384;

/// Renders `request` on a segment of a chapter, cut as a new run would cut it. `{preceding}` shows
/// translations that the chapter's newest run has of the same source text; translations it lacks are empty.
///
/// # Errors
/// The work or the chapter is not found; `ParametersInvalid`; `ValidationFailed` if the chapter has no such
/// segment.
pub(crate) async fn preview(
    db: &Db,
    catalogue: &Catalogue,
    options: segment::Options,
    work_id: i64,
    request: &PreviewPrompt,
) -> Result<Preview> {
    let wrong = parameters::check_parameters_to_render(&request.parameters);
    if !wrong.is_empty() {
        return Err(Error::ParametersInvalid(wrong));
    }
    let work = work::get_work(db, work_id).await?;
    let mut chapter = chapter::get_chapter(db, work_id, request.chapter_id).await?;
    let cut = Cut::of(std::mem::take(&mut chapter.source_text), options).await?;
    let segments = cut.segments();
    let index = chosen(&segments, request.segment)?;
    let preceding = preceding(db, &chapter, &segments[..index]).await?;

    let context = context(work, &chapter, request, segments.len());
    let place = Place {
        position: i32::try_from(index + 1).unwrap_or(i32::MAX),
        source_text: segments.get(index).copied().unwrap_or_default(),
        instruction: "",
    };
    let parsed = Template::parse(&request.template);
    let check = template::check_template_to_render(&request.template, &request.parameters);
    let mut preview = Preview {
        rendered: None,
        messages: Vec::new(),
        truncated: false,
        variables_used: check.variables_used,
        token_estimate: 0,
        problems: check.problems,
        problem_count: check.problem_count,
        warnings: check.warnings,
    };
    if preview.problems.is_empty() {
        match render::messages_first(&parsed, &context, place, &preceding, SHOWN_MAX) {
            Ok((messages, truncated)) => {
                preview.token_estimate =
                    messages.iter().map(|m| token_estimate(&m.content)).fold(0, u32::saturating_add);
                let rendered = messages.first().map(|message| &message.content);
                preview.rendered = rendered.filter(|text| text.chars().nth(TWICE_MAX).is_none()).cloned();
                (preview.messages, preview.truncated) = (messages, truncated);
            }
            // A template that has passed the check can still fail because of a number.
            Err(error) => {
                preview.problems.push(template::problem_of(&request.template, &error.problem));
                preview.problem_count += 1;
            }
        }
    }
    preview.warnings.extend(preview.truncated.then(warn_of_truncation));
    preview.warnings.extend(warn_of_model(catalogue, &request.model, preview.token_estimate));
    Ok(preview)
}

/// Returns the index of the requested segment, or of the first segment that has text; 0 if none has.
fn chosen(segments: &[&str], position: Option<i32>) -> Result<usize> {
    let Some(position) = position else {
        return Ok(segments.iter().position(|text| !is_blank(text)).unwrap_or(0));
    };
    let index = usize::try_from(position - 1).ok().filter(|index| *index < segments.len());
    index.ok_or_else(|| {
        let detail = format!("the chapter has {} segments", segments.len());
        Error::ValidationFailed(vec![FieldError::at("/segment", "range", detail)])
    })
}

/// Returns the last pairs before a segment, as a run would have them at that segment.
async fn preceding(db: &Db, chapter: &Chapter, before: &[&str]) -> Result<Vec<FinishedPair>> {
    let sources = before.iter().rev().filter(|text| !is_blank(text)).take(PRECEDING as usize);
    let sources: Vec<&str> = sources.copied().collect();
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let newest = PageRequest { limit: 1, ..PageRequest::default() };
    let runs = run::list_runs(db, chapter.work_id, chapter.id, &newest).await?;
    let position = i32::try_from(before.len() + 1).unwrap_or(i32::MAX);
    let known = match runs.items.first() {
        Some(newest) => run::list_preceding(db, newest.id, position, PRECEDING).await?,
        None => Vec::new(),
    };
    let pair = |source: &str| {
        let same = known.iter().find(|pair| pair.source == source).cloned();
        same.unwrap_or_else(|| FinishedPair {
            attempt_id: 0,
            source: source.to_owned(),
            translation: String::new(),
        })
    };
    Ok(sources.into_iter().rev().map(pair).collect())
}

/// Returns the context that a run created now with this template would render with.
fn context(work: Work, chapter: &Chapter, request: &PreviewPrompt, segment_count: usize) -> RunContext {
    RunContext {
        run_id: 0,
        chapter_id: chapter.id,
        prompt_version_id: None,
        prompt_version_number: None,
        status: RunStatus::Queued,
        model: request.model.clone(),
        template: request.template.clone(),
        parameters: request.parameters.clone(),
        work_title: work.title,
        work_author: work.author,
        source_language: work.source_language,
        target_language: work.target_language,
        volume_title: chapter.volume.clone().unwrap_or_default(),
        chapter_title: chapter.title.clone(),
        chapter_number: chapter.number,
        segment_count: i64::try_from(segment_count).unwrap_or(i64::MAX),
    }
}

fn warn_of_truncation() -> TemplateWarning {
    TemplateWarning {
        code: "preview_truncated".to_owned(),
        detail: format!(
            "The rendered template is longer than {SHOWN_MAX} code points. The rest is not shown."
        ),
        ..TemplateWarning::default()
    }
}

fn warn_of_model(catalogue: &Catalogue, id: &str, tokens: u32) -> Option<TemplateWarning> {
    let warning = |code: &str, detail: String| {
        Some(TemplateWarning { code: code.to_owned(), detail, ..TemplateWarning::default() })
    };
    let Some(model) = catalogue.find_model(id) else {
        return warning("model_unknown", format!("The model “{id}” is not in the catalogue."));
    };
    let window = model.context_window.filter(|window| tokens > *window)?;
    let detail = format!(
        "About {tokens} tokens would be sent, and “{}” takes {window}, the answer included.",
        model.name
    );
    warning("context_window_exceeded", detail)
}
