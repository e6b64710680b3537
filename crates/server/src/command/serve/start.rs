//! The writes of a server's start. A full disk, or a database that takes no writes, does not prevent the
//! start: stored data can be read.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use colophon_domain::{Actor, Db, Error, Result, ServeLock, provider, run};
use colophon_provider::Catalogue;

/// Interval between two tries to write.
const RETRY: Duration = Duration::from_secs(5);

/// The writes: they expire the leases of the previous server, so that its runs need not wait, and record the
/// configured providers.
pub(super) struct StartRecords {
    db: Db,
    /// Proves that the previous server has ended.
    lock: Arc<ServeLock>,
    /// Where each provider is, by name. No request changes the configured providers, but the audit log
    /// records them.
    providers: BTreeMap<String, String>,
}

impl StartRecords {
    pub(super) fn new(db: Db, lock: Arc<ServeLock>, catalogue: &Catalogue) -> Self {
        let providers = catalogue.providers().filter_map(|it| Some((it.name.clone(), it.whereabouts()?)));
        Self { db, lock, providers: providers.collect() }
    }

    /// Writes, or returns a future that ends when the writes have succeeded.
    ///
    /// # Errors
    /// Errors that a retry would not fix.
    pub(super) async fn write_or_wait(self) -> Result<impl Future<Output = ()> + Send + use<>> {
        let unwritten = match self.write().await {
            Ok(()) => None,
            Err(error @ Error::DatabaseUnavailable(_)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the database cannot be written to: requests that read are answered, and runs wait until it can"
                );
                Some(self)
            }
            Err(error) => return Err(error),
        };
        Ok(async {
            if let Some(unwritten) = unwritten {
                unwritten.write_until_done().await;
            }
        })
    }

    async fn write_until_done(self) {
        loop {
            tokio::time::sleep(RETRY).await;
            match self.write().await {
                Ok(()) => return tracing::info!("the database can be written to again"),
                Err(error) => tracing::debug!(%error, "the database cannot be written to yet"),
            }
        }
    }

    async fn write(&self) -> Result<()> {
        let txn = self.db.begin_write_by(Actor::system("colophon")).await?;
        run::expire_leases_of_dead_server(&txn, &self.lock).await?;
        provider::record_configuration(&txn, &self.providers).await?;
        txn.commit().await
    }
}
