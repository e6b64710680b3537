//! Translates one segment of an ended run again. The run stays as it is, and the segment keeps its text until
//! there is another.

use super::save::{Write, patiently};
use super::segment::Making;
use super::{Halt, Task};
use colophon_contract::RunError;
use colophon_domain::provider;
use colophon_domain::run::{self, PendingSegment, Retranslation};
use colophon_domain::{Error, Result};
use colophon_template::Template;

impl Task {
    /// Works on the segment until it has its text, fails, or is put back. The last write of `translate`
    /// closes the request.
    pub(super) async fn retranslate(&self, retranslation: &Retranslation) {
        let (run_id, position) = (self.lease.run_id, retranslation.position);
        match self.translate_again(retranslation).await {
            Ok(None) => tracing::info!(run_id, position, "segment translated again"),
            Ok(Some(error)) => {
                tracing::info!(run_id, position, code = error.code.as_str(), "segment not translated again");
            }
            Err(Halt::Lost) => tracing::info!(run_id, position, "segment is no longer ours"),
            Err(Halt::Stopped) => self.park().await,
            Err(Halt::Refused(..)) if self.is_probe() => self.park().await,
            Err(Halt::Refused(error, provider)) => {
                self.fail_retranslation(retranslation, &error).await;
                if let Err(error) = self.pause(&provider, &error).await {
                    tracing::error!(provider, %error, "the provider could not be paused");
                }
            }
            Err(Halt::Failed(error)) => self.fail_retranslation(retranslation, &error).await,
        }
    }

    async fn translate_again(
        &self,
        retranslation: &Retranslation,
    ) -> std::result::Result<Option<RunError>, Halt> {
        let shared = &self.shared;
        let version = retranslation.prompt_version_id;
        let get = || run::get_context_under(&shared.db, self.lease.run_id, version);
        let context = patiently(&shared.hurry, get).await?;
        super::log_begin("segment begins again", &context, Some(retranslation.position));
        let template = Template::parse(&context.template);
        let making = Making::new(&context, &template, self.get_model(&context).map_err(Halt::Failed)?);
        let segment = PendingSegment {
            position: retranslation.position,
            source_text: retranslation.source_text.clone(),
        };
        self.translate(&making, &segment, Some(retranslation)).await
    }

    /// Fails the retranslation, unless its last attempt has already done so: then the lease was given back.
    pub(super) async fn fail_retranslation(&self, retranslation: &Retranslation, error: &RunError) {
        let (run_id, position, code) = (self.lease.run_id, retranslation.position, error.code.as_str());
        match self.save(&Write::FailSegment { position, error }).await {
            Ok(_) | Err(Error::LeaseLost) => {
                tracing::info!(run_id, position, code, "segment not translated again");
            }
            Err(error) => self.give_up(&error),
        }
    }

    async fn pause(&self, provider: &str, error: &RunError) -> Result<()> {
        let shared = &self.shared;
        let pause = async || {
            let txn = shared.db.begin_write().await?;
            provider::pause_provider(&txn, provider, error.code, shared.options.probe()).await?;
            txn.commit().await
        };
        patiently(&shared.hurry, pause).await?;
        tracing::warn!(provider, code = error.code.as_str(), "provider paused");
        Ok(())
    }
}
