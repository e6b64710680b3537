//! Which file a work was made from, so that importing the file again can be noticed.

use sea_orm_migration::prelude::*;

use crate::{history::Loss, script::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

pub(crate) const LOSSES: &[Loss] = &[Loss {
    what: "hashes of the files that works were made from",
    count: "SELECT count(*) FROM works WHERE file_sha256 IS NOT NULL",
}];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN, DOWN).await
    }
}

// Works of older versions have none: their files are gone.
const UP: &str = "
ALTER TABLE works ADD COLUMN file_sha256 TEXT CONSTRAINT work_file_sha256 CHECK (length(file_sha256) = 64);
CREATE INDEX works_file_sha256 ON works (file_sha256) WHERE file_sha256 IS NOT NULL;
";

const DOWN: &str = "
DROP INDEX works_file_sha256;
ALTER TABLE works DROP COLUMN file_sha256;
";
