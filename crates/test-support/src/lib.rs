//! For tests: a database each, on SQLite and PostgreSQL.
