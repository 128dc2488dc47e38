//! How a device asks to be let in: a key, a request that proves it, six words to compare, and then waiting.
//!
//! The key is stored before anything is sent, so a request that was cut off is repeated with the same key and gets the
//! same answer. The check words are derived here and not taken from the answer.

use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sync_core::checkwords::{self, WORDS, Word};
use sync_core::engine::Identity;

use crate::device::{Clock, Device, DeviceError, own};
use crate::http::Server;
use crate::key::DeviceKey;
use crate::problem::{Code, Problem};
use crate::store::{Store, StoreError};

/// What this program calls itself towards the server.
const APP_VERSION: &str = env!("CARGO_PKG_VERSION");

/// How somebody asks to be let in.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Address of the server; an invitation link brings it along.
    pub server: Option<String>,
    /// Code of an invitation, or its link.
    pub invite: Option<String>,
    /// Who asks without an invitation, and where they work.
    pub walk_up: Option<WalkUp>,
    /// What the device calls itself.
    pub model: String,
    /// One more authority to trust, PEM.
    pub ca_pem: Option<String>,
}

/// Who asks without an invitation.
#[derive(Debug, Clone)]
pub struct WalkUp {
    /// Name.
    pub name: String,
    /// Place they work in.
    pub place: String,
    /// Anything else.
    pub note: String,
}

/// What is kept of the enrolment besides the key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Enrolment {
    /// Address of the server.
    pub server: String,
    /// One more authority to trust, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_pem: Option<String>,
    /// What the device calls itself.
    pub model: String,
    /// Name of the deployment for people; empty until the server answered.
    #[serde(default)]
    pub deployment_name: String,
    /// Id of the invitation, empty for a walk-up.
    #[serde(default)]
    pub invitation_id: String,
    /// SEC1 public key of the server, base64url; empty until the server answered.
    #[serde(default)]
    pub server_public_key: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Enrolment({})", self.server)
    }
}

impl Enrolment {
    /// The enrolment of an open device.
    ///
    /// # Errors
    /// [`Code::NoDevice`] when the device was made without a server, as simulators do.
    pub fn of(device: &Device) -> Result<Self, Problem> {
        let record = device.own_record(own::ENROLMENT)?.ok_or(Code::NoDevice)?;
        serde_json::from_slice(&record).map_err(|_| Code::StoreDamaged.into())
    }

    /// The server it names.
    ///
    /// # Errors
    /// [`Code::BadServerUrl`].
    pub fn connect(&self) -> Result<Server, Problem> {
        Server::new(&self.server, self.ca_pem.as_deref().map(str::as_bytes))
    }

    /// The six words for a key.
    pub fn check_words(&self, public_key: &[u8]) -> Result<[Word; WORDS], Problem> {
        let server = decode(&self.server_public_key)?;
        Ok(checkwords::derive(public_key, &self.invitation_id, &server))
    }
}

/// Asks to be let in and makes the device in `dir`. It can take edits at once; what is sent waits for a decision.
///
/// # Errors
/// [`Code::DeviceExists`]; what the server says against it; [`Code::Unreachable`]: ask again, the key is kept.
pub async fn enrol(dir: &Path, ask: &Ask, clock: Clock) -> Result<(Device, Enrolment), Problem> {
    let (server, code) = address(ask)?;
    let mut enrolment = Enrolment {
        server,
        ca_pem: ask.ca_pem.clone(),
        model: ask.model.clone(),
        deployment_name: String::new(),
        invitation_id: String::new(),
        server_public_key: String::new(),
    };
    let connection = enrolment.connect()?;
    let (store, key) = prepare(dir, &enrolment)?;
    let answer = connection
        .post_json("enrol/v1/requests", &request(&key, ask, code.as_deref()))
        .await?;
    let text = |name: &str| {
        answer[name]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| Problem::from(Code::BadAnswer))
    };
    if text("device_id")? != key.device().to_hex() {
        return Err(Code::IdentityMismatch.into());
    }
    enrolment.deployment_name = text("deployment_name")?;
    enrolment.invitation_id = text("invitation_id")?;
    enrolment.server_public_key = text("server_public_key")?;
    let identity = Identity {
        deployment: text("deployment_id")?,
        device: key.device(),
        server_public_key: decode(&enrolment.server_public_key)?,
        app_version: APP_VERSION.to_owned(),
    };
    put(&store, &enrolment)?;
    Ok((Device::create(store, key, identity, clock)?, enrolment))
}

/// Server address and code, from arguments or a link `…/enrol#CODE`.
fn address(ask: &Ask) -> Result<(String, Option<String>), Problem> {
    let link = ask.invite.as_deref().and_then(|invite| invite.split_once('#'));
    let (linked, code) = match link {
        Some((link, code)) => {
            let server = link.trim_end_matches('/');
            (
                Some(server.strip_suffix("/enrol").unwrap_or(server)),
                Some(code.to_owned()),
            )
        }
        None => (None, ask.invite.clone()),
    };
    let server = ask.server.as_deref().or(linked).ok_or(Code::BadServerUrl)?;
    if code.is_none() && ask.walk_up.is_none() {
        return Err(Code::CodeUnknown.into());
    }
    Ok((server.to_owned(), code))
}

/// The store with a key in it: a new one, or the one of a request that got no answer.
fn prepare(dir: &Path, enrolment: &Enrolment) -> Result<(Store, DeviceKey), Problem> {
    match Store::open(dir) {
        Ok(store) => {
            if !store.meta()?.is_empty() {
                return Err(Code::DeviceExists.into());
            }
            let (key, nonce) = (store.get(own::KEY)?, store.get(own::NONCE)?);
            let key = key
                .zip(nonce)
                .and_then(|(key, nonce)| DeviceKey::from_pkcs8(&key, &nonce))
                .ok_or(StoreError::Damaged)?;
            Ok((store, key))
        }
        Err(StoreError::Missing | StoreError::Wiped) => {
            let key = DeviceKey::generate();
            let record = record(enrolment);
            let first = [
                (own::KEY, &key.to_pkcs8()[..]),
                (own::NONCE, &key.nonce()[..]),
                (own::ENROLMENT, &record[..]),
            ];
            Ok((Store::create(dir, &first)?, key))
        }
        Err(error) => Err(error.into()),
    }
}

fn request(key: &DeviceKey, ask: &Ask, code: Option<&str>) -> Json {
    let public_key = key.public_key();
    let proof = key.sign(
        &sync_core::enrol::Request {
            invite_code: code.unwrap_or(""),
            public_key: &public_key,
            nonce: key.nonce(),
            model: &ask.model,
            app_version: APP_VERSION,
        }
        .proof_message(),
    );
    let mut request = json!({
        "public_key": BASE64URL_NOPAD.encode(&public_key),
        "nonce": BASE64URL_NOPAD.encode(key.nonce()),
        "device": { "model": ask.model, "app_version": APP_VERSION },
        "proof": BASE64URL_NOPAD.encode(&proof),
    });
    match (code, &ask.walk_up) {
        (Some(code), _) => request["invite_code"] = code.into(),
        (None, Some(walk_up)) => {
            let WalkUp { name, place, note } = walk_up;
            request["walk_up"] = json!({ "name": name, "place": place, "note": note });
        }
        (None, None) => {}
    }
    request
}

fn record(enrolment: &Enrolment) -> Vec<u8> {
    // Plain texts always serialise.
    serde_json::to_vec(enrolment).unwrap_or_default()
}

fn put(store: &Store, enrolment: &Enrolment) -> Result<(), DeviceError> {
    Ok(store.apply([(own::ENROLMENT, Some(&record(enrolment)[..]))])?)
}

fn decode(text: &str) -> Result<Vec<u8>, Problem> {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| Code::BadAnswer.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(server: Option<&str>, invite: Option<&str>) -> Ask {
        Ask {
            server: server.map(str::to_owned),
            invite: invite.map(str::to_owned),
            ..Ask::default()
        }
    }

    #[test]
    fn a_link_brings_the_server_along_and_an_explicit_address_wins() {
        let link = Some("https://qiao.example/x/enrol#KTRM-WXBD");
        let (server, code) = address(&ask(None, link)).unwrap();
        assert_eq!(
            (server.as_str(), code.as_deref()),
            ("https://qiao.example/x", Some("KTRM-WXBD"))
        );
        let (server, code) = address(&ask(Some("http://127.0.0.1:9"), link)).unwrap();
        assert_eq!(
            (server.as_str(), code.as_deref()),
            ("http://127.0.0.1:9", Some("KTRM-WXBD"))
        );
        let (_, code) = address(&ask(Some("http://127.0.0.1:9"), Some("KTRM-WXBD"))).unwrap();
        assert_eq!(code.as_deref(), Some("KTRM-WXBD"));
        assert!(address(&ask(None, Some("KTRM-WXBD"))).is_err());
        assert!(address(&ask(Some("http://127.0.0.1:9"), None)).is_err());
    }
}
