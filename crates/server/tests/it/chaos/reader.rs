//! A reader of a run's events who comes back where they were.

use colophon_contract::{EventId, RunEvent, url};
use colophon_test_support::Page;
use futures::StreamExt as _;

use super::{
    client::{Client, PATIENCE, PAUSE},
    server::Server,
};

#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) run_id: i64,
    /// What it has so far; panics where text is missing or comes twice.
    pub(crate) page: Page,
    /// The last events as they were sent, one stream of them.
    pub(crate) told: String,
    /// How often it began to read.
    pub(crate) visits: usize,
    last: Option<EventId>,
    ended: bool,
}

impl Reader {
    pub(crate) fn of(run_id: i64) -> Self {
        Self { run_id, ..Self::default() }
    }

    /// How many events are stored, as far as it has read.
    pub(crate) fn seq(&self) -> i64 {
        self.last.map_or(0, |last| last.seq)
    }

    /// Reads to the run's end, at one server after the other; of each stream no more events than `at_most` says.
    pub(crate) async fn read_all(
        &mut self,
        client: &Client,
        servers: &[&Server],
        mut at_most: impl FnMut() -> usize,
    ) {
        let read = async {
            for server in servers.iter().cycle() {
                let events = at_most();
                if self.read(client, server, events).await.is_err() {
                    tokio::time::sleep(PAUSE).await;
                }
                if self.ended {
                    return;
                }
            }
        };
        tokio::time::timeout(2 * PATIENCE, read).await.expect("the stream ends");
    }

    /// Reads some events from where it is, and goes away.
    async fn read(&mut self, client: &Client, server: &Server, at_most: usize) -> reqwest::Result<()> {
        let last = self.last.map(|last| last.to_string());
        let response = client.follow(server, &url::events(self.run_id), last.as_deref()).await?;
        self.visits += 1;
        self.told.clear();
        if response.status() == 204 {
            self.ended = true;
            return Ok(());
        }
        let (mut stream, mut unread, mut events) = (response.bytes_stream(), Vec::new(), 0);
        while let Some(chunk) = stream.next().await {
            unread.extend_from_slice(&chunk?);
            while let Some(end) = unread.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = unread.drain(..end + 2).collect();
                events += usize::from(self.take(std::str::from_utf8(&block).expect("text")));
                if events >= at_most {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Takes a block of the stream; whether it was an event.
    fn take(&mut self, block: &str) -> bool {
        self.told.push_str(block);
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
        let (Some(id), Some(name), Some(data)) = (field("id: "), field("event: "), field("data: ")) else {
            return false;
        };
        let id: EventId = id.parse().expect("an id");
        let event = RunEvent::decode(name, data).expect("its data").expect("a known event");
        let is_stored = !matches!(event, RunEvent::SegmentDelta(_));
        assert_eq!(id.seq, self.seq() + i64::from(is_stored), "an event is missing or came twice: {block}");
        self.page.take(&event);
        self.last = Some(id);
        self.ended = matches!(event, RunEvent::TranslationComplete(_) | RunEvent::TranslationError(_));
        true
    }
}
