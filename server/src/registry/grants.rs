//! What a device may do, as the server says and signs it.
//!
//! A grant is recomputed from the device's row and the tree of places whenever it is asked for;
//! its token (JWT, ES256, one fixed key id) lets a device prove the same to itself while offline.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sync_core::audience::{self, FeedName};

use super::Role;
use super::devices::{Device, Status};
use crate::app::App;
use crate::error::{Code, Error};
use crate::keys::KeyPair;
use crate::store::Conn;
use crate::store::registry::{devices, people, places};

/// A device's rights now.
#[derive(Clone)]
pub struct Grant {
    /// The device.
    pub device: Device,
    /// Name of the person on it.
    pub person_name: String,
    /// Villages in scope; for a township all that belong to it.
    pub villages: Vec<String>,
    /// Feeds in scope, whatever the status: who is not active gets none of them.
    pub feeds: Vec<FeedName>,
    /// The same signed, for an active device.
    pub token: Option<String>,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant")
            .field("device", &self.device.id)
            .field("feeds", &self.feeds)
            .finish_non_exhaustive()
    }
}

impl Grant {
    /// Whether the device may send and receive at this time.
    pub fn is_active(&self, now_ms: i64) -> bool {
        self.device.status == Status::Active && now_ms < self.device.grant_expires_ms
    }
}

/// What the token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Deployment.
    pub iss: String,
    /// Device id, hex.
    pub sub: String,
    /// SHA-256 of the device's public key (SEC1), base64url: the grant is useless without that key.
    pub jkt: String,
    /// Person id.
    pub person: String,
    /// Role.
    pub role: Role,
    /// Villages.
    pub villages: Vec<String>,
    /// Unit.
    pub unit: Option<String>,
    /// Township.
    pub township: Option<String>,
    /// County.
    pub county: Option<String>,
    /// Issued, Unix seconds.
    pub iat: i64,
    /// Ends, Unix seconds.
    pub exp: i64,
    /// Hours without contact.
    pub offline_grace_h: i64,
    /// `grant_version`.
    pub ver: i64,
}

/// Signs and checks grants with the deployment's key.
#[derive(Clone)]
pub struct GrantKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    key_id: String,
}

impl std::fmt::Debug for GrantKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GrantKeys")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl GrantKeys {
    /// From the server's key pair.
    pub fn new(pair: &KeyPair) -> std::io::Result<GrantKeys> {
        Ok(GrantKeys {
            encoding: EncodingKey::from_ec_der(&pair.to_pkcs8_der()?),
            decoding: DecodingKey::from_ec_der(&pair.public_key()),
            key_id: pair.key_id(),
        })
    }

    /// A token over these claims.
    pub fn sign(&self, claims: &Claims) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.key_id.clone());
        jsonwebtoken::encode(&header, claims, &self.encoding)
            .map_err(|_| Error::internal("cannot sign a grant"))
    }

    /// The claims of a token made by [`GrantKeys::sign`] and not yet ended; `None` for anything else. The algorithm
    /// is ours to say, never the token's.
    pub fn verify(&self, token: &str, deployment: &str, now_ms: i64) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.alg != Algorithm::ES256 || header.kid.as_deref() != Some(&self.key_id) {
            return None;
        }
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[deployment]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        // Judged below by the server's own clock, which tests can move.
        validation.validate_exp = false;
        let claims: Claims = jsonwebtoken::decode(token, &self.decoding, &validation)
            .ok()?
            .claims;
        (now_ms < claims.exp.saturating_mul(1000)).then_some(claims)
    }
}

/// `jkt` of a public key.
pub fn key_thumbprint(public_key_sec1: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(public_key_sec1))
}

/// The rights of the device with this author number.
pub async fn grant_for(app: &App, device_no: i64) -> Result<Grant, Error> {
    let mut read = app.store.read().await?;
    let device = devices::by_no(&mut read, device_no)
        .await?
        .ok_or(Code::NotFound)?;
    grant_of(&mut read, &app.grant_keys, &app.deployment.id, device).await
}

/// The rights of a device already read.
pub(crate) async fn grant_of(
    read: &mut Conn,
    keys: &GrantKeys,
    deployment: &str,
    device: Device,
) -> Result<Grant, Error> {
    let person_name = match &device.person {
        Some(person) => people::by_id(read, person)
            .await?
            .map(|person| person.name)
            .unwrap_or_default(),
        None => String::new(),
    };
    let villages = villages_of(read, &device).await?;
    let feeds = feeds_of(&device, &villages);
    let token = match (device.status, &device.person, device.role) {
        (Status::Active, Some(person), Some(role)) => Some(keys.sign(&Claims {
            iss: deployment.to_owned(),
            sub: device.id.to_hex(),
            jkt: key_thumbprint(&device.public_key),
            person: person.clone(),
            role,
            villages: villages.clone(),
            unit: device.scope.unit.clone(),
            township: device.scope.township.clone(),
            county: device.scope.county.clone(),
            iat: device.grant_issued_ms / 1000,
            exp: device.grant_expires_ms / 1000,
            offline_grace_h: device.offline_grace_hours,
            ver: device.grant_version,
        })?),
        _ => None,
    };
    Ok(Grant {
        device,
        person_name,
        villages,
        feeds,
        token,
    })
}

/// The feeds a device's role opens, with a township's villages read from the tree of places.
pub async fn scope_feeds(app: &App, device: &Device) -> Result<Vec<FeedName>, Error> {
    let villages = villages_of(&mut *app.store.read().await?, device).await?;
    Ok(feeds_of(device, &villages))
}

async fn villages_of(conn: &mut Conn, device: &Device) -> Result<Vec<String>, Error> {
    match (device.role, &device.scope.township) {
        (Some(Role::Township), Some(township)) => Ok(places::villages_in(conn, township).await?),
        _ => Ok(device.scope.villages.clone()),
    }
}

fn feeds_of(device: &Device, villages: &[String]) -> Vec<FeedName> {
    let Some(role) = device.role else {
        return Vec::new();
    };
    let villages: Vec<&str> = villages.iter().map(String::as_str).collect();
    let scope = &device.scope;
    audience::scope(
        role,
        &villages,
        scope.unit.as_deref(),
        scope.township.as_deref(),
        scope.county.as_deref(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    fn keys() -> (KeyPair, GrantKeys) {
        let pair = KeyPair::generate();
        let keys = GrantKeys::new(&pair).unwrap();
        (pair, keys)
    }

    fn claims() -> Claims {
        Claims {
            iss: "d-1".into(),
            sub: "00".repeat(16),
            jkt: key_thumbprint(&[4; 65]),
            person: "p1".into(),
            role: Role::Team,
            villages: vec!["v1".into()],
            unit: None,
            township: Some("t1".into()),
            county: Some("c1".into()),
            iat: 0,
            exp: 180 * DAY_MS / 1000,
            offline_grace_h: 336,
            ver: 1,
        }
    }

    fn forge(header: &serde_json::Value, claims: &Claims, signature: &[u8]) -> String {
        let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
        let claims = serde_json::to_vec(claims).unwrap();
        format!(
            "{}.{}.{}",
            encode(header.to_string().as_bytes()),
            encode(&claims),
            encode(signature)
        )
    }

    #[test]
    fn a_grant_is_read_back_until_it_ends() {
        let (_, keys) = keys();
        let token = keys.sign(&claims()).unwrap();
        assert_eq!(keys.verify(&token, "d-1", 0), Some(claims()));
        assert_eq!(keys.verify(&token, "d-1", 180 * DAY_MS), None);
        assert_eq!(keys.verify(&token, "d-2", 0), None);
    }

    #[test]
    fn another_algorithm_another_key_id_and_another_key_are_refused() {
        let (pair, keys) = keys();
        let header = |alg: &str, kid: &str| serde_json::json!({"alg": alg, "typ": "JWT", "kid": kid});
        let own = pair.key_id();
        assert_eq!(
            keys.verify(&forge(&header("none", &own), &claims(), b""), "d-1", 0),
            None
        );
        // The classic confusion: HMAC keyed with what everybody knows, the public key.
        let mut confused = Header::new(Algorithm::HS256);
        confused.kid = Some(own.clone());
        let hmac = EncodingKey::from_secret(&pair.public_key());
        let token = jsonwebtoken::encode(&confused, &claims(), &hmac).unwrap();
        assert_eq!(keys.verify(&token, "d-1", 0), None);
        let (_, stranger) = self::keys();
        assert_eq!(keys.verify(&stranger.sign(&claims()).unwrap(), "d-1", 0), None);
        let renamed = GrantKeys {
            key_id: "other".into(),
            ..keys.clone()
        };
        assert_eq!(keys.verify(&renamed.sign(&claims()).unwrap(), "d-1", 0), None);
        let claiming_our_id = GrantKeys {
            key_id: own,
            ..stranger
        };
        assert_eq!(
            keys.verify(&claiming_our_id.sign(&claims()).unwrap(), "d-1", 0),
            None
        );
    }

    #[test]
    fn a_changed_claim_breaks_the_signature() {
        let (_, keys) = keys();
        let token = keys.sign(&claims()).unwrap();
        let mut parts = token.split('.');
        let (header, _, signature) = (
            parts.next().unwrap(),
            parts.next().unwrap(),
            parts.next().unwrap(),
        );
        let grander = Claims {
            role: Role::County,
            ..claims()
        };
        let body = data_encoding::BASE64URL_NOPAD.encode(&serde_json::to_vec(&grander).unwrap());
        assert_eq!(
            keys.verify(&format!("{header}.{body}.{signature}"), "d-1", 0),
            None
        );
    }
}
