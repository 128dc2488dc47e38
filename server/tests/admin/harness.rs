//! A server with a movable clock, people with accounts, and phones with keys.

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::registry::accounts::{self, NewAccount};
use qiao_server::registry::people::{self, NewPerson};
use qiao_server::registry::places::{self, Level, Place};
use qiao_server::registry::units::{self, Unit};
use qiao_server::registry::{Actor, Role};
use qiao_server::{Running, serve};
use serde_json::{Value, json};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;

pub(crate) struct World {
    pub(crate) server: Running,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    pub(crate) dir: tempfile::TempDir,
}

/// Somebody with an account, signed in or not.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) login: String,
    pub(crate) secret: Vec<u8>,
}

/// A signed-in script.
#[derive(Clone)]
pub(crate) struct Desk {
    http: reqwest::Client,
    url: String,
    pub(crate) token: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A stream ends with its session: that it began is the answer.
        let stream = headers
            .get("content-type")
            .is_some_and(|kind| kind == "text/event-stream");
        let text = if stream {
            String::new()
        } else {
            response.text().await.unwrap()
        };
        Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        }
    }

    /// The stable code of a refusal.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("")
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    #[track_caller]
    pub(crate) fn expect_code(self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
    }
}

impl World {
    /// A county with two townships of two villages each, and one unit.
    pub(crate) async fn new() -> World {
        World::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> World {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config::for_tests(dir.path());
        change(&mut config);
        let clock = Clock::manual(1_795_000_000_000);
        let server = serve(config, clock.clone(), None).await.unwrap();
        let world = World {
            server,
            clock,
            http: reqwest::Client::new(),
            dir,
        };
        let root = Actor::command_line();
        let app = &world.server.app;
        let place = |id: &str, level, parent: Option<&str>| Place {
            id: id.into(),
            parent: parent.map(Into::into),
            level,
            name: format!("地方{id}"),
        };
        for place in [
            place("c1", Level::County, None),
            place("t1", Level::Township, Some("c1")),
            place("t2", Level::Township, Some("c1")),
            place("v11", Level::Village, Some("t1")),
            place("v12", Level::Village, Some("t1")),
            place("v21", Level::Village, Some("t2")),
            place("v22", Level::Village, Some("t2")),
        ] {
            places::create(app, &root, place).await.unwrap();
        }
        let unit = Unit {
            id: "u1".into(),
            name: "水务局".into(),
            kind: "department".into(),
            county: Some("c1".into()),
        };
        units::create(app, &root, unit).await.unwrap();
        world
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    pub(crate) async fn person(
        &self,
        id: &str,
        name: &str,
        role: Role,
        places: &[&str],
        unit: Option<&str>,
    ) -> String {
        let new = NewPerson {
            id: Some(id.into()),
            name: name.into(),
            phone: Some("13500001111".into()),
            role,
            places: places.iter().map(|place| (*place).to_owned()).collect(),
            unit: unit.map(Into::into),
        };
        people::create(&self.server.app, &Actor::command_line(), new)
            .await
            .unwrap()
            .id
    }

    pub(crate) async fn account(&self, person: &str) -> Person {
        let login = format!("{person}.login");
        let new = NewAccount {
            person: person.into(),
            login: login.clone(),
            password: PASSWORD.into(),
        };
        let secrets = accounts::create(&self.server.app, &Actor::command_line(), new, true)
            .await
            .unwrap();
        let url = secrets.otpauth_url.unwrap();
        let secret = url.split("secret=").nth(1).unwrap().split('&').next().unwrap();
        let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
        Person { login, secret }
    }

    pub(crate) fn code(&self, person: &Person) -> String {
        qiao_server::auth::totp::code(&person.secret, self.clock.now_ms()).unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        Answer::of(self.http.post(self.url(path)).json(&body).send().await.unwrap()).await
    }

    /// Signs in as a script. Each sign-in needs a code of its own, so time moves on by a step.
    pub(crate) async fn sign_in(&self, person: &Person) -> Desk {
        self.clock.advance_ms(30_000);
        let body = json!({
            "login": person.login, "password": PASSWORD, "code": self.code(person), "want_token": true
        });
        let me = self.post("/api/v1/session", body).await.expect(200);
        self.desk(me["token"].as_str().unwrap())
    }

    pub(crate) fn desk(&self, token: &str) -> Desk {
        Desk {
            http: self.http.clone(),
            url: self.server.url.clone(),
            token: token.into(),
        }
    }

    /// An administrator of the whole deployment.
    pub(crate) async fn root(&self) -> Desk {
        self.person("root", "根管理员", Role::Admin, &[], None).await;
        let person = self.account("root").await;
        self.sign_in(&person).await
    }

    /// An administrator of one township.
    pub(crate) async fn township_admin(&self, township: &str) -> Desk {
        let id = format!("admin-{township}");
        self.person(&id, "乡管理员", Role::Admin, &[township], None).await;
        let person = self.account(&id).await;
        self.sign_in(&person).await
    }

    /// A team member of a village with a phone that has been let in. Returns the phone and its identity.
    pub(crate) async fn let_in(&self, desk: &Desk, person: &str) -> (Phone, String) {
        let invitation = desk
            .post("/api/v1/invitations", json!({ "person": person }))
            .await
            .expect(201);
        let phone = Phone::new("Redmi 9A");
        let body = phone.request(Some(invitation["code"].as_str().unwrap()));
        let enrolled = self.post("/enrol/v1/requests", body).await.expect(201);
        let device = enrolled["device_id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/enrolments/{device}/approve");
        desk.post(&path, json!({ "words_compared": true }))
            .await
            .expect(200);
        (phone, device)
    }

    pub(crate) async fn stop(self) -> tempfile::TempDir {
        self.server.shutdown().await.unwrap();
        self.dir
    }
}

impl Desk {
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        Answer::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }
}

/// A phone: a key, a nonce, a model.
pub(crate) struct Phone {
    pub(crate) key: SigningKey,
    pub(crate) nonce: [u8; 16],
    pub(crate) model: &'static str,
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

impl Phone {
    pub(crate) fn new(model: &'static str) -> Phone {
        let key = SigningKey::from_slice(&rand::random::<[u8; 32]>()).unwrap();
        Phone {
            key,
            nonce: rand::random(),
            model,
        }
    }

    pub(crate) fn public_key(&self) -> Vec<u8> {
        self.key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }

    pub(crate) fn proof(&self, code: &str) -> String {
        let public_key = self.public_key();
        let message = sync_core::enrol::Request {
            invite_code: code,
            public_key: &public_key,
            nonce: &self.nonce,
            model: self.model,
            app_version: "0.1.0",
        }
        .proof_message();
        let signature: Signature = self.key.sign(&message);
        base64(&signature.to_bytes())
    }

    pub(crate) fn request(&self, code: Option<&str>) -> Value {
        let mut body = json!({
            "public_key": base64(&self.public_key()),
            "nonce": base64(&self.nonce),
            "device": { "model": self.model, "app_version": "0.1.0" },
            "proof": self.proof(code.unwrap_or("")),
        });
        if let Some(code) = code {
            body["invite_code"] = code.into();
        }
        body
    }

    pub(crate) fn walk_up(&self, name: &str, place: &str) -> Value {
        let mut body = self.request(None);
        body["walk_up"] = json!({ "name": name, "place": place, "note": "新来的" });
        body
    }
}
