//! What a server writes at its start. A disk that is full, or a database that takes no writes, does not keep it from
//! starting: what is stored can be read.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use colophon_domain::{Actor, Db, Error, Result, ServeLock, provider, run};
use colophon_provider::Catalogue;

/// Between two tries to write.
const RETRY: Duration = Duration::from_secs(5);

/// That the runs of the server before need not wait for their leases to be over, and which providers there are.
pub(super) struct StartRecords {
    db: Db,
    /// Proves that the server before is gone.
    lock: Arc<ServeLock>,
    /// Where each provider is: what the configuration has of them is not changed by a request, and told all the same.
    providers: BTreeMap<String, String>,
}

impl StartRecords {
    pub(super) fn new(db: Db, lock: Arc<ServeLock>, catalogue: &Catalogue) -> Self {
        let providers = catalogue.providers().filter_map(|it| Some((it.name.clone(), it.whereabouts()?)));
        Self { db, lock, providers: providers.collect() }
    }

    /// Writes them, or answers with a future that ends once they are written.
    ///
    /// # Errors
    /// What another try would not mend.
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
