//! Everything a running server depends on, in one handle that is cheap to clone.
//!
//! Opening an [`App`] is also what the command line does: it opens the store, reads or creates the
//! keys, names the deployment and gives the server its own device.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use sync_core::id::DeviceId;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::attachments::Attachments;
use crate::auth::limiter::Limiter;
use crate::auth::passkeys::Asked;
use crate::auth::pending::Pending;
use crate::auth::sso::Trip;
use crate::auth::streams::Streams;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;
use crate::keys::KeyPair;
use crate::limits;
use crate::registry::Role;
use crate::registry::devices::{Device, RELAY_NO, Status};
use crate::registry::grants::GrantKeys;
use crate::registry::scope::Scope;
use crate::relay::{Identity, Relay};
use crate::store::Store;
use crate::store::registry::{deployment, devices};

/// Beside the database while a server runs: how phones reach it.
const ADDRESS_FILE: &str = "address";

/// Names this installation of the product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Stands in every envelope and grant.
    pub id: String,
    /// For people.
    pub name: String,
    /// Unix ms.
    pub created_ms: i64,
}

/// The handle.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

/// What the handle leads to.
#[derive(Debug)]
pub struct Inner {
    /// What the server was told.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub store: Store,
    /// Who we are.
    pub deployment: Deployment,
    /// Signs grants and orders.
    pub server_key: KeyPair,
    /// Signs what the server writes into documents, as device 1.
    pub relay_key: KeyPair,
    /// Identity of device 1.
    pub relay_device: DeviceId,
    /// Grants.
    pub grant_keys: GrantKeys,
    /// Bounds on trying.
    pub limiter: Limiter,
    /// Cancelled when the server begins to stop: live streams say good-bye.
    pub stopping: CancellationToken,
    /// Long-lived tasks (live streams, group commit); a stopping server waits for them.
    pub tasks: TaskTracker,
    pub(crate) code_pepper: [u8; 32],
    pub(crate) password_hashes: Arc<Semaphore>,
    pub(crate) bound: OnceLock<SocketAddr>,
    /// Takes and gives photos, signatures and scans.
    pub attachments: Attachments,
    /// Takes and gives documents.
    pub relay: Relay,
    /// Passkeys that browsers were asked for.
    pub(crate) asked: Pending<Asked>,
    /// Browsers on their way to the issuer of a single sign-on and back.
    pub(crate) trips: Pending<Trip>,
    pub(crate) event_streams: Streams,
    pub(crate) sync_bodies: Semaphore,
    pub(crate) sync_heavy: Arc<Semaphore>,
    /// Figures of villages that hold until the villages change.
    pub(crate) figures: crate::offices::figures::Kept,
    pub(crate) exports: Semaphore,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens the data directory, creating what is missing.
    pub async fn open(config: Config, clock: Clock) -> Result<App, Error> {
        Limiter::prove()?;
        let store = Store::open(&config.data_dir).await?;
        let attachments = Attachments::open(&config)?;
        let server_key = load_key(&config.data_dir, "server")?;
        let relay_key = load_key(&config.data_dir, "relay")?;
        let now_ms = clock.now_ms();
        let deployment = name_deployment(&store, &config, now_ms).await?;
        let relay_device = ensure_relay(&store, &relay_key, now_ms).await?;
        let grant_keys =
            GrantKeys::new(&server_key).map_err(|_| Error::internal("the server key is unusable"))?;
        let relay = Relay::start(
            store.clone(),
            Identity {
                deployment: deployment.id.clone(),
                server_key: server_key.clone(),
                grant_keys: grant_keys.clone(),
                relay_key: relay_key.clone(),
                relay_device,
            },
        )
        .map_err(|_| Error::internal("the relay's writer cannot be started"))?;
        Ok(App(Arc::new(Inner {
            relay,
            attachments,
            figures: crate::offices::figures::Kept::default(),
            exports: Semaphore::new(limits::EXPORTS_AT_A_TIME),
            asked: Pending::default(),
            trips: Pending::default(),
            event_streams: Streams::default(),
            sync_bodies: Semaphore::new(limits::SYNC_BODIES_MAX),
            sync_heavy: Arc::new(Semaphore::new(limits::SYNC_HEAVY_MAX)),
            limiter: Limiter::new(clock.clone()),
            code_pepper: server_key.derive_secret(b"qiao invitation codes\0"),
            password_hashes: Arc::new(Semaphore::new(limits::PASSWORD_HASHES_AT_A_TIME)),
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
            bound: OnceLock::new(),
            config,
            clock,
            store,
            deployment,
            server_key,
            relay_key,
            relay_device,
            grant_keys,
        })))
    }

    /// Unix ms.
    pub fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// How phones reach this server.
    pub fn public_url(&self) -> String {
        if let Some(url) = &self.config.public_url {
            return url.clone();
        }
        let scheme = if self.config.tls_files().is_some() {
            "https"
        } else {
            "http"
        };
        if let Some(bound) = self.bound.get() {
            return format!("{scheme}://{bound}");
        }
        // A command beside a running server: that one has written down where it listens.
        let told = std::fs::read_to_string(self.config.data_dir.join(ADDRESS_FILE));
        told.ok()
            .filter(|url| !url.is_empty())
            .unwrap_or_else(|| format!("{scheme}://{}", self.config.listen))
    }

    /// Notes where this server listens, for commands on the same data.
    pub(crate) fn listens_at(&self, addr: SocketAddr) {
        // Set once; a second server gets an app of its own.
        let _ = self.bound.set(addr);
        let file = self.config.data_dir.join(ADDRESS_FILE);
        if let Err(error) = std::fs::write(file, self.public_url()) {
            tracing::warn!(%error, "invitations made on the command line will not know the address");
        }
    }

    /// Nobody listens any more.
    pub(crate) fn listens_no_more(&self) {
        // Left behind by a crash it names the last address, which is more likely right than the configured one.
        let _ = std::fs::remove_file(self.config.data_dir.join(ADDRESS_FILE));
    }

    /// Tells live connections that the standing of these devices has changed: a hint, sent after the commit.
    pub(crate) fn devices_changed(&self, numbers: impl IntoIterator<Item = i64>) {
        for no in numbers {
            self.relay.device_changed(u64::try_from(no).unwrap_or(0));
        }
    }
}

fn load_key(data_dir: &Path, name: &str) -> Result<KeyPair, Error> {
    KeyPair::load_or_create(data_dir, name)
        .map_err(|error| Error::internal(format!("key file {name}: {error}")))
}

async fn name_deployment(store: &Store, config: &Config, now_ms: i64) -> Result<Deployment, Error> {
    if let Some(found) = deployment::get(&mut *store.read().await?).await? {
        return Ok(found);
    }
    let mut tx = store.writer().await?;
    // Another process may have been faster.
    if let Some(found) = deployment::get(&mut tx).await? {
        return Ok(found);
    }
    let new = Deployment {
        id: crate::registry::new_id('d'),
        name: config.deployment_name.clone(),
        created_ms: now_ms,
    };
    deployment::insert(&mut tx, &new).await?;
    tx.commit().await?;
    Ok(new)
}

/// Device 1 is the server itself: it signs imports and cards like any other author.
async fn ensure_relay(store: &Store, key: &KeyPair, now_ms: i64) -> Result<DeviceId, Error> {
    // The key is made for this purpose alone, so its install nonce may follow from it.
    let public_key = key.public_key();
    let nonce: [u8; 16] = std::array::from_fn(|i| crate::auth::sha256(&public_key)[i]);
    let id = DeviceId::derive(&public_key, &nonce);
    let mut tx = store.writer().await?;
    match devices::by_no(&mut tx, RELAY_NO).await? {
        Some(found) if found.id == id => return Ok(id),
        Some(_) => return Err(Error::internal("keys/relay.pem does not belong to this database")),
        None => {}
    }
    let relay = Device {
        no: RELAY_NO,
        id,
        public_key,
        nonce,
        person: None,
        name: "relay".to_owned(),
        model: String::new(),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        role: Some(Role::Relay),
        scope: Scope::default(),
        status: Status::Active,
        status_reason: String::new(),
        replaces: None,
        invitation: None,
        walk_up: None,
        session: None,
        check_words: Vec::new(),
        grant_version: 1,
        grant_issued_ms: now_ms,
        grant_expires_ms: i64::MAX,
        offline_grace_hours: 0,
        created_ms: now_ms,
        decided_by: None,
        decided_ms: None,
    };
    devices::insert(&mut tx, &relay).await?;
    tx.commit().await?;
    Ok(id)
}
