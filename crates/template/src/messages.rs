//! What is sent to a model: one message or two.

use crate::problem::RenderError;
use crate::template::Template;
use crate::variables::Values;

/// Who a message is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The operator.
    System,
    /// The one who asks.
    User,
}

impl Role {
    /// `system` or `user`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
        }
    }
}

/// A message for a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who it is from.
    pub role: Role,
    /// Its text.
    pub content: String,
}

impl Template {
    /// The messages that ask for a segment's translation. Where the template uses `{source_text}`, it is
    /// the one user message; where it does not, it is the system message, kept even if it renders empty,
    /// and the segment follows as the user message.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn messages(&self, values: &Values<'_>) -> Result<Vec<Message>, RenderError> {
        Ok(self.messages_of(self.render(values)?, values))
    }

    /// [`Template::messages`] with the first `limit` code points of the rendered template, and whether there are more.
    ///
    /// # Errors
    /// As [`Template::render_first`].
    pub fn messages_first(
        &self,
        values: &Values<'_>,
        limit: usize,
    ) -> Result<(Vec<Message>, bool), RenderError> {
        let (rendered, is_cut) = self.render_first(values, limit)?;
        Ok((self.messages_of(rendered, values), is_cut))
    }

    fn messages_of(&self, rendered: String, values: &Values<'_>) -> Vec<Message> {
        if self.uses_source_text() {
            return vec![Message { role: Role::User, content: rendered }];
        }
        let segment = values.built_ins.source_text.to_owned();
        vec![
            Message { role: Role::System, content: rendered },
            Message { role: Role::User, content: segment },
        ]
    }
}
