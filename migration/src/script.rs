//! Runs a migration's SQL on the current engine.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

/// The code points of Unicode white space, which Rust's `str::trim` removes.
const WHITE_SPACE: [u32; 25] = [
    0x9, 0xA, 0xB, 0xC, 0xD, 0x20, 0x85, 0xA0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005,
    0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
];

/// Runs the script of the current engine, which may contain several statements.
///
/// `{white_space}` becomes a string of all white space, `{schema}` the quoted schema in which tables are
/// created (PostgreSQL).
pub(crate) async fn run(manager: &SchemaManager<'_>, sqlite: &str, postgres: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let script = match db.get_database_backend() {
        DbBackend::Sqlite => {
            let points = WHITE_SPACE.map(|point| point.to_string()).join(", ");
            sqlite.replace("{white_space}", &format!("char({points})"))
        }
        DbBackend::Postgres => {
            let points = WHITE_SPACE.map(|point| format!("\\u{point:04x}")).concat();
            postgres
                .replace("{white_space}", &format!("E'{points}'"))
                .replace("{schema}", &current_schema(db).await?)
        }
        other => return Err(DbErr::BackendNotSupported { db: other.as_str(), ctx: "migrations" }),
    };
    db.execute_unprepared(&script).await?;
    Ok(())
}

async fn current_schema(db: &SchemaManagerConnection<'_>) -> Result<String, DbErr> {
    let sql = "SELECT quote_ident(current_schema()) AS schema";
    let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let schema: Option<String> = row.map(|row| row.try_get("", "schema")).transpose()?.flatten();
    schema.ok_or_else(|| DbErr::Migration("the search path names no schema that exists".to_owned()))
}
