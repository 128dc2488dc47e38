//! The administrator of the benchmarks: places, people, invitations and decisions through the REST interface.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64URL_NOPAD;
use qiao_demo::generator::Person;
use qiao_device::key::DeviceKey;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sync_core::engine::Identity;
use sync_core::enrol::Request;

use crate::harness::process::qiao_binary;

/// Devices invited and let in together.
const AT_A_TIME: usize = 100;
/// How long a confirmation of one's identity is relied on: less than the five minutes it holds by what letting in takes.
const CONFIRMED_FOR: Duration = Duration::from_secs(200);
const MODEL: &str = "bench";
const APP_VERSION: &str = "0.1.0";

/// Makes the account on a data folder; returns its password.
pub(super) fn create_account(data: &Path) -> Result<String> {
    let output = std::process::Command::new(qiao_binary())
        .arg("--data")
        .arg(data)
        .args([
            "admin",
            "create-account",
            "--login",
            "bench",
            "--name",
            "测量员",
            "--no-totp",
            "--json",
        ])
        .output()?;
    ensure!(
        output.status.success(),
        "the first account was not made: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let made: Value = serde_json::from_slice(&output.stdout)?;
    Ok(made["password"]
        .as_str()
        .context("a new account has a password")?
        .to_owned())
}

/// A signed-in administrator.
pub(super) struct Admin {
    http: Client,
    url: String,
    password: String,
    token: String,
    /// Requests of devices that come as if from so many addresses: the bound on trying is not what is measured.
    addresses_used: u32,
    /// When the administrator last confirmed who they are; asked for too often, the server refuses.
    confirmed: Option<Instant>,
}

impl Admin {
    pub(super) async fn sign_in(url: &str, password: &str) -> Result<Admin> {
        let http = Client::builder().no_proxy().build()?;
        let mut admin = Admin {
            http,
            url: url.to_owned(),
            password: password.to_owned(),
            token: String::new(),
            addresses_used: 0,
            confirmed: None,
        };
        let body = json!({"login": "bench", "password": password, "want_token": true});
        let me = admin.call(Method::POST, "/api/v1/session", &body).await?;
        admin.token = me["token"]
            .as_str()
            .context("a sign-in gives a token")?
            .to_owned();
        Ok(admin)
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        self.call_from(None, method, path, body).await
    }

    async fn call_from(
        &self,
        address: Option<String>,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Value> {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.token))
            .body(body.to_string());
        if let Some(address) = address {
            request = request.header("x-forwarded-for", address);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path} answers {status}: {text}");
        if text.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// Adds a place below another.
    pub(super) async fn add_place(&self, id: &str, level: &str, parent: Option<&str>) -> Result<()> {
        let body = json!({"id": id, "level": level, "name": format!("地方{id}"), "parent": parent});
        self.call(Method::POST, "/api/v1/places", &body).await.map(drop)
    }

    pub(super) async fn add_unit(&self, id: &str, name: &str, county: &str) -> Result<()> {
        let body = json!({"id": id, "name": name, "kind": "department", "county": county});
        self.call(Method::POST, "/api/v1/units", &body).await.map(drop)
    }

    pub(super) async fn pair(&self, unit: &str, village: &str) -> Result<()> {
        let body = json!({"unit": unit, "village": village});
        self.call(Method::POST, "/api/v1/pairings", &body).await.map(drop)
    }

    pub(super) async fn add_person(&self, person: &Person, places: &[String]) -> Result<()> {
        let body = json!({
            "id": person.id, "name": person.name, "role": person.role.as_str(),
            "places": places, "unit": person.unit,
        });
        self.call(Method::POST, "/api/v1/people", &body).await.map(drop)
    }

    async fn confirm(&mut self) -> Result<()> {
        if self.confirmed.is_none_or(|at| at.elapsed() > CONFIRMED_FOR) {
            let body = json!({"password": self.password});
            self.call(Method::POST, "/api/v1/session/step-up", &body).await?;
            self.confirmed = Some(Instant::now());
        }
        Ok(())
    }

    /// Invites people, asks with a fresh key for each, and lets them in. Returns what each device is made from.
    pub(super) async fn enrol(&mut self, people: &[&str]) -> Result<Vec<(DeviceKey, Identity)>> {
        let mut enrolled = Vec::with_capacity(people.len());
        for people in people.chunks(AT_A_TIME) {
            self.confirm().await?;
            let invitations: Vec<Value> = people.iter().map(|person| json!({"person": person})).collect();
            let body = json!({"invitations": invitations});
            let made = self.call(Method::POST, "/api/v1/invitations/bulk", &body).await?;
            let made = made.as_array().or_else(|| made["items"].as_array());
            for invitation in made.context("a list of invitations")? {
                let code = invitation["code"].as_str().context("an invitation has a code")?;
                enrolled.push(self.enrol_one(code).await?);
            }
        }
        Ok(enrolled)
    }

    async fn enrol_one(&mut self, code: &str) -> Result<(DeviceKey, Identity)> {
        let key = DeviceKey::generate();
        let public_key = key.public_key();
        let proof = Request {
            invite_code: code,
            public_key: &public_key,
            nonce: key.nonce(),
            model: MODEL,
            app_version: APP_VERSION,
        };
        let proof = key.sign(&proof.proof_message());
        let body = json!({
            "invite_code": code,
            "public_key": BASE64URL_NOPAD.encode(&public_key),
            "nonce": BASE64URL_NOPAD.encode(key.nonce()),
            "device": {"model": MODEL, "app_version": APP_VERSION},
            "proof": BASE64URL_NOPAD.encode(&proof),
        });
        self.addresses_used += 1;
        let [_, a, b, c] = self.addresses_used.to_be_bytes();
        let address = Some(format!("10.{a}.{b}.{c}"));
        let answer = self
            .call_from(address, Method::POST, "/enrol/v1/requests", &body)
            .await?;
        let text = |name: &str| {
            answer[name]
                .as_str()
                .with_context(|| format!("an enrolment names its {name}"))
        };
        let device = text("device_id")?;
        let path = format!("/api/v1/enrolments/{device}/approve");
        self.call(Method::POST, &path, &json!({"words_compared": true}))
            .await?;
        let identity = Identity {
            deployment: text("deployment_id")?.to_owned(),
            device: key.device(),
            server_public_key: BASE64URL_NOPAD.decode(text("server_public_key")?.as_bytes())?,
            app_version: APP_VERSION.to_owned(),
        };
        Ok((key, identity))
    }
}
