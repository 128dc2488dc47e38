//! Single sign-on against an issuer of the test's own, which can be told to lie.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::{Json, Router, routing};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::ecdsa::SigningKey;
use p256::pkcs8::EncodePrivateKey;
use qiao_server::auth::sso::Settings;
use qiao_server::registry::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Answer, Desk, World, base64};

/// What the issuer says next.
#[derive(Clone)]
struct Says {
    key: SigningKey,
    claims: Value,
    /// `code_challenge` of the request the code was given for.
    challenge: String,
}

#[derive(Clone)]
struct Issuer {
    url: String,
    says: Arc<Mutex<Says>>,
}

impl Issuer {
    async fn start() -> Issuer {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let says = Says {
            key: SigningKey::from_slice(&rand::random::<[u8; 32]>()).unwrap(),
            claims: json!({}),
            challenge: String::new(),
        };
        let issuer = Issuer {
            url,
            says: Arc::new(Mutex::new(says)),
        };
        let public = issuer.says.lock().unwrap().key.clone();
        let point = public.verifying_key().to_sec1_point(false);
        let keys = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "k",
            "x": base64(&point.as_bytes()[1..33]), "y": base64(&point.as_bytes()[33..]) }] });
        let told = json!({
            "issuer": issuer.url, "authorization_endpoint": format!("{}/auth", issuer.url),
            "token_endpoint": format!("{}/token", issuer.url), "jwks_uri": format!("{}/jwks", issuer.url),
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        });
        let app = Router::new()
            .route(
                "/.well-known/openid-configuration",
                routing::get(|| async { Json(told) }),
            )
            .route("/jwks", routing::get(|| async { Json(keys) }))
            .route("/token", routing::post(Issuer::token))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        issuer
    }

    async fn token(State(issuer): State<Issuer>, form: String) -> Json<Value> {
        let says = issuer.says.lock().unwrap().clone();
        let verifier = form
            .split('&')
            .find_map(|pair| pair.strip_prefix("code_verifier="));
        let hashed = Sha256::digest(verifier.unwrap_or_default());
        if base64(&hashed) != says.challenge {
            return Json(json!({ "error": "invalid_grant" }));
        }
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("k".to_owned());
        let pem = says.key.to_pkcs8_der().unwrap();
        let key = EncodingKey::from_ec_der(pem.as_bytes());
        let token = jsonwebtoken::encode(&header, &says.claims, &key).unwrap();
        Json(json!({ "access_token": "a", "token_type": "Bearer", "id_token": token }))
    }
}

/// A browser that goes to the issuer and back.
struct Browser {
    http: reqwest::Client,
    cookie: String,
    state: String,
    nonce: String,
}

async fn leave(world: &World, issuer: &Issuer) -> Browser {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let gone = http
        .get(world.url("/api/v1/session/single-sign-on"))
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 303);
    let cookie = gone.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly; SameSite=Lax"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let to = gone.headers()["location"].to_str().unwrap();
    assert!(to.starts_with(&format!("{}/auth?", issuer.url)), "{to}");
    let word = |name: &str| {
        let (_, rest) = to.split_once(&format!("{name}=")).unwrap();
        rest.split('&').next().unwrap().to_owned()
    };
    assert_eq!(
        (
            word("response_type").as_str(),
            word("code_challenge_method").as_str()
        ),
        ("code", "S256")
    );
    issuer.says.lock().unwrap().challenge = word("code_challenge");
    Browser {
        http,
        cookie,
        state: word("state"),
        nonce: word("nonce"),
    }
}

impl Browser {
    /// What the issuer would truthfully say of somebody.
    fn truth(&self, issuer: &Issuer, subject: &str) -> Value {
        let now_s = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        json!({ "iss": issuer.url, "aud": "qiao", "sub": "ignored", "employee": subject, "nonce": self.nonce,
            "iat": now_s, "exp": now_s + 300 })
    }

    /// Comes back; where to, and with which session.
    async fn come_back(&self, world: &World) -> (String, Option<String>) {
        let url = world.url(&format!(
            "/api/v1/session/single-sign-on/back?state={}&code=c",
            self.state
        ));
        let back = self
            .http
            .get(url)
            .header("cookie", &self.cookie)
            .send()
            .await
            .unwrap();
        assert_eq!(back.status(), 303);
        let cookies = back.headers().get_all("set-cookie").iter();
        let session = cookies
            .filter_map(|line| line.to_str().unwrap().strip_prefix("__Host-qiao="))
            .map(|line| line.split(';').next().unwrap().to_owned())
            .next_back();
        (back.headers()["location"].to_str().unwrap().to_owned(), session)
    }
}

async fn world() -> (World, Issuer, Desk) {
    let issuer = Issuer::start().await;
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "shared\n").unwrap();
    let settings = Settings {
        issuer: issuer.url.clone(),
        client_id: "qiao".into(),
        client_secret_file: secret.keep().unwrap().1,
        claim: "employee".into(),
        name: "县统一认证".into(),
    };
    let world = World::with(|config| {
        config.public_url = Some("https://qiao.example".into());
        config.sso = Some(settings);
    })
    .await;
    let root = world.root().await;
    world.person("b", "乙", Role::Township, &["t1"], None).await;
    world.account("b").await;
    let link = json!({ "subject": "E-17" });
    root.send("PUT", "/api/v1/accounts/b/single-sign-on", Some(link))
        .await
        .expect(204);
    (world, issuer, root)
}

fn says(issuer: &Issuer, claims: Value) {
    issuer.says.lock().unwrap().claims = claims;
}

#[tokio::test]
async fn somebody_the_issuer_vouches_for_signs_in_to_the_linked_account_and_decides_nothing() {
    let (world, issuer, root) = world().await;
    let browser = leave(&world, &issuer).await;
    says(&issuer, browser.truth(&issuer, "E-17"));
    let (to, session) = browser.come_back(&world).await;
    assert_eq!(to, "/desk/");
    let desk = world.desk(&session.unwrap());
    let me = desk.get("/api/v1/me").await.expect(200);
    assert_eq!(me["person"]["id"], "b");
    desk.post("/api/v1/exports/households", json!({ "search": {} }))
        .await
        .expect_code(403, "step_up_needed");

    let again = browser.come_back(&world).await;
    assert_eq!(
        again,
        ("/desk/?refused=question_over".to_owned(), None),
        "a way back is gone once"
    );

    let list = root.get("/api/v1/accounts").await.expect(200);
    let linked: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["single_sign_on"].as_str())
        .collect();
    assert_eq!(linked, [Some("E-17"), None]);
    root.send("DELETE", "/api/v1/accounts/b/single-sign-on", None)
        .await
        .expect(204);
    desk.get("/api/v1/me").await.expect_code(401, "signed_out");
}

#[tokio::test]
async fn nobody_without_a_link_gets_in_and_no_account_comes_about() {
    let (world, issuer, root) = world().await;
    let browser = leave(&world, &issuer).await;
    says(&issuer, browser.truth(&issuer, "E-18"));
    let back = browser.come_back(&world).await;
    assert_eq!(back, ("/desk/?refused=sso_unknown".to_owned(), None));
    assert_eq!(
        root.get("/api/v1/accounts")
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let taken = json!({ "subject": "E-17" });
    root.send("PUT", "/api/v1/accounts/root/single-sign-on", Some(taken))
        .await
        .expect_code(422, "invalid");
}

#[tokio::test]
async fn what_the_issuer_did_not_say_for_this_browser_now_is_refused() {
    let (world, issuer, _) = world().await;
    let other = SigningKey::from_slice(&[7; 32]).unwrap();
    let own = issuer.says.lock().unwrap().key.clone();
    let lies: [(&str, Value); 4] = [
        ("nonce", "another".into()),
        ("aud", "somebody-else".into()),
        ("iss", "http://127.0.0.1:1".into()),
        ("exp", 1.into()),
    ];
    for (name, value) in lies {
        let browser = leave(&world, &issuer).await;
        let mut claims = browser.truth(&issuer, "E-17");
        claims[name] = value;
        says(&issuer, claims);
        let back = browser.come_back(&world).await;
        assert_eq!(back, ("/desk/?refused=sso_refused".to_owned(), None), "{name}");
    }
    // Signed by somebody else.
    let browser = leave(&world, &issuer).await;
    says(&issuer, browser.truth(&issuer, "E-17"));
    issuer.says.lock().unwrap().key = other;
    assert_eq!(browser.come_back(&world).await.0, "/desk/?refused=sso_refused");
    issuer.says.lock().unwrap().key = own;
    // A code that was given for another request (PKCE).
    let browser = leave(&world, &issuer).await;
    says(&issuer, browser.truth(&issuer, "E-17"));
    leave(&world, &issuer).await;
    assert_eq!(browser.come_back(&world).await.0, "/desk/?refused=sso_refused");
    // Somebody else's way back, slipped into another browser.
    let mut browser = leave(&world, &issuer).await;
    says(&issuer, browser.truth(&issuer, "E-17"));
    browser.cookie = "__Host-qiao-sso=planted".into();
    assert_eq!(browser.come_back(&world).await.0, "/desk/?refused=question_over");
}

#[tokio::test]
async fn without_a_single_sign_on_there_is_no_door() {
    let world = World::new().await;
    let asked = world
        .http
        .get(world.url("/api/v1/session/single-sign-on"))
        .send()
        .await
        .unwrap();
    Answer::of(asked).await.expect_code(409, "sso_off");
}
