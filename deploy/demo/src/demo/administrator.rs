//! The administrator: everything that an office's page would ask of the REST interface.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use qiao_demo::generator::{Person, Township};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sync_core::checkwords::{WORDS, Word};
use sync_core::policy::Role;

/// The login of the first account.
pub(super) const LOGIN: &str = "demo";
/// A confirmation of one's identity holds for five minutes.
const CONFIRM_AFTER: Duration = Duration::from_secs(240);

/// A signed-in administrator.
#[derive(Debug)]
pub(super) struct Administrator {
    http: Client,
    url: String,
    password: String,
    token: String,
    confirmed: Option<Instant>,
}

/// An invitation as it is handed over.
pub(super) struct Invitation {
    pub(super) link: String,
    pub(super) code: String,
}

impl Administrator {
    pub(super) async fn sign_in(url: &str, password: &str) -> Result<Administrator> {
        let http = Client::builder().no_proxy().build()?;
        let mut administrator = Administrator {
            http,
            url: url.to_owned(),
            password: password.to_owned(),
            token: String::new(),
            confirmed: None,
        };
        let body = json!({"login": LOGIN, "password": password, "want_token": true});
        let me = administrator.post("/api/v1/session", &body).await?;
        administrator.token = me["token"]
            .as_str()
            .context("a sign-in gives a token")?
            .to_owned();
        Ok(administrator)
    }

    /// Enters places, units, pairings and people.
    pub(super) async fn set_up(&self, township: &Township) -> Result<()> {
        let place = |id: &str, level: &str, name: &str, parent: Option<&str>| json!({"id": id, "level": level, "name": name, "parent": parent});
        let county = place(&township.county, "county", &township.county_name, None);
        self.post("/api/v1/places", &county).await?;
        let own = place(&township.id, "township", &township.name, Some(&township.county));
        self.post("/api/v1/places", &own).await?;
        for village in &township.villages {
            let body = place(&village.id, "village", &village.name, Some(&township.id));
            self.post("/api/v1/places", &body).await?;
        }
        for unit in &township.units {
            let body =
                json!({"id": unit.id, "name": unit.name, "kind": "university", "county": township.county});
            self.post("/api/v1/units", &body).await?;
        }
        for (village, unit) in township.villages.iter().zip(township.units.iter().cycle()) {
            let body = json!({"unit": unit.id, "village": village.id});
            self.post("/api/v1/pairings", &body).await?;
        }
        for person in &township.people {
            self.post("/api/v1/people", &as_entered(person, township)).await?;
        }
        Ok(())
    }

    pub(super) async fn invite(&self, person: &str) -> Result<Invitation> {
        let made = self
            .post("/api/v1/invitations", &json!({"person": person}))
            .await?;
        let text = |name: &str| {
            made[name]
                .as_str()
                .map(str::to_owned)
                .context("an invitation has link and code")
        };
        Ok(Invitation {
            link: text("link")?,
            code: text("code")?,
        })
    }

    /// Lets a device in after comparing the words it shows with those on the administrator's screen.
    pub(super) async fn approve(&mut self, device: &str, shown: &[Word; WORDS]) -> Result<()> {
        let pending = self
            .call(Method::GET, "/api/v1/enrolments?limit=100", None)
            .await?;
        let items = pending["items"].as_array().context("a list of requests")?;
        let request = items
            .iter()
            .find(|request| request["device_id"] == device)
            .context("the device's request is listed")?;
        let words: Vec<&str> = request["check_words"]
            .as_array()
            .context("a request has check words")?
            .iter()
            .filter_map(|word| word["zh"].as_str())
            .collect();
        let shown: Vec<&str> = shown.iter().map(|(zh, _)| *zh).collect();
        ensure!(words == shown, "the check words on phone and screen differ");
        if self.confirmed.is_none_or(|at| at.elapsed() > CONFIRM_AFTER) {
            self.post("/api/v1/session/step-up", &json!({"password": self.password}))
                .await?;
            self.confirmed = Some(Instant::now());
        }
        let path = format!("/api/v1/enrolments/{device}/approve");
        self.post(&path, &json!({"words_compared": true})).await.map(drop)
    }

    /// Ends a device that was lost.
    pub(super) async fn report_lost(&self, device: &str) -> Result<()> {
        let path = format!("/api/v1/devices/{device}/lost");
        self.post(&path, &json!({"reason": "lost"})).await.map(drop)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
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
}

fn as_entered(person: &Person, township: &Township) -> Value {
    let places: &[String] = match person.role {
        Role::Township => std::slice::from_ref(&township.id),
        Role::Unit => &[],
        _ => &person.villages,
    };
    json!({
        "id": person.id, "name": person.name, "role": person.role.as_str(),
        "places": places, "unit": person.unit,
    })
}
