//! A text with its segments, cut outside of any transaction.

use super::{Options, segment};
use colophon_domain::{Error, Result};

/// A chapter's text at a moment, cut ahead of the transaction that creates its run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cut {
    text: String,
    /// Where each segment ends, in bytes.
    ends: Vec<usize>,
}

impl Cut {
    /// Cuts on a blocking thread: a million characters would block an async thread for too long.
    pub(crate) async fn of(text: String, options: Options) -> Result<Self> {
        let cut = tokio::task::spawn_blocking(move || {
            let mut end = 0;
            let ends = segment(&text, options).into_iter().map(|slice| {
                end += slice.len();
                end
            });
            Self { ends: ends.collect(), text }
        });
        cut.await.map_err(|error| Error::Internal(error.into()))
    }

    /// Returns the segments.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.segments_of(&self.text).unwrap_or_default()
    }

    /// Returns the segments of `text` if it is the text that was cut.
    pub(crate) fn segments_of<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        (text == self.text).then(|| starts.zip(&self.ends).map(|(start, end)| &text[start..*end]).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[tokio::test]
    async fn a_long_text_is_cut_while_others_go_on() {
        let text = "夜。\n".repeat(300_000);
        let mut cut = Box::pin(Cut::of(text.clone(), Options::default()));
        // If the cut were made on this only thread, it would be ready at once.
        assert!(cut.as_mut().now_or_never().is_none());
        let cut = cut.await.expect("a cut");
        assert_eq!(cut.segments(), segment(&text, Options::default()));
        assert_eq!(cut.segments_of("夜。"), None);
    }
}
