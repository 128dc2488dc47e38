//! The real server inside the simulation: its router, its store on a real file system, its clock a variable.
//!
//! There is no socket: requests go straight into the router, and what arrives of a body is decided by the plan to the
//! byte; messages of a live connection are carried one by one. A crash drops everything that was not committed. What the
//! log and the registry say is read beside the product, by a connection of its own.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use futures_util::{StreamExt, stream};
use qiao_device::key::DeviceKey;
use qiao_server::app::App;
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::ops::backup::backup;
use qiao_server::ops::restore::restore;
use qiao_server::ops::verify::verify;
use qiao_server::registry::devices::{Approval, Decision};
use qiao_server::registry::enrolments::{DeviceInfo, EnrolRequest};
use qiao_server::registry::people::NewPerson;
use qiao_server::registry::places::{Level, Place};
use qiao_server::registry::units::Unit;
use qiao_server::registry::{Actor, Role, devices, enrolments, invitations, people, places, units};
use qiao_server::relay::live::Live;
use qiao_server::router::router;
use qiao_server::store::DATABASE_FILE;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use sync_core::engine::Identity;
use sync_core::id::{DocNo, Version};
use tower::ServiceExt;

/// Real time; only a server that hangs takes so long.
const ANSWER_WITHIN: std::time::Duration = std::time::Duration::from_secs(30);

/// A server that can be crashed, copied and put back.
#[derive(Debug)]
pub struct Server {
    runtime: Option<tokio::runtime::Runtime>,
    app: Option<App>,
    dir: PathBuf,
    clock: Clock,
    /// Looks at the database from beside.
    beside: Option<SqliteConnection>,
}

/// A document as the log has it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Name.
    pub id: String,
    /// Household it belongs to.
    pub household: Option<String>,
    /// Changes accepted.
    pub version: Version,
    /// Where it lies now.
    pub village: Option<String>,
    /// Unit it is assigned to now.
    pub unit: Option<String>,
}

/// What the server has at this moment.
#[derive(Debug, Default)]
pub struct Facts {
    /// Every document.
    pub documents: BTreeMap<DocNo, Row>,
    /// Devices in use, hex.
    pub active: Vec<String>,
}

/// The server's end of a live connection.
#[derive(Debug)]
pub struct Line {
    live: Live,
    /// What the server has said and the device has not heard yet.
    pub down: VecDeque<Bytes>,
    /// The server says nothing more.
    pub closed: bool,
}

/// What came back over a line that may have been cut.
#[derive(Debug)]
pub struct Answer {
    /// Status line, if it got through.
    pub status: Option<StatusCode>,
    /// Body bytes that got through.
    pub body: Vec<u8>,
    /// Whether all of it got through.
    pub whole: bool,
}

impl Server {
    /// Starts a server on a directory.
    pub fn start(dir: &Path, clock: Clock) -> Result<Self> {
        let mut server = Server {
            runtime: None,
            app: None,
            dir: dir.to_owned(),
            clock,
            beside: None,
        };
        server.boot()?;
        Ok(server)
    }

    fn boot(&mut self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let app = runtime.block_on(App::open(Config::for_tests(&self.dir), self.clock.clone()));
        self.app = Some(app.map_err(|error| anyhow::anyhow!("the server does not open: {error:?}"))?);
        let beside = SqliteConnectOptions::new()
            .filename(self.dir.join(DATABASE_FILE))
            .read_only(true);
        self.beside = Some(runtime.block_on(beside.connect())?);
        self.runtime = Some(runtime);
        Ok(())
    }

    /// Ends the process without a word.
    fn halt(&mut self) {
        self.app = None;
        if let (Some(runtime), Some(beside)) = (&self.runtime, self.beside.take()) {
            // Only a reader; a failure to close it loses nothing.
            let _ = runtime.block_on(beside.close());
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(std::time::Duration::from_secs(5));
        }
    }

    /// Crashes and starts again on what was committed.
    pub fn crash(&mut self) -> Result<()> {
        self.halt();
        self.boot()
    }

    fn app(&self) -> Result<&App> {
        self.app.as_ref().context("the server is down")
    }

    fn run<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        Ok(self
            .runtime
            .as_ref()
            .context("the server is down")?
            .block_on(work))
    }

    /// County, township, villages, units and their people.
    pub fn found(&self, villages: &[&str], unit_ids: &[&str]) -> Result<()> {
        let app = self.app()?;
        let actor = Actor::command_line();
        self.run(async {
            let place = |id: &str, parent: Option<&str>, level, name: &str| Place {
                id: id.into(),
                parent: parent.map(str::to_owned),
                level,
                name: name.into(),
            };
            places::create(app, &actor, place("c1", None, Level::County, "清河县"))
                .await
                .map_err(debug)?;
            places::create(app, &actor, place("t1", Some("c1"), Level::Township, "石桥乡"))
                .await
                .map_err(debug)?;
            for village in villages {
                let place = place(village, Some("t1"), Level::Village, "上坪村");
                places::create(app, &actor, place).await.map_err(debug)?;
            }
            for unit in unit_ids {
                let unit = Unit {
                    id: (*unit).into(),
                    name: "县农业局".into(),
                    kind: "department".into(),
                    county: None,
                };
                units::create(app, &actor, unit).await.map_err(debug)?;
            }
            Ok(())
        })?
    }

    /// A person with a device, through invitation, request and approval.
    pub fn enrol(
        &self,
        person: &str,
        role: Role,
        places: &[&str],
        unit: Option<&str>,
        key: &DeviceKey,
    ) -> Result<Identity> {
        let app = self.app()?;
        let actor = Actor::command_line();
        self.run(async {
            let new = NewPerson {
                id: Some(person.into()),
                name: format!("某{person}"),
                phone: None,
                role,
                places: places.iter().map(|place| (*place).to_owned()).collect(),
                unit: unit.map(str::to_owned),
            };
            if people::get(app, &actor, person).await.is_err() {
                people::create(app, &actor, new).await.map_err(debug)?;
            }
            let invitation = invitations::NewInvitation {
                person: person.into(),
                role: None,
                places: None,
                unit: None,
                replaces: None,
                expires_ms: None,
            };
            let created = invitations::create(app, &actor, &[invitation])
                .await
                .map_err(debug)?;
            let code = created.first().context("an invitation")?.code.clone();
            let public_key = key.public_key();
            let (model, app_version) = ("sim", "1");
            let proof = sync_core::enrol::Request {
                invite_code: &code,
                public_key: &public_key,
                nonce: key.nonce(),
                model,
                app_version,
            };
            let request = EnrolRequest {
                invite_code: Some(code.clone()),
                walk_up: None,
                public_key: BASE64URL_NOPAD.encode(&public_key),
                nonce: BASE64URL_NOPAD.encode(key.nonce()),
                device: DeviceInfo {
                    model: model.into(),
                    app_version: app_version.into(),
                },
                proof: BASE64URL_NOPAD.encode(&key.sign(&proof.proof_message())),
            };
            // Every phone asks from an address of its own.
            let tail = key.device().0;
            let address = IpAddr::V4(Ipv4Addr::new(127, tail[0], tail[1], tail[2]));
            let enrolled = enrolments::request(app, address, request).await.map_err(debug)?;
            ensure!(
                enrolled.device_id == key.device().to_hex(),
                "both ends derive one device id"
            );
            let approval = Approval {
                words_compared: true,
                ..Approval::default()
            };
            devices::approve(app, &actor, &enrolled.device_id, approval)
                .await
                .map_err(debug)?;
            Ok(Identity {
                deployment: enrolled.deployment_id,
                device: key.device(),
                server_public_key: BASE64URL_NOPAD.decode(enrolled.server_public_key.as_bytes())?,
                app_version: app_version.into(),
            })
        })?
    }

    /// Decides about a device.
    pub fn decide(&self, device: &str, decision: Decision) -> Result<()> {
        let app = self.app()?;
        self.run(async {
            devices::decide(app, &Actor::command_line(), device, decision)
                .await
                .map_err(debug)?;
            Ok(())
        })?
    }

    /// One exchange over a line that delivers `up_max` bytes of the request.
    pub fn exchange(&self, request: &[u8], up_max: usize) -> Result<Answer> {
        let router = router(self.app()?);
        let arrived = Bytes::copy_from_slice(&request[..request.len().min(up_max)]);
        let cut_up = up_max < request.len();
        let pieces = vec![Ok(arrived)]
            .into_iter()
            .chain(cut_up.then(|| Err(std::io::Error::other("line cut"))));
        let mut message = Request::post("/sync/v1/exchange").body(Body::from_stream(stream::iter(pieces)))?;
        message
            .extensions_mut()
            .insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
        self.run(within(async move {
            let response = router.oneshot(message).await.context("the router never fails")?;
            let status = response.status();
            let mut body = Vec::new();
            let mut data = response.into_body().into_data_stream();
            let mut whole = !cut_up;
            while let Some(piece) = data.next().await {
                let Ok(piece) = piece else {
                    whole = false;
                    break;
                };
                body.extend_from_slice(&piece);
            }
            // Nobody reads the answer to a request that never ended.
            Ok(if cut_up {
                Answer {
                    status: None,
                    body: Vec::new(),
                    whole: false,
                }
            } else {
                Answer {
                    status: Some(status),
                    body,
                    whole,
                }
            })
        }))?
    }

    /// A live connection that has said nothing yet.
    pub fn line(&self) -> Result<Line> {
        Ok(Line {
            live: Live::new(self.app()?.relay.clone()),
            down: VecDeque::new(),
            closed: false,
        })
    }

    /// A message arrives; what the server says to it waits in `down`. Wake-ups are left aside, so that one seed plays the
    /// same days: a device that wants news asks for them.
    pub fn hear(&self, line: &mut Line, message: &[u8]) -> Result<()> {
        if line.closed {
            return Ok(());
        }
        let now_ms = self.app()?.now();
        let live = &mut line.live;
        let said = self.run(within(async move {
            let mut said = Vec::new();
            live.take(message, now_ms).await?;
            while let Some(message) = live.next().await? {
                said.push(message);
            }
            Ok(said)
        }))?;
        line.down.extend(said?);
        line.closed = line.live.is_closing();
        Ok(())
    }

    /// What the server has, read beside it.
    pub fn facts(&mut self) -> Result<Facts> {
        let (Some(runtime), Some(beside)) = (&self.runtime, &mut self.beside) else {
            anyhow::bail!("the server is down");
        };
        runtime.block_on(async {
            type Columns = (i64, String, Option<String>, i64, Option<String>, Option<String>);
            let rows: Vec<Columns> =
                sqlx::query_as("SELECT no, id, household, version, village, unit FROM documents")
                    .fetch_all(&mut *beside)
                    .await?;
            let active: Vec<(String,)> =
                sqlx::query_as("SELECT lower(hex(device_id)) FROM devices WHERE status = 'active'")
                    .fetch_all(&mut *beside)
                    .await?;
            let documents = rows
                .into_iter()
                .map(|(no, id, household, version, village, unit)| {
                    let row = Row {
                        id,
                        household,
                        version: version.unsigned_abs(),
                        village,
                        unit,
                    };
                    (no.unsigned_abs(), row)
                });
            Ok(Facts {
                documents: documents.collect(),
                active: active.into_iter().map(|(id,)| id).collect(),
            })
        })
    }

    /// Makes a backup while the server runs, by the product's own command.
    pub fn back_up(&self, to: &Path) -> Result<()> {
        let app = self.app()?;
        self.run(backup(app, to, None))??;
        Ok(())
    }

    /// Replaces the data by a backup, by the product's own command.
    pub fn restore(&mut self, from: &Path) -> Result<()> {
        self.halt();
        std::fs::remove_dir_all(&self.dir)?;
        let config = Config::for_tests(&self.dir);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(restore(&config, self.clock.clone(), from, None, false))?;
        drop(runtime);
        self.boot()
    }

    /// Asks the server's own verification.
    pub fn verify(&self) -> Result<()> {
        let outcome = self.run(verify(self.app()?))??;
        ensure!(
            outcome.problems.is_empty(),
            "qiao verify finds {:?}",
            outcome.problems
        );
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.halt();
    }
}

async fn within<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(ANSWER_WITHIN, work)
        .await
        .context("the server does not answer")?
}

fn debug(error: impl std::fmt::Debug) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}
