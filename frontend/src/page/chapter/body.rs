//! The parts of the chapter's page, and the state that they share.

use super::{
    edit::EditChapterButton,
    export::Export,
    hand::{Attempts, Hands},
    live::{Live, follow},
    on_screen::{OnScreen, choose},
    outline::{self, ChapterNav, Neighbours, Outline},
    runs::{self, Context, RunList, Runs},
    segments::{Segments, Stage},
    start::{Readiness, Start, StartButton},
    text::{Languages, Pairs},
};
use crate::{
    api,
    page::{crumbs::Crumbs, prompt::PromptSection, title::use_title},
    route,
    state::session::SessionState,
    ui::{Empty, Load, toast::toaster},
};
use colophon_contract::{Chapter, Work};
use leptos::prelude::*;

/// A loaded chapter.
#[component]
pub fn ChapterBody(
    data: Signal<(Work, Chapter)>,
    outline: Outline,
    /// Called after the chapter was changed.
    on_change: Callback<()>,
) -> impl IntoView {
    let (work, chapter) = data.get_untracked();
    let (work_id, chapter_id) = (work.id, chapter.id);
    let name = Memo::new(move |_| data.with(|(_, chapter)| outline::name(chapter.number, &chapter.title)));
    let volume = Memo::new(move |_| data.with(|(_, chapter)| chapter.volume.clone()));
    use_title(move || data.with(|(work, _)| format!("{} – {}", name.get(), work.title)));
    let can_write = SessionState::expect().can_write();
    let query = route::use_query::<route::ChapterQuery>();
    let wanted = Memo::new(move |_| query.get().run);
    let pages = RwSignal::new(1);
    let prompt = api::fetch(move || api::prompt::find(work_id));
    let list = api::fetch(move || runs::load(work_id, chapter_id, pages.get(), wanted.get()));
    let neighbours = Neighbours::of(work_id, chapter_id, outline);
    let lang = work.source_language;
    let (crumb_lang, volume_lang) = (lang.clone(), lang.clone());
    let content = move |list_data: Signal<RunList>| {
        let on_more = move |()| pages.update(|pages| *pages += 1);
        let on_change = Callback::new(move |()| list.refetch());
        view! { <Translations data list=list_data prompt wanted on_change on_more /> }
    };
    view! {
        <Crumbs work_id work=Signal::derive(move || Some(data.get().0))>
            <li aria-current="page" lang=crumb_lang>{name}</li>
        </Crumbs>
        <div class="chapter-head">
            <div>
                {move || volume.get().map(|volume| view! {
                    <p class="chapter-volume" lang=volume_lang.clone()>{volume}</p>
                })}
                <h1 class="chapter-title" lang=lang.clone()>{name}</h1>
            </div>
            {move || can_write.get().then(|| view! { <EditChapterButton data on_done=on_change /> })}
            <ChapterNav neighbours label="Chapters" lang=lang.clone() />
        </div>
        <Load resource=list lines=14 children=content />
        <ChapterNav neighbours label="Chapters, once more" lang />
    }
}

#[component]
fn Translations(
    data: Signal<(Work, Chapter)>,
    list: Signal<RunList>,
    prompt: api::Fetched<Option<colophon_contract::Prompt>>,
    wanted: Memo<Option<i64>>,
    on_change: Callback<()>,
    #[prop(into)] on_more: Callback<()>,
) -> impl IntoView {
    let (work_id, chapter_id) = data.with_untracked(|(work, chapter)| (work.id, chapter.id));
    let can_write = SessionState::expect().can_write();
    let live = Live::new(on_change);
    Effect::new(move |_| list.with(|list| live.load(&list.runs)));
    let latest = Memo::new(move |_| {
        let prompt = prompt.get()?.ok().flatten()?;
        Some(prompt.latest_version.number)
    });
    let newest = Memo::new(move |_| list.with(|list| list.runs.first().map(|run| run.id)));
    let screen = Memo::new(move |last: Option<&OnScreen>| {
        list.with(|list| choose(last, wanted.get(), list.runs.iter().map(|run| run.id)))
    });
    let shown = Memo::new(move |_| screen.with(|screen| screen.run));
    let newer =
        Memo::new(move |_| newest.get().filter(|newest| screen.with(|screen| screen.is_older_than(*newest))));
    let active = Memo::new(move |_| {
        let runs = list.get().runs;
        runs.into_iter().map(|run| live.latest(run)).find(|run| !run.status.is_ended()).map(|run| run.id)
    });
    let numbers = Memo::new(move |_| {
        list.with(|list| list.runs.iter().filter_map(|run| run.prompt_version_number).collect::<Vec<_>>())
    });
    let makers = api::fetch(move || {
        let prompt = prompt.get().and_then(Result::ok).flatten();
        let numbers = numbers.get();
        async move { Ok(runs::load_makers(work_id, prompt, numbers).await) }
    });
    let readiness = Memo::new(move |_| {
        let has_no_prompt = matches!(prompt.get(), Some(Ok(None)));
        match (can_write.get(), active.get().is_some()) {
            (false, _) => Readiness::ReadOnly,
            (true, true) => Readiness::UnderWay,
            (true, false) if has_no_prompt => Readiness::NoPrompt,
            (true, false) => Readiness::Ready,
        }
    });
    let start = Start::new(work_id, chapter_id, readiness, newest, on_change);
    let context =
        Context { work_id, chapter_id, latest, makers, shown, newer, can_write, live, start, on_change };
    let has_runs = Memo::new(move |_| list.with(|list| !list.runs.is_empty()));
    view! {
        <p class="visually-hidden" role="status">{live.heard()}</p>
        <div class="chapter-desk">
            <div class="chapter-side">
                {move || has_runs.get().then(|| view! {
                    <div class="chapter-start"><StartButton start label="Translate again" /></div>
                    <Runs list context on_more />
                })}
                <PromptSection work_id prompt expanded=false />
            </div>
            <div class="chapter-main">
                <div role="status">
                    {move || newer.get().map(|newer| view! {
                        <p class="notice">
                            "A newer translation is available. "
                            <a href=route::chapter_run(work_id, chapter_id, newer)>"Show it"</a>
                        </p>
                    })}
                </div>
                {move || match shown.get() {
                    Some(id) => view! { <Shown id data list active context /> }.into_any(),
                    None => view! { <SourceAlone data start /> }.into_any(),
                }}
                {move || {
                    // The running run is followed even while an older one is read.
                    let other = active.get().filter(|id| Some(*id) != shown.get())?;
                    Some(view! { <Followed id=other live /> })
                }}
            </div>
        </div>
    }
}

/// Follows a run without showing its text.
#[component]
fn Followed(id: i64, live: Live) -> impl IntoView {
    follow(live, id, None, Signal::stored(true));
}

/// The text of a run, updated while the run goes on.
#[component]
fn Shown(
    id: i64,
    data: Signal<(Work, Chapter)>,
    list: Signal<RunList>,
    active: Memo<Option<i64>>,
    context: Context,
) -> impl IntoView {
    let live = context.live;
    let toast = toaster();
    let on_again = move |words| {
        toast(words);
        context.on_change.run(());
    };
    let segments = Segments::load(id, Callback::new(on_again));
    let (work, chapter) = data.get_untracked();
    let languages = Languages { source: work.source_language, target: work.target_language };
    let is_active = Memo::new(move |_| active.get() == Some(id));
    let is_loaded = Memo::new(move |_| segments.stage().get() == Stage::Ready);
    // The stream reports all changes since the run's beginning, so it is opened after the segments were
    // loaded.
    let is_wanted = move || is_loaded.get() && (is_active.get() || segments.again().get() > 0);
    follow(live, id, Some(segments), Memo::new(move |_| is_wanted()).into());
    let done = Memo::new(move |_| {
        list.with(|list| list.runs.iter().find(|run| run.id == id).map(|run| run.progress.done))
    });
    Effect::new(move |was: Option<bool>| {
        // A resumed run may end before it is seen to be active. Read, not only tracked: a memo that nobody
        // reads does not follow its sources.
        done.get();
        let is = is_active.get();
        match (was, is) {
            // Events do not report which segments have no text.
            (Some(_), false) => segments.fetch(),
            // The run was resumed: events do not report which segments are tried again.
            (Some(false), true) => segments.retry(),
            _ => {}
        }
        is
    });
    let differs = move || {
        is_loaded.get()
            && segments
                .rows()
                .with(|rows| !is_text_of(rows.iter().map(|row| &*row.source), &chapter.source_text))
    };
    let has_text = move || {
        is_loaded.get()
            && segments.rows().with(|rows| rows.iter().any(|row| row.text.with(|text| text.text.is_some())))
    };
    let own = list.with_untracked(|list| {
        list.runs.iter().find(|run| run.id == id).and_then(|run| run.prompt_version_number)
    });
    let has_ended = Signal::derive(move || !is_active.get());
    let hands = Hands::new(context, id, own, segments, has_ended);
    let lang = languages.target.clone();
    let file = format!("{} {}", work.title, outline::name(chapter.number, &chapter.title));
    view! {
        {move || {
            differs()
                .then(|| {
                    view! {
                        <p class="notice">
                            "The chapter's text has changed since this translation was asked for. Shown is the text that was translated."
                        </p>
                    }
                })
        }}
        <Pairs hands languages />
        <Attempts hands lang />
        {move || has_text().then(|| view! { <Export rows=segments.rows() name=file.clone() /> })}
    }
}

/// Whether the joined slices are the text.
fn is_text_of<'a>(slices: impl Iterator<Item = &'a str>, text: &str) -> bool {
    let mut rest = text;
    for slice in slices {
        match rest.strip_prefix(slice) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

/// Splits a text into passages of some lines each, without the line breaks between them. Browsers lay out the
/// visible ones of many small elements sooner than one large element.
fn passages(text: &str) -> Vec<&str> {
    const LEAST_BYTES: usize = 4_000;
    let (mut passages, mut rest) = (Vec::new(), text);
    while let Some((cut, _)) = rest.match_indices('\n').find(|(at, _)| *at >= LEAST_BYTES) {
        passages.push(&rest[..cut]);
        rest = &rest[cut + 1..];
    }
    passages.push(rest);
    passages
}

/// The source and the next step, before there is any run.
#[component]
fn SourceAlone(data: Signal<(Work, Chapter)>, start: Start) -> impl IntoView {
    let (work, chapter) = data.get_untracked();
    let words = move || match start.readiness().get() {
        Readiness::NoPrompt => {
            "A translation is made with the work's prompt, and there is none yet. Create it in the panel on this page; then the chapter can be translated."
        }
        Readiness::ReadOnly => "An operator can start the translation.",
        Readiness::Ready | Readiness::UnderWay => {
            "The translation appears here beside the source, segment by segment, with the prompt's version that made it."
        }
    };
    view! {
        <div class="alone">
            <div class="novel" lang=work.source_language>
                {passages(chapter.source_text.trim_matches(['\n', '\r']))
                    .into_iter()
                    .map(|passage| view! { <div class="passage">{passage.to_owned()}</div> })
                    .collect_view()}
            </div>
            <div class="alone-start">
                <Empty title="Not translated yet.">
                    <p>{words}</p>
                    <StartButton start label="Translate the chapter" class="primary" />
                </Empty>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::{is_text_of, passages};

    #[test]
    fn a_text_in_passages_is_the_same_text() {
        let text = "一行目。\n\n二行目。\n".repeat(2_000);
        let pieces = passages(&text);
        assert!(pieces.len() > 10);
        assert_eq!(pieces.join("\n"), text);
        assert_eq!(passages(""), [""]);
        assert_eq!(passages("短い"), ["短い"]);
    }

    #[test]
    fn slices_are_the_text_only_if_they_join_to_it_byte_for_byte() {
        let is_text = |slices: &[&str], text: &str| is_text_of(slices.iter().copied(), text);
        assert!(is_text(&["夜の", "\n\n", "川"], "夜の\n\n川"));
        assert!(is_text(&[], ""));
        assert!(!is_text(&["夜の"], "夜の川"), "the text goes on");
        assert!(!is_text(&["夜の", "川"], "夜の"), "the text ends sooner");
        assert!(!is_text(&["夜の\n", "川"], "夜の川"), "white space counts");
        assert!(!is_text(&["川", "夜の"], "夜の川"), "the order counts");
    }
}
