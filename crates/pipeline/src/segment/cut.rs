//! A text with its segments, made where nothing waits for it.

use super::{Options, segment};
use colophon_domain::{Error, Result};

/// A chapter's text as it was, cut ahead of the transaction that asks for its run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cut {
    text: String,
    /// Where each segment ends, in bytes.
    ends: Vec<usize>,
}

impl Cut {
    /// Cuts on a thread that may block: a million characters hold an async one up for too long.
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

    /// The segments.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.segments_of(&self.text).unwrap_or_default()
    }

    /// The segments of `text`, where it is the one that was cut.
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
        // On this one thread a cut made in place would be ready at once.
        assert!(cut.as_mut().now_or_never().is_none());
        let cut = cut.await.expect("a cut");
        assert_eq!(cut.segments(), segment(&text, Options::default()));
        assert_eq!(cut.segments_of("夜。"), None);
    }
}
