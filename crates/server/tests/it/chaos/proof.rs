//! What must hold of runs and prompts in the end, whatever happened in between.

use std::collections::{HashMap, HashSet};

use colophon_contract::{
    AttemptStatus, Page, PromptVersion, PromptVersionSummary, Run, RunStatus, Segment, SegmentStatus,
    TranslationVerification, url,
};
use colophon_domain::prompt::hash;
use colophon_provider::fake::{Received, translation_of};

use super::{
    reader::Reader,
    stage::{Stage, Work},
};

/// What providers were asked, and how often: by message.
pub(crate) struct Asked(HashMap<String, Vec<Received>>);

impl Asked {
    pub(crate) fn of(stage: &Stage) -> Self {
        let mut asked: HashMap<String, Vec<Received>> = HashMap::new();
        for request in stage.received() {
            let message = request.json()["messages"][0]["content"].as_str().unwrap_or_default().to_owned();
            asked.entry(message).or_default().push(request);
        }
        Self(asked)
    }

    pub(crate) fn total(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// How often a segment of a run was sent.
    pub(crate) fn times(&self, run: &Run, segment: &Segment) -> usize {
        self.0.get(&sent(run, segment)).map_or(0, Vec::len)
    }
}

/// The message that a segment of a run is sent as: the template of all versions is a line with the text in it.
fn sent(run: &Run, segment: &Segment) -> String {
    run.template_snapshot.replace("{source_text}", segment.source_text.trim_end())
}

/// What was finished at each look, which must not change, nor be sent again.
#[derive(Default)]
pub(crate) struct Watch {
    finished: HashMap<(i64, i32), (Segment, usize)>,
    whole: HashSet<i64>,
    pub(crate) looks: usize,
}

impl Watch {
    /// Looks at the runs that were not seen to be whole.
    pub(crate) async fn look(&mut self, stage: &Stage, begun: &[Run]) {
        let mut seen = Vec::new();
        for run in begun.iter().filter(|run| !self.whole.contains(&run.id)) {
            seen.push((run, stage.segments(run.id).await));
        }
        // Counted last: what was sent and finished since would be missing otherwise.
        let asked = Asked::of(stage);
        for (run, segments) in seen {
            self.compare(run, &segments, &asked);
        }
        self.looks += 1;
    }

    /// That what was finished is as it was; what is newly finished is kept.
    pub(crate) fn compare(&mut self, run: &Run, segments: &[Segment], asked: &Asked) {
        for segment in segments {
            let times = asked.times(run, segment);
            let place = (run.id, segment.position);
            match self.finished.get(&place) {
                Some((before, sent)) => {
                    assert_eq!(
                        (before, *sent),
                        (segment, times),
                        "a finished segment changed or was sent again"
                    );
                }
                None if segment.status == SegmentStatus::Completed => {
                    self.finished.insert(place, (segment.clone(), times));
                }
                None => {}
            }
        }
        if segments.iter().all(|segment| segment.status == SegmentStatus::Completed) {
            self.whole.insert(run.id);
        }
    }

    /// How many of these runs were not seen to be whole.
    pub(crate) fn active(&self, begun: &[Run]) -> usize {
        begun.iter().filter(|run| !self.whole.contains(&run.id)).count()
    }

    pub(crate) fn finished(&self) -> usize {
        self.finished.len()
    }
}

/// That a run completed as it began: under its own snapshots, each segment with the provider's own text, sent as
/// often as it was tried and not after it was finished; and that its events tell so, each once.
pub(crate) async fn check_completed(stage: &Stage, begun: &Run, asked: &Asked) -> Vec<Segment> {
    let run = stage.run(begun.id).await;
    assert_eq!((run.status, &run.error), (RunStatus::Completed, &None), "{run:?}");
    assert_eq!(run.progress.done, run.progress.total);
    assert_eq!(snapshots(&run), snapshots(begun), "the run changed hands, not its prompt");
    let number = run.prompt_version_number.expect("a version");
    let version: PromptVersion = stage.get(url::version(run.work_id, number)).await;
    assert_eq!(snapshots(&run).1, (&version.model, &version.template, &version.parameters));

    let segments = stage.segments(run.id).await;
    let upstream = run.model_snapshot.trim_start_matches("fake/");
    for segment in &segments {
        let message = sent(&run, segment);
        assert_eq!(segment.text, Some(translation_of(upstream, &message)), "the provider's own words");
        let attempts = stage.attempts(run.id, segment.position).await;
        let newest = attempts.first().expect("an attempt");
        assert!(
            newest.current && newest.status == AttemptStatus::Completed,
            "tried after it was finished: {attempts:?}"
        );
        assert!(attempts[1..].iter().all(|attempt| attempt.status == AttemptStatus::Failed), "{attempts:?}");
        let times = asked.times(&run, segment);
        assert!((1..=attempts.len()).contains(&times), "sent {times} times: {attempts:?}");
        for request in &asked.0[&message] {
            let body = request.json();
            assert_eq!(
                (&body["model"], &body["temperature"]),
                (&upstream.into(), &run.parameters_snapshot["temperature"])
            );
        }
    }
    let server = &stage.servers[0];
    let mut reader = Reader::of(run.id);
    reader.read_all(&stage.client, &[server], || usize::MAX).await;
    check_page(&reader, &segments);
    let found: TranslationVerification = stage.get(url::translation_verification(run.id)).await;
    assert!(found.verified && found.unverifiable.is_empty(), "{found:?}");
    segments
}

/// That a reader has each segment's text once and whole, as it is stored, and knows that the run is completed.
pub(crate) fn check_page(reader: &Reader, segments: &[Segment]) {
    assert_eq!(reader.page.last.as_deref(), Some("translation-complete"));
    let read: Vec<(i32, &str)> =
        reader.page.finished.iter().map(|(position, text)| (*position, &**text)).collect();
    let stored: Vec<(i32, &str)> = segments
        .iter()
        .map(|segment| (segment.position, segment.text.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(read, stored);
}

type Content<'a> = (&'a String, &'a String, &'a colophon_contract::JsonObject);

fn snapshots(run: &Run) -> ((Option<i64>, Option<i32>), Content<'_>) {
    let content = (&run.model_snapshot, &run.template_snapshot, &run.parameters_snapshot);
    ((run.prompt_version_id, run.prompt_version_number), content)
}

/// That a prompt has so many versions, numbered without gaps, and that their hashes are those of their content and
/// of what came before.
pub(crate) async fn check_history(stage: &Stage, work: Work, versions: usize) {
    let (mut listed, mut cursor) = (Vec::new(), Some(String::new()));
    while let Some(after) = cursor {
        let at = if after.is_empty() { String::new() } else { format!("&cursor={after}") };
        let page: Page<PromptVersionSummary> =
            stage.get(format!("{}?limit=100{at}", url::versions(work.id))).await;
        listed.extend(page.items);
        cursor = page.next_cursor;
    }
    listed.reverse();
    let numbers: Vec<usize> =
        listed.iter().map(|version| usize::try_from(version.number).expect("positive")).collect();
    assert_eq!(numbers, (1..=versions).collect::<Vec<_>>(), "no gap, none twice");
    let mut before = None;
    for listed in &listed {
        let version: PromptVersion = stage.get(url::version(work.id, listed.number)).await;
        assert_eq!(hash::content_hash(&version).expect("a hash"), version.content_hash);
        let chain = hash::chain_hash(before.as_deref(), &version.content_hash).expect("a hash");
        assert_eq!(chain, version.chain_hash, "version {}", version.number);
        before = Some(chain);
    }
}
