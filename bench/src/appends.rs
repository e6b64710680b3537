//! `POST …/prompt/versions` against raw durable inserts through the same driver.

use std::{cell::Cell, rc::Rc};

use colophon_contract::AppendVersion;
use colophon_test_support::{Engine, Fixture, TestDatabase};
use sea_orm::ConnectionTrait;

use crate::{
    Failure,
    child::{Driver, Server},
    load::{post, round},
    sample::{Plan, Rounds},
    seed::{self, Seeded},
    table::{self, Target, say},
};

/// On one engine: 32 clients, each on a prompt of its own.
pub(crate) async fn measure(engine: Engine, plan: Plan) -> Result<(), Failure> {
    let raw = TestDatabase::fresh(engine).await;
    let conn = raw.connect().await;
    conn.execute_unprepared(seed::RAW_TABLE[usize::from(engine == Engine::Postgres)]).await?;
    let durability = durability(engine, &conn).await?;
    conn.close().await?;
    let mut driver = Driver::start(raw.url(), "-", &[0])?;

    let seeded = Seeded::new(engine, 1).await?;
    let server = Server::start(seeded.database.url()).await?;
    let latest: Vec<_> = seeded.works.iter().map(|_| Rc::new(Cell::new(1))).collect();
    let (mut appends, mut inserts) = (Rounds::default(), Rounds::default());
    for _ in 0..plan.rounds {
        let clients = seeded.works.iter().zip(&latest);
        let clients =
            clients.map(|(id, latest)| editor(*id, latest.clone(), seeded.cookie.clone())).collect();
        appends.push(round(server.address, clients, 201, plan.seconds).await?);
        inserts.push(driver.round("insert", plan.seconds)?);
    }
    table::heading(&format!("{engine:?}: POST …/prompt/versions, 32 clients on 32 prompts ({durability})"));
    table::rates(&[("server", &appends), ("raw durable inserts by the driver", &inserts)]);
    table::verdict("server / raw inserts", appends.rate_to(&inserts), "", Target::AtLeast(0.5));
    say("");
    Ok(())
}

/// Makes one append after the other; `latest` is the number of the prompt's latest version.
fn editor(work_id: i64, latest: Rc<Cell<i32>>, cookie: String) -> impl FnMut() -> Vec<u8> + 'static {
    let path = colophon_contract::url::versions(work_id);
    move || {
        let base_version = latest.get();
        latest.set(base_version + 1);
        let next = AppendVersion {
            model: seed::MODEL.to_owned(),
            template: seed::template(usize::try_from(base_version).unwrap_or_default() + 1),
            parameters: seed::parameters(),
            note: "Names again".to_owned(),
            name: None,
            base_version,
        };
        post(&path, &cookie, &serde_json::to_vec(&next).unwrap_or_default())
    }
}

/// What the engine promises of a commit.
async fn durability(engine: Engine, conn: &sea_orm::DatabaseConnection) -> Result<String, Failure> {
    if engine == Engine::Sqlite {
        return Ok("WAL, synchronous=FULL".to_owned());
    }
    let mut settings = Vec::new();
    for name in ["fsync", "synchronous_commit"] {
        let row = conn
            .query_one_raw(sea_orm::Statement::from_string(
                sea_orm::DbBackend::Postgres,
                format!("SHOW {name}"),
            ))
            .await?
            .ok_or("no such setting")?;
        settings.push(format!("{name}={}", row.try_get_by_index::<String>(0)?));
    }
    Ok(settings.join(", "))
}
