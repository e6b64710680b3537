//! Notifications between the servers of one PostgreSQL database. They say that something was committed, not
//! what. The receiver reads the database, so a lost notification delays and falsifies nothing. An SQLite file
//! has one server.

use crate::{Db, Engine, Error, Result, Txn, db::statement};
use sea_orm::{
    ConnectionTrait, DbErr, RuntimeErr, SqlxError,
    sqlx::{PgPool, postgres::PgListener},
};
use std::{fmt, io, str::FromStr, sync::Arc};

/// The channel. It belongs to the database, not the schema: a notification from another schema only costs a
/// query.
const CHANNEL: &str = "colophon";

/// A notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// An event of a run was recorded.
    Event {
        /// The run.
        run_id: i64,
        /// The event's number.
        seq: i64,
    },
    /// An event was recorded, and the run waits for a server with free capacity.
    Queued {
        /// The run.
        run_id: i64,
        /// The event's number.
        seq: i64,
    },
    /// An event was recorded, and the run was cancelled: its runner must stop.
    Cancelled {
        /// The run.
        run_id: i64,
        /// The event's number.
        seq: i64,
    },
    /// More streamed text was stored.
    Text {
        /// The run.
        run_id: i64,
    },
    /// A server with free capacity may find work.
    Queue,
    /// Notifications may have been missed, because the connection is new.
    Lapse,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event { run_id, seq } => write!(f, "event {run_id} {seq}"),
            Self::Queued { run_id, seq } => write!(f, "queued {run_id} {seq}"),
            Self::Cancelled { run_id, seq } => write!(f, "cancelled {run_id} {seq}"),
            Self::Text { run_id } => write!(f, "text {run_id}"),
            Self::Queue => f.write_str("queue"),
            Self::Lapse => f.write_str("lapse"),
        }
    }
}

impl FromStr for Notice {
    type Err = ();

    /// Fails for notifications of later versions that this version does not know.
    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        let mut words = text.split(' ');
        let name = words.next();
        let mut number = || words.next().and_then(|word| word.parse().ok()).ok_or(());
        Ok(match name {
            Some("event") => Self::Event { run_id: number()?, seq: number()? },
            Some("queued") => Self::Queued { run_id: number()?, seq: number()? },
            Some("cancelled") => Self::Cancelled { run_id: number()?, seq: number()? },
            Some("text") => Self::Text { run_id: number()? },
            Some("queue") => Self::Queue,
            Some("lapse") => Self::Lapse,
            _ => return Err(()),
        })
    }
}

/// Sends a notification when the transaction commits; sends nothing if it does not commit.
pub(crate) async fn tell(txn: &Txn, notice: Notice) -> Result<()> {
    if txn.engine() == Engine::Postgres {
        let values = [CHANNEL.into(), notice.to_string().into()];
        let sql = "SELECT pg_notify($1, $2)";
        txn.conn().execute_raw(statement(txn.conn(), sql, values)).await?;
    }
    Ok(())
}

/// Receives the notifications of all servers of the database, including this one.
#[derive(Debug)]
pub struct Listener {
    pool: PgPool,
    connection: Option<PgListener>,
}

impl Listener {
    /// Returns `None` on SQLite, where no notifications are sent.
    #[must_use]
    pub fn new(db: &Db) -> Option<Self> {
        db.notices().map(|pool| Self { pool: pool.clone(), connection: None })
    }

    /// Returns the next notification. The first one on each connection is [`Notice::Lapse`], returned once
    /// the connection listens.
    ///
    /// # Errors
    /// The connection was lost or cannot be made; the next call makes a new one.
    pub async fn next(&mut self) -> Result<Notice> {
        let Some(connection) = &mut self.connection else {
            let mut connection = PgListener::connect_with(&self.pool).await.map_err(unavailable)?;
            // Otherwise it would reconnect by itself, and missed notifications would stay unnoticed.
            connection.eager_reconnect(false);
            connection.listen(CHANNEL).await.map_err(unavailable)?;
            self.connection = Some(connection);
            return Ok(Notice::Lapse);
        };
        loop {
            let lost = match connection.try_recv().await {
                Ok(Some(heard)) => match heard.payload().parse() {
                    Ok(notice) => return Ok(notice),
                    Err(()) => continue,
                },
                Ok(None) => SqlxError::Io(io::ErrorKind::ConnectionReset.into()),
                Err(error) => error,
            };
            self.connection = None;
            return Err(unavailable(lost));
        }
    }
}

fn unavailable(error: SqlxError) -> Error {
    Error::DatabaseUnavailable(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_is_heard() {
        let notices = [
            Notice::Event { run_id: 7, seq: 3 },
            Notice::Queued { run_id: i64::MAX, seq: 1 },
            Notice::Cancelled { run_id: 8, seq: 12 },
            Notice::Text { run_id: 9 },
            Notice::Queue,
            Notice::Lapse,
        ];
        for notice in notices {
            assert_eq!(notice.to_string().parse(), Ok(notice));
        }
        for other in ["", "event", "event 7", "event 7 x", "later 1 2"] {
            assert_eq!(other.parse::<Notice>(), Err(()), "{other}");
        }
    }
}
