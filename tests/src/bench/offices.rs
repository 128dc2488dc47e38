//! S8: a county at its desks. Three hundred villages with a hundred thousand households, searched and summed up.
//!
//! Some villages are written through the relay, so that their rows are what the server makes of household files; the
//! others are copies of those rows under other names. Copies have no changes and no snapshots: what is measured here
//! reads rows alone.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use qiao_demo::generator::{NOW_S, Spec, village};
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::registry::accounts::{self, NewAccount};
use qiao_server::registry::people::{self, NewPerson};
use qiao_server::registry::places::{self, Level, Place};
use qiao_server::registry::{Actor, Role};
use qiao_server::store::DATABASE_FILE;
use qiao_server::{Running, serve};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use sync_core::edit::{ChangeDocument, Edit, EditOp, NewDocument};
use sync_core::id::DocId;

use super::figures::{Figures, Target};

const TOWNSHIPS: usize = 10;
const VILLAGES_OF_TOWNSHIP: usize = 30;
const HOUSEHOLDS: usize = 333;
/// Villages that are written through the relay.
const WRITTEN: usize = 6;
/// Questions of each sort.
const QUESTIONS: usize = 200;
/// The same of what looks at every household.
const QUESTIONS_OF_ALL: usize = 40;
const OVERVIEW_MS_MAX: f64 = 200.0;
const SEARCH_MS_MAX: f64 = 200.0;
const PASSWORD: &str = "a password for measuring";
/// Distance between the numbers of a document and its copy in the next village.
const NUMBERS_OF_VILLAGE: usize = 100_000;

/// Runs S8.
pub(super) async fn offices(figures: &mut Figures) -> Result<()> {
    let county = County::fill().await?;
    for (who, of) in [
        ("town", "one township of 9,990 households"),
        ("dept", "300 villages, 99,900 households"),
    ] {
        let desk = county.sign_in(who).await?;
        let cold = desk.ask("/api/v1/overview", None).await?.1;
        figures.timed(
            "S8",
            format!("first overview of {of}"),
            millis(cold),
            "ms",
            Target::Stated,
        );
        let overview = desk.p95(QUESTIONS, |_| ("/api/v1/overview", None)).await?;
        figures.timed(
            "S8",
            format!("overview of {of}, p95"),
            overview,
            "ms",
            Target::AtMost(OVERVIEW_MS_MAX),
        );
        for (sort, questions) in QUERIES {
            let question = |index: usize| {
                (
                    "/api/v1/households/search",
                    Some(json!({ "q": questions[index % questions.len()] })),
                )
            };
            let p95 = desk.p95(QUESTIONS, question).await?;
            figures.timed(
                "S8",
                format!("search by {sort} in {of}, p95"),
                p95,
                "ms",
                Target::AtMost(SEARCH_MS_MAX),
            );
        }
        let filtered = |_| {
            let filter = json!({ "monitored": true, "not_visited_days": 90, "register_state": "active", "count": true });
            ("/api/v1/households/search", Some(filter))
        };
        let p95 = desk.p95(QUESTIONS_OF_ALL, filtered).await?;
        figures.timed(
            "S8",
            format!("monitored and not visited in 90 days, counted, of {of}, p95"),
            p95,
            "ms",
            Target::Stated,
        );
        let p95 = desk
            .p95(QUESTIONS, |_| ("/api/v1/needs?overdue=true", None))
            .await?;
        figures.timed(
            "S8",
            format!("overdue needs of {of}, p95"),
            p95,
            "ms",
            Target::Stated,
        );
        let p95 = desk.p95(QUESTIONS, |_| ("/api/v1/activity", None)).await?;
        figures.timed("S8", format!("months of {of}, p95"), p95, "ms", Target::Stated);
        let moved = county.until_a_change_shows(&desk).await?;
        figures.timed(
            "S8",
            format!("from a change to the figures of {of}"),
            millis(moved),
            "ms",
            Target::AtMost(1_000.0),
        );
    }
    county.server.shutdown().await
}

const QUERIES: &[(&str, &[&str])] = &[
    ("surname", &["张", "王", "李", "陈", "杨"]),
    ("pinyin", &["zhang", "wangx", "lij", "chen", "yangm"]),
    ("initials", &["zx", "wj", "lgh", "cm", "yf"]),
    (
        "two words",
        &["zhang 00", "王 wang", "li 01", "chen 0012", "杨 y"],
    ),
    (
        "end of an identity number",
        &["0012", "123X", "31002", "4417", "2218"],
    ),
];

struct County {
    server: Running,
    http: Client,
    _dir: tempfile::TempDir,
    household: String,
}

struct Desk {
    http: Client,
    url: String,
    token: String,
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

fn village_id(index: usize) -> String {
    format!("v{index:03}")
}

impl County {
    async fn fill() -> Result<County> {
        let started = Instant::now();
        let dir = tempfile::tempdir()?;
        let server = serve(Config::for_tests(dir.path()), Clock::System, None).await?;
        let (app, root) = (&server.app, Actor::command_line());
        let place = |id: String, parent: Option<String>, level| Place {
            name: format!("地方{id}"),
            id,
            parent,
            level,
        };
        places::create(app, &root, place("c".into(), None, Level::County)).await?;
        for township in 0..TOWNSHIPS {
            let id = format!("t{township}");
            places::create(app, &root, place(id.clone(), Some("c".into()), Level::Township)).await?;
            for index in 0..VILLAGES_OF_TOWNSHIP {
                let village = village_id(township * VILLAGES_OF_TOWNSHIP + index);
                places::create(app, &root, place(village, Some(id.clone()), Level::Village)).await?;
            }
        }
        for (id, role, place) in [("town", Role::Township, "t0"), ("dept", Role::County, "c")] {
            let person = NewPerson {
                id: Some(id.into()),
                name: id.into(),
                phone: None,
                role,
                places: vec![place.into()],
                unit: None,
            };
            people::create(app, &root, person).await?;
            let account = NewAccount {
                person: id.into(),
                login: id.into(),
                password: PASSWORD.into(),
            };
            accounts::create(app, &root, account, false).await?;
        }
        let mut db = SqliteConnection::connect_with(
            &SqliteConnectOptions::new()
                .filename(dir.path().join(DATABASE_FILE))
                .busy_timeout(Duration::from_secs(60)),
        )
        .await?;
        let mut household = String::new();
        for index in 0..WRITTEN {
            household = write_village(&server, &mut db, index).await?;
        }
        for index in WRITTEN..TOWNSHIPS * VILLAGES_OF_TOWNSHIP {
            copy_village(&mut db, index % WRITTEN, index).await?;
        }
        sqlx::raw_sql("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut db)
            .await?;
        let (households, documents): (i64, i64) =
            sqlx::query_as("SELECT (SELECT count(*) FROM households), (SELECT count(*) FROM documents)")
                .fetch_one(&mut db)
                .await?;
        let bytes = std::fs::metadata(dir.path().join(DATABASE_FILE))?.len();
        db.close().await?;
        println!(
            "county: {households} households, {documents} documents, {} MiB, {:.0} s",
            bytes >> 20,
            started.elapsed().as_secs_f64()
        );
        Ok(County {
            server,
            http: Client::builder().no_proxy().build()?,
            _dir: dir,
            household,
        })
    }

    async fn sign_in(&self, login: &str) -> Result<Desk> {
        let mut desk = Desk {
            http: self.http.clone(),
            url: self.server.url.clone(),
            token: String::new(),
        };
        let body = json!({ "login": login, "password": PASSWORD, "want_token": true });
        let me = desk.ask("/api/v1/session", Some(body)).await?.0;
        desk.token = me["token"].as_str().context("a token")?.to_owned();
        Ok(desk)
    }

    /// A household's guarantee turns bad: how long until the figures say so.
    async fn until_a_change_shows(&self, desk: &Desk) -> Result<Duration> {
        let gaps = |overview: &Value| {
            let numbers = overview["numbers"].as_array().cloned().unwrap_or_default();
            numbers
                .iter()
                .find(|number| number["key"] == "gaps")
                .map(|number| number["value"].clone())
        };
        let before = gaps(&desk.ask("/api/v1/overview", None).await?.0);
        let water = before.as_ref().and_then(Value::as_i64).unwrap_or(0) % 2 == 0;
        let names = [
            "food",
            "clothing",
            "education",
            "medical_insurance",
            "housing",
            "water",
        ];
        let ops = names.map(|name| EditOp::Set {
            path: vec!["guarantees".into(), name.into()],
            value: water.into(),
        });
        let mut started = Instant::now();
        for value in [water, !water] {
            let ops = ops.clone().into_iter().map(|op| match op {
                EditOp::Set { path, .. } => EditOp::Set {
                    path,
                    value: value.into(),
                },
                other => other,
            });
            let edit = Edit::Change(ChangeDocument {
                doc: doc_id(&self.household)?,
                at: None,
                ops: ops.collect(),
            });
            started = Instant::now();
            for done in self
                .server
                .app
                .relay
                .author(vec![edit], self.server.app.now())
                .await?
            {
                done.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
            }
            let after = gaps(&desk.ask("/api/v1/overview", None).await?.0);
            if after != before {
                return Ok(started.elapsed());
            }
        }
        bail!("the figures did not move in {:?}", started.elapsed())
    }
}

fn doc_id(text: &str) -> Result<DocId> {
    DocId::parse(text).map_err(|_| anyhow::anyhow!("not the name of a document"))
}

impl Desk {
    async fn ask(&self, path: &str, body: Option<Value>) -> Result<(Value, Duration)> {
        let started = Instant::now();
        let url = format!("{}{path}", self.url);
        let request = match body {
            Some(body) => self
                .http
                .post(url)
                .header("content-type", "application/json")
                .body(body.to_string()),
            None => self.http.get(url),
        };
        let answer = request
            .header("authorization", format!("Bearer {}", self.token))
            .send()
            .await?;
        let status = answer.status();
        let text = answer.text().await?;
        let took = started.elapsed();
        ensure!(status.is_success(), "{path} answers {status}: {text}");
        Ok((serde_json::from_str(&text)?, took))
    }

    /// Milliseconds that nineteen of twenty answers take at most.
    async fn p95(
        &self,
        questions: usize,
        question: impl Fn(usize) -> (&'static str, Option<Value>),
    ) -> Result<f64> {
        let mut took = Vec::with_capacity(questions);
        for index in 0..questions {
            let (path, body) = question(index);
            took.push(millis(self.ask(path, body).await?.1));
        }
        took.sort_by(f64::total_cmp);
        Ok(took[questions * 95 / 100])
    }
}

/// A village whose household files go through the relay; visits and needs are rows. Returns one of its households.
async fn write_village(server: &Running, db: &mut SqliteConnection, index: usize) -> Result<String> {
    let spec = Spec {
        seed: 9_000 + index as u64,
        villages: 1,
        households_per_village: HOUSEHOLDS,
        units: 0,
        now_s: NOW_S,
    };
    let made = village(&spec, 0);
    let place = village_id(index);
    let mut numbered = Vec::new();
    for (number, household) in made.households.iter().enumerate() {
        let mut file = household.file.clone();
        file.value
            .retain(|field, _| !field.starts_with("verif") && field != "village");
        file.value.insert("village".into(), place.clone().into());
        let id = format!("{place}.h{number}");
        file.id = Some(doc_id(&id)?);
        numbered.push((id, file, household));
    }
    let edits: Vec<Edit> = numbered
        .iter()
        .map(|(_, file, _)| Edit::New(file.clone()))
        .collect();
    for edits in edits.chunks(100) {
        for done in server.app.relay.author(edits.to_vec(), server.app.now()).await? {
            done.map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
        }
    }
    let mut no = 1_000_000 + index * NUMBERS_OF_VILLAGE;
    sqlx::query("BEGIN").execute(&mut *db).await?;
    for (id, _, household) in &numbered {
        for journal in &household.journals {
            no += 1;
            write_document(db, no, &format!("{id}.j{no}"), 3, id, &place, journal).await?;
            write_visits(db, no, id, journal).await?;
        }
        for need in &household.needs {
            no += 1;
            write_document(db, no, &format!("{id}.n{no}"), 4, id, &place, need).await?;
            let text = |field: &str| need.value.get(field).and_then(Value::as_str).map(str::to_owned);
            sqlx::query("INSERT INTO needs (doc, title, category, state, urgency, raised_on, due, result_on, closed_on, household) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                .bind(no as i64)
                .bind(text("title"))
                .bind(text("category"))
                .bind(text("state").unwrap_or_else(|| "open".into()))
                .bind(text("urgency").unwrap_or_else(|| "normal".into()))
                .bind(text("raised_on"))
                .bind(text("due"))
                .bind(text("result_on"))
                .bind(text("closed_on"))
                .bind(id)
                .execute(&mut *db)
                .await?;
        }
    }
    sqlx::query("COMMIT").execute(&mut *db).await?;
    Ok(numbered[0].0.clone())
}

async fn write_document(
    db: &mut SqliteConnection,
    no: usize,
    id: &str,
    kind: i64,
    household: &str,
    village: &str,
    document: &NewDocument,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO documents (no, id, kind, household, year, generation, version, heads, authors, feeds, village, list)
         VALUES (?, ?, ?, ?, ?, 0, 1, zeroblob(32), x'02', x'0101', ?, x'')",
    )
    .bind(no as i64)
    .bind(id)
    .bind(kind)
    .bind(household)
    .bind(document.year.map(i64::from))
    .bind(village)
    .execute(db)
    .await?;
    Ok(())
}

async fn write_visits(
    db: &mut SqliteConnection,
    no: usize,
    household: &str,
    journal: &NewDocument,
) -> Result<()> {
    let visits = journal.value.get("visits");
    let entries: Vec<&Value> = match visits {
        Some(Value::Array(entries)) => entries.iter().collect(),
        Some(Value::Object(entries)) => entries.values().collect(),
        _ => Vec::new(),
    };
    let dates: Vec<&str> = entries
        .iter()
        .filter_map(|entry| entry["date"].as_str())
        .collect();
    let month = |month: usize| {
        dates
            .iter()
            .filter(|date| date.get(5..7) == Some(&format!("{month:02}")))
            .count()
    };
    let months: Vec<String> = (1..=12).map(|m| month(m).to_string()).collect();
    let sql = format!("INSERT INTO visits VALUES (?, ?, ?, ?, {})", months.join(", "));
    sqlx::query(AssertSqlSafe(sql))
        .bind(no as i64)
        .bind(entries.len() as i64)
        .bind(dates.iter().max())
        .bind(household)
        .execute(db)
        .await?;
    Ok(())
}

/// The rows of a village again, under other names.
async fn copy_village(db: &mut SqliteConnection, from: usize, to: usize) -> Result<()> {
    let (from, to, by) = (
        village_id(from),
        village_id(to),
        (to * NUMBERS_OF_VILLAGE * 10) as i64,
    );
    let (from_like, at) = (format!("{from}%"), from.len() + 1);
    let renamed = |column: &str| format!("'{to}' || substr({column}, {at})");
    let (id, household) = (renamed("id"), renamed("household"));
    let of_needs = format!("household LIKE '{from_like}'");
    let sql = format!(
        "BEGIN;
         INSERT INTO documents SELECT no + {by}, {id}, kind, village0, {household}, year, generation, version, heads,
            authors, feeds, '{to}', unit, list FROM documents WHERE village = '{from}' AND kind IN (2, 3, 4);
         INSERT INTO households SELECT doc + {by}, number, group_no, householder, register_state, household_type,
            monitoring_type, risk, risk_level, risk_state, allowance_class, phone, members, {id}, '{to}', sort, names,
            terms, gaps, measures, conflicts, verified_at FROM households WHERE village = '{from}';
         INSERT INTO needs SELECT doc + {by}, unit, category, title, state, urgency, raised_on, due, result_on,
            closed_on, {household}, answered_on, conflicts FROM needs WHERE {of_needs};
         INSERT INTO visits SELECT doc + {by}, visits, last_on, {household}, m01, m02, m03, m04, m05, m06, m07, m08,
            m09, m10, m11, m12 FROM visits WHERE {of_needs};
         COMMIT"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(db).await?;
    Ok(())
}
