//! Builds the one or two messages for a model.

use crate::problem::RenderError;
use crate::template::Template;
use crate::variables::Values;

/// The author of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The operator.
    System,
    /// The person who asks for the translation.
    User,
}

impl Role {
    /// Returns `system` or `user`.
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
    /// The author.
    pub role: Role,
    /// The text.
    pub content: String,
}

impl Template {
    /// Returns the messages that request a segment's translation. If the template uses `{source_text}`, it is
    /// the only message, from the user. Otherwise it is the system message, even if it renders empty, and the
    /// segment is the user message.
    ///
    /// # Errors
    /// Those of [`Template::render`].
    pub fn messages(&self, values: &Values<'_>) -> Result<Vec<Message>, RenderError> {
        Ok(self.messages_of(self.render(values)?, values))
    }

    /// Like [`Template::messages`], with the first `limit` code points of the rendered template. Also returns
    /// whether there are more.
    ///
    /// # Errors
    /// Those of [`Template::render_first`].
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
