//! Roles, tokens with scopes, one-time links, and the audit log.
//!
//! The database itself keeps the log as it was written, keeps users and tokens for ever, and refuses to lose the
//! last administrator.

use sea_orm_migration::prelude::*;

use crate::{history::Loss, script::run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

pub(crate) const LOSSES: &[Loss] = &[
    Loss { what: "entries of the audit log", count: "SELECT count(*) FROM audit_log" },
    Loss {
        what: "bindings of tokens to a work",
        count: "SELECT count(*) FROM api_tokens WHERE work_id IS NOT NULL",
    },
    Loss {
        what: "tokens with some scopes only",
        count: "SELECT count(*) FROM api_tokens WHERE scopes IN ('read write', 'read run')",
    },
    Loss { what: "invitations", count: "SELECT count(*) FROM users WHERE password_set_at IS NULL" },
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP_SQLITE, UP_POSTGRES).await?;
        run(manager, INDEXES, INDEXES).await?;
        run(manager, TRIGGERS_SQLITE, TRIGGERS_POSTGRES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN_SQLITE, DOWN_POSTGRES).await
    }
}

const UP_SQLITE: &str = "
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  at TEXT NOT NULL,
  actor_kind TEXT CHECK (actor_kind IN ('user', 'token', 'system')),
  actor_id INTEGER,
  actor_name TEXT CHECK ((actor_name IS NULL) = (actor_kind IS NULL)),
  address TEXT,
  request_id TEXT,
  action TEXT NOT NULL,
  work_id INTEGER,
  subject_kind TEXT NOT NULL,
  subject_id INTEGER,
  subject_name TEXT,
  before_id INTEGER,
  after_id INTEGER,
  detail TEXT
) STRICT;

ALTER TABLE users ADD COLUMN password_set_at TEXT;
ALTER TABLE users ADD COLUMN link_sha256 TEXT
  CHECK (length(link_sha256) = 64 AND link_sha256 NOT GLOB '*[^0-9a-f]*');
ALTER TABLE users ADD COLUMN link_expires_at TEXT;
UPDATE users SET password_set_at = created_at;

ALTER TABLE api_tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT 'read'
  CHECK (scopes IN ('read', 'read write', 'read run', 'read write run'));
ALTER TABLE api_tokens ADD COLUMN work_id INTEGER REFERENCES works (id) ON DELETE RESTRICT;
UPDATE api_tokens SET scopes = 'read write run' WHERE role <> 'viewer';
ALTER TABLE api_tokens DROP COLUMN role;
";

const UP_POSTGRES: &str = "
CREATE TABLE audit_log (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (id > 0),
  at TIMESTAMPTZ NOT NULL,
  actor_kind TEXT CHECK (actor_kind IN ('user', 'token', 'system')),
  actor_id BIGINT,
  actor_name TEXT CHECK ((actor_name IS NULL) = (actor_kind IS NULL)),
  address TEXT,
  request_id TEXT,
  action TEXT NOT NULL,
  work_id BIGINT,
  subject_kind TEXT NOT NULL,
  subject_id BIGINT,
  subject_name TEXT,
  before_id BIGINT,
  after_id BIGINT,
  detail TEXT
);

ALTER TABLE users ADD COLUMN password_set_at TIMESTAMPTZ;
ALTER TABLE users ADD COLUMN link_sha256 TEXT CHECK (link_sha256 ~ '^[0-9a-f]{64}$');
ALTER TABLE users ADD COLUMN link_expires_at TIMESTAMPTZ;
UPDATE users SET password_set_at = created_at;

ALTER TABLE api_tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT 'read'
  CHECK (scopes IN ('read', 'read write', 'read run', 'read write run'));
ALTER TABLE api_tokens ADD COLUMN work_id BIGINT REFERENCES works (id) ON DELETE RESTRICT;
UPDATE api_tokens SET scopes = 'read write run' WHERE role <> 'viewer';
ALTER TABLE api_tokens DROP COLUMN role;
";

const INDEXES: &str = "
CREATE UNIQUE INDEX users_link_sha256 ON users (link_sha256);
CREATE INDEX api_tokens_owner_id ON api_tokens (owner_id);
CREATE INDEX audit_log_work ON audit_log (work_id, id);
CREATE INDEX audit_log_actor ON audit_log (actor_kind, actor_id, id);
CREATE INDEX audit_log_action ON audit_log (action, id);
";

const TRIGGERS_SQLITE: &str = "
CREATE TRIGGER audit_log_insert BEFORE INSERT ON audit_log BEGIN
  SELECT RAISE(ABORT, 'colophon: the audit log is only ever appended to')
    WHERE NEW.id > 0 AND NEW.id <= (SELECT max(id) FROM audit_log);
END;
CREATE TRIGGER audit_log_update BEFORE UPDATE ON audit_log BEGIN
  SELECT RAISE(ABORT, 'colophon: the audit log is only ever appended to');
END;
CREATE TRIGGER audit_log_delete BEFORE DELETE ON audit_log BEGIN
  SELECT RAISE(ABORT, 'colophon: the audit log is only ever appended to');
END;

CREATE TRIGGER users_insert BEFORE INSERT ON users BEGIN
  SELECT RAISE(ABORT, 'colophon: users are never deleted')
    WHERE EXISTS (SELECT 1 FROM users
      WHERE id = NEW.id OR name_key = NEW.name_key OR link_sha256 = NEW.link_sha256);
END;
CREATE TRIGGER users_update BEFORE UPDATE ON users BEGIN
  SELECT RAISE(ABORT, 'colophon: users are never deleted')
    WHERE OLD.id IS NOT NEW.id OR EXISTS (SELECT 1 FROM users WHERE id <> OLD.id
      AND (name_key = NEW.name_key OR link_sha256 = NEW.link_sha256));
  SELECT RAISE(ABORT, 'colophon: somebody must remain who can manage users')
    WHERE OLD.role = 'admin' AND OLD.disabled_at IS NULL AND OLD.password_set_at IS NOT NULL
      AND (NEW.role <> 'admin' OR NEW.disabled_at IS NOT NULL OR NEW.password_set_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM users WHERE id <> OLD.id
        AND role = 'admin' AND disabled_at IS NULL AND password_set_at IS NOT NULL);
END;
CREATE TRIGGER users_delete BEFORE DELETE ON users BEGIN
  SELECT RAISE(ABORT, 'colophon: users are never deleted');
END;

CREATE TRIGGER api_tokens_insert BEFORE INSERT ON api_tokens BEGIN
  SELECT RAISE(ABORT, 'colophon: tokens are never deleted')
    WHERE EXISTS (SELECT 1 FROM api_tokens WHERE id = NEW.id OR token_sha256 = NEW.token_sha256);
END;
CREATE TRIGGER api_tokens_update BEFORE UPDATE ON api_tokens
WHEN OLD.id IS NOT NEW.id OR OLD.token_sha256 IS NOT NEW.token_sha256 OR OLD.name IS NOT NEW.name
  OR OLD.owner_id IS NOT NEW.owner_id OR OLD.scopes IS NOT NEW.scopes OR OLD.work_id IS NOT NEW.work_id
  OR OLD.created_at IS NOT NEW.created_at
  OR (OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at))
  OR (OLD.revoked_at IS NOT NULL AND OLD.revoked_at IS NOT NEW.revoked_at)
BEGIN
  SELECT RAISE(ABORT, 'colophon: a token is only ever used, revoked or left to expire');
END;
CREATE TRIGGER api_tokens_delete BEFORE DELETE ON api_tokens BEGIN
  SELECT RAISE(ABORT, 'colophon: tokens are never deleted');
END;
";

const TRIGGERS_POSTGRES: &str = "
CREATE TRIGGER audit_log_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: the audit log is only ever appended to');
CREATE TRIGGER audit_log_insert BEFORE INSERT ON audit_log FOR EACH ROW
  WHEN (NEW.id IS DISTINCT FROM currval('{schema}.audit_log_id_seq'))
  EXECUTE FUNCTION colophon_refuse('colophon: the audit log is only ever appended to');
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_change;
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_insert;

CREATE FUNCTION colophon_check_user() RETURNS trigger LANGUAGE plpgsql
SET search_path = {schema}, pg_temp AS $$
BEGIN
  IF NEW.id IS DISTINCT FROM OLD.id THEN
    PERFORM colophon_raise('colophon: users are never deleted');
  END IF;
  IF OLD.role = 'admin' AND OLD.disabled_at IS NULL AND OLD.password_set_at IS NOT NULL
    AND (NEW.role <> 'admin' OR NEW.disabled_at IS NOT NULL OR NEW.password_set_at IS NULL) THEN
    -- Of two who remove each other at the same moment the second sees what the first did.
    PERFORM 1 FROM users WHERE id <> OLD.id AND role = 'admin' FOR UPDATE;
    IF NOT EXISTS (SELECT 1 FROM users WHERE id <> OLD.id
        AND role = 'admin' AND disabled_at IS NULL AND password_set_at IS NOT NULL) THEN
      PERFORM colophon_raise('colophon: somebody must remain who can manage users');
    END IF;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER users_update BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION colophon_check_user();
CREATE TRIGGER users_delete BEFORE DELETE OR TRUNCATE ON users
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: users are never deleted');
CREATE TRIGGER api_tokens_update BEFORE UPDATE ON api_tokens FOR EACH ROW
  WHEN (OLD.id IS DISTINCT FROM NEW.id OR OLD.token_sha256 IS DISTINCT FROM NEW.token_sha256
    OR OLD.name IS DISTINCT FROM NEW.name OR OLD.owner_id IS DISTINCT FROM NEW.owner_id
    OR OLD.scopes IS DISTINCT FROM NEW.scopes OR OLD.work_id IS DISTINCT FROM NEW.work_id
    OR OLD.created_at IS DISTINCT FROM NEW.created_at
    OR (OLD.expires_at IS NOT NULL AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at))
    OR (OLD.revoked_at IS NOT NULL AND OLD.revoked_at IS DISTINCT FROM NEW.revoked_at))
  EXECUTE FUNCTION colophon_refuse('colophon: a token is only ever used, revoked or left to expire');
CREATE TRIGGER api_tokens_delete BEFORE DELETE OR TRUNCATE ON api_tokens
  FOR EACH STATEMENT EXECUTE FUNCTION colophon_refuse('colophon: tokens are never deleted');
ALTER TABLE users ENABLE ALWAYS TRIGGER users_update;
ALTER TABLE users ENABLE ALWAYS TRIGGER users_delete;
ALTER TABLE api_tokens ENABLE ALWAYS TRIGGER api_tokens_update;
ALTER TABLE api_tokens ENABLE ALWAYS TRIGGER api_tokens_delete;
";

const DOWN_SQLITE: &str = "
DROP TRIGGER api_tokens_insert;
DROP TRIGGER api_tokens_update;
DROP TRIGGER api_tokens_delete;
DROP TRIGGER users_insert;
DROP TRIGGER users_update;
DROP TRIGGER users_delete;
DROP TRIGGER audit_log_insert;
DROP TRIGGER audit_log_update;
DROP TRIGGER audit_log_delete;
DROP INDEX api_tokens_owner_id;
DROP INDEX users_link_sha256;
ALTER TABLE api_tokens ADD COLUMN role TEXT NOT NULL DEFAULT 'viewer'
  CHECK (role IN ('viewer', 'operator', 'admin'));
UPDATE api_tokens SET role = 'operator' WHERE scopes <> 'read';
ALTER TABLE api_tokens DROP COLUMN work_id;
ALTER TABLE api_tokens DROP COLUMN scopes;
ALTER TABLE users DROP COLUMN link_expires_at;
ALTER TABLE users DROP COLUMN link_sha256;
ALTER TABLE users DROP COLUMN password_set_at;
DROP TABLE audit_log;
";

const DOWN_POSTGRES: &str = "
DROP TRIGGER api_tokens_update ON api_tokens;
DROP TRIGGER api_tokens_delete ON api_tokens;
DROP TRIGGER users_update ON users;
DROP TRIGGER users_delete ON users;
DROP TRIGGER audit_log_change ON audit_log;
DROP TRIGGER audit_log_insert ON audit_log;
DROP FUNCTION colophon_check_user();
DROP INDEX api_tokens_owner_id;
DROP INDEX users_link_sha256;
ALTER TABLE api_tokens ADD COLUMN role TEXT NOT NULL DEFAULT 'viewer'
  CHECK (role IN ('viewer', 'operator', 'admin'));
UPDATE api_tokens SET role = 'operator' WHERE scopes <> 'read';
ALTER TABLE api_tokens ALTER COLUMN role DROP DEFAULT;
ALTER TABLE api_tokens DROP COLUMN work_id;
ALTER TABLE api_tokens DROP COLUMN scopes;
ALTER TABLE users DROP COLUMN link_expires_at;
ALTER TABLE users DROP COLUMN link_sha256;
ALTER TABLE users DROP COLUMN password_set_at;
DROP TABLE audit_log;
";
