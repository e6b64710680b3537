//! A hash chain over the events of each run, so that a history which was shortened or rewritten is detected.
//!
//! `run_events.chain_hash` covers the event and the chain hash before it. The run's row holds the end of its chain (hash
//! and number of events), and so do the entries of the audit log about the run. Events from before this migration
//! have no chain hash: the first new event of their run covers them.
//!
//! Triggers refuse an event without a chain hash in a run that has a chain, so that a server of an older version cannot
//! break one, and an end of a chain that is not the run's next event.

use sea_orm_migration::prelude::*;

use crate::{history::Loss, script::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

pub(crate) const LOSSES: &[Loss] = &[
    Loss {
        what: "translations whose events are chained by hashes",
        count: "SELECT count(*) FROM chapter_translations WHERE chain_hash IS NOT NULL",
    },
    Loss {
        what: "entries of the audit log with the end of such a chain",
        count: "SELECT count(*) FROM audit_log WHERE chain_hash IS NOT NULL",
    },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, COLUMNS_SQLITE, COLUMNS_POSTGRES).await?;
        run(manager, TRIGGERS_SQLITE, TRIGGERS_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DROP_TRIGGERS_SQLITE, DROP_TRIGGERS_POSTGRES).await?;
        run(manager, DROP_COLUMNS, DROP_COLUMNS).await
    }
}

// A CHECK that names two columns belongs to the one that is dropped first.
const COLUMNS_SQLITE: &str = "
ALTER TABLE run_events ADD COLUMN chain_hash TEXT CONSTRAINT event_chain CHECK (chain_hash IS NULL
  OR (length(chain_hash) = 64 AND chain_hash NOT GLOB '*[^0-9a-f]*' AND record_sha256 IS NOT NULL));
ALTER TABLE chapter_translations ADD COLUMN chain_hash TEXT CONSTRAINT run_chain_hash
  CHECK (length(chain_hash) = 64 AND chain_hash NOT GLOB '*[^0-9a-f]*');
ALTER TABLE chapter_translations ADD COLUMN chain_length INTEGER CONSTRAINT run_chain_length
  CHECK ((chain_length IS NULL) = (chain_hash IS NULL) AND (chain_length IS NULL OR chain_length > 0));
ALTER TABLE audit_log ADD COLUMN chain_hash TEXT CONSTRAINT audit_chain_hash
  CHECK (length(chain_hash) = 64 AND chain_hash NOT GLOB '*[^0-9a-f]*');
ALTER TABLE audit_log ADD COLUMN chain_length INTEGER CONSTRAINT audit_chain_length
  CHECK ((chain_length IS NULL) = (chain_hash IS NULL) AND (chain_length IS NULL OR chain_length > 0));
";

const COLUMNS_POSTGRES: &str = "
ALTER TABLE run_events ADD COLUMN chain_hash TEXT CONSTRAINT event_chain CHECK (chain_hash IS NULL
  OR (chain_hash ~ '^[0-9a-f]{64}$' AND record_sha256 IS NOT NULL));
ALTER TABLE chapter_translations ADD COLUMN chain_hash TEXT CONSTRAINT run_chain_hash
  CHECK (chain_hash ~ '^[0-9a-f]{64}$');
ALTER TABLE chapter_translations ADD COLUMN chain_length BIGINT CONSTRAINT run_chain_length
  CHECK ((chain_length IS NULL) = (chain_hash IS NULL) AND (chain_length IS NULL OR chain_length > 0));
ALTER TABLE audit_log ADD COLUMN chain_hash TEXT CONSTRAINT audit_chain_hash
  CHECK (chain_hash ~ '^[0-9a-f]{64}$');
ALTER TABLE audit_log ADD COLUMN chain_length BIGINT CONSTRAINT audit_chain_length
  CHECK ((chain_length IS NULL) = (chain_hash IS NULL) AND (chain_length IS NULL OR chain_length > 0));
";

const DROP_COLUMNS: &str = "
ALTER TABLE audit_log DROP COLUMN chain_length;
ALTER TABLE audit_log DROP COLUMN chain_hash;
ALTER TABLE chapter_translations DROP COLUMN chain_length;
ALTER TABLE chapter_translations DROP COLUMN chain_hash;
ALTER TABLE run_events DROP COLUMN chain_hash;
";

const TRIGGERS_SQLITE: &str = "
CREATE TRIGGER run_events_chain BEFORE INSERT ON run_events BEGIN
  SELECT RAISE(ABORT, 'colophon: an event continues the chain of its run')
    WHERE EXISTS (SELECT 1 FROM chapter_translations WHERE id = NEW.run_id AND chain_hash IS NOT NULL
      AND (NEW.chain_hash IS NULL OR NEW.seq IS NOT chain_length + 1));
END;
CREATE TRIGGER chapter_translations_chain BEFORE UPDATE ON chapter_translations
WHEN OLD.chain_hash IS NOT NEW.chain_hash OR OLD.chain_length IS NOT NEW.chain_length BEGIN
  SELECT RAISE(ABORT, 'colophon: the chain of a run grows with its events')
    WHERE NOT EXISTS (SELECT 1 FROM run_events WHERE run_id = NEW.id AND seq = NEW.chain_length
        AND chain_hash = NEW.chain_hash)
      OR NEW.chain_length IS NOT coalesce(OLD.chain_length + 1, NEW.chain_length);
END;
CREATE TRIGGER chapter_translations_chain_insert BEFORE INSERT ON chapter_translations
WHEN NEW.chain_hash IS NOT NULL OR NEW.chain_length IS NOT NULL BEGIN
  SELECT RAISE(ABORT, 'colophon: the chain of a run grows with its events');
END;
";

const DROP_TRIGGERS_SQLITE: &str = "
DROP TRIGGER run_events_chain;
DROP TRIGGER chapter_translations_chain;
DROP TRIGGER chapter_translations_chain_insert;
";

const TRIGGERS_POSTGRES: &str = "
CREATE FUNCTION colophon_check_chained_event() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM chapter_translations WHERE id = NEW.run_id AND chain_hash IS NOT NULL
    AND (NEW.chain_hash IS NULL OR NEW.seq IS DISTINCT FROM chain_length + 1)) THEN
    PERFORM colophon_raise('colophon: an event continues the chain of its run');
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION colophon_check_chain() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp SET enable_seqscan = off AS $$
BEGIN
  IF NEW.chain_length IS DISTINCT FROM coalesce(OLD.chain_length + 1, NEW.chain_length) OR NOT EXISTS
    (SELECT 1 FROM run_events WHERE run_id = NEW.id AND seq = NEW.chain_length AND chain_hash = NEW.chain_hash) THEN
    PERFORM colophon_raise('colophon: the chain of a run grows with its events');
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER run_events_chain BEFORE INSERT ON run_events
  FOR EACH ROW EXECUTE FUNCTION colophon_check_chained_event();
CREATE TRIGGER chapter_translations_chain BEFORE UPDATE ON chapter_translations FOR EACH ROW
  WHEN (OLD.chain_hash IS DISTINCT FROM NEW.chain_hash OR OLD.chain_length IS DISTINCT FROM NEW.chain_length)
  EXECUTE FUNCTION colophon_check_chain();
CREATE TRIGGER chapter_translations_chain_insert BEFORE INSERT ON chapter_translations FOR EACH ROW
  WHEN (NEW.chain_hash IS NOT NULL OR NEW.chain_length IS NOT NULL)
  EXECUTE FUNCTION colophon_refuse('colophon: the chain of a run grows with its events');
ALTER TABLE run_events ENABLE ALWAYS TRIGGER run_events_chain;
ALTER TABLE chapter_translations ENABLE ALWAYS TRIGGER chapter_translations_chain;
ALTER TABLE chapter_translations ENABLE ALWAYS TRIGGER chapter_translations_chain_insert;
";

const DROP_TRIGGERS_POSTGRES: &str = "
DROP TRIGGER run_events_chain ON run_events;
DROP TRIGGER chapter_translations_chain ON chapter_translations;
DROP TRIGGER chapter_translations_chain_insert ON chapter_translations;
DROP FUNCTION colophon_check_chained_event();
DROP FUNCTION colophon_check_chain();
";
