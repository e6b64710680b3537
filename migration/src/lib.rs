//! The database's history, for SQLite and PostgreSQL.
