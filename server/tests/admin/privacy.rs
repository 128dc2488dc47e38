//! Canaries: names, numbers and secrets go in everywhere and must come out nowhere they do not belong.

use std::io::Write;
use std::sync::{Arc, Mutex};

use qiao_server::registry::Role;
use serde_json::json;

use crate::harness::{PASSWORD, Phone, World};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const NAME: &str = "金丝雀";
const PHONE: &str = "13987654321";
const ID_NUMBER: &str = "530122199001011234";

#[tokio::test]
async fn no_canary_sings_in_logs_figures_errors_or_the_audit() {
    let captured = Captured::default();
    let writer = captured.clone();
    // More than anybody would run with, and everybody's logs, not only ours.
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let _ = tracing::subscriber::set_global_default(subscriber);

    let world = World::new().await;
    let desk = world.root().await;
    let person = json!({ "id": "p1", "name": NAME, "phone": PHONE, "role": "team", "places": ["v11"] });
    desk.post("/api/v1/people", person.clone()).await.expect(201);
    let (_, device) = world.let_in(&desk, "p1").await;
    world.person("p2", NAME, Role::Committee, &["v11"], None).await;
    world
        .post("/enrol/v1/requests", Phone::new("A").walk_up(NAME, "v11"))
        .await
        .expect(201);

    let mut errors = vec![desk.post("/api/v1/people", person).await];
    let wrong_type = json!({ "name": { "first": NAME }, "role": ID_NUMBER });
    errors.push(desk.post("/api/v1/people", wrong_type).await);
    errors.push(
        desk.post(
            "/api/v1/people",
            json!({ "name": NAME, "role": "team", "phone": ID_NUMBER }),
        )
        .await,
    );
    errors.push(desk.get(&format!("/api/v1/people/{PHONE}")).await);
    errors.push(desk.get(&format!("/api/v1/people?role={ID_NUMBER}")).await);
    errors.push(desk.get(&format!("/{NAME}/{ID_NUMBER}?phone={PHONE}")).await);
    errors.push(
        desk.post(&format!("/api/v1/devices/{device}/replace/{PHONE}"), json!({}))
            .await,
    );
    errors.push(
        world
            .post("/api/v1/session", json!({ "login": PHONE, "password": PASSWORD }))
            .await,
    );
    errors.push(
        world
            .post(
                "/enrol/v1/requests",
                Phone::new("A").walk_up(NAME, &"长".repeat(200)),
            )
            .await,
    );
    let broken = world
        .http
        .post(world.url("/enrol/v1/requests"))
        .header("content-type", "application/json");
    let broken = broken
        .body(format!("{{\"walk_up\": \"{NAME}\" {PHONE}"))
        .send()
        .await
        .unwrap();
    errors.push(crate::harness::Answer::of(broken).await);

    let audit = desk.get("/api/v1/audit").await.expect(200).to_string();
    let figures = world
        .http
        .get(world.url("/metrics"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(figures.contains("qiao_http_requests_total"));
    world.stop().await;
    let logs = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(
        logs.contains("/api/v1/people/{id}"),
        "logs name the route, not the path"
    );

    for canary in [NAME, PHONE, ID_NUMBER, PASSWORD, desk.token.as_str()] {
        for error in &errors {
            assert!(error.status >= 400, "{}", error.text);
            assert!(
                !error.text.contains(canary),
                "an error repeats {canary}: {}",
                error.text
            );
        }
        assert!(!figures.contains(canary), "figures hold {canary}");
        assert!(!audit.contains(canary), "the audit holds {canary}");
        let line = logs.lines().find(|line| line.contains(canary));
        assert_eq!(line, None, "a log line holds {canary}");
    }
}

#[tokio::test]
async fn what_is_printed_for_debugging_names_nobody() {
    use qiao_server::registry::devices::{self, Filter};
    use qiao_server::registry::enrolments;
    use qiao_server::registry::people;
    use qiao_server::registry::{Actor, Slice};

    let world = World::new().await;
    let desk = world.root().await;
    world.person("p1", NAME, Role::Team, &["v11"], None).await;
    let (_, device) = world.let_in(&desk, "p1").await;
    let rename = Some(json!({ "name": format!("{NAME}的手机") }));
    desk.send("PATCH", &format!("/api/v1/devices/{device}"), rename)
        .await
        .expect(200);
    world
        .post("/enrol/v1/requests", Phone::new("A").walk_up(NAME, "v11"))
        .await
        .expect(201);
    let (app, root, all) = (&world.server.app, Actor::command_line(), Slice::default());
    let printed = [
        format!(
            "{:?}",
            people::list(app, &root, &people::Filter::default(), &all)
                .await
                .unwrap()
        ),
        format!(
            "{:?}",
            devices::list(app, &root, &Filter::default(), &all).await.unwrap()
        ),
        format!("{:?}", devices::by_no(app, 2).await.unwrap()),
        format!("{:?}", enrolments::list(app, &root, &all).await.unwrap()),
    ];
    for text in printed {
        assert!(!text.contains(NAME) && !text.contains("13500001111"), "{text}");
    }
}
