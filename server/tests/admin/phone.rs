//! A phone that works: the real engine on files, as a laptop or a simulator runs it.

use std::sync::{Arc, Mutex};

use qiao_device::device::Device;
use qiao_device::enrol::{self, Ask};
use qiao_device::http::{Server, Shared, lock};
use serde_json::{Value, json};
use sync_core::id::DocId;

use crate::harness::{Desk, World};

/// The real engine on files, as a laptop or a simulator runs it.
pub(crate) struct RealPhone {
    pub(crate) device: Shared,
    pub(crate) server: Server,
    pub(crate) id: String,
    _dir: tempfile::TempDir,
}

impl RealPhone {
    pub(crate) async fn let_in(world: &World, desk: &Desk, person: &str) -> RealPhone {
        let invitation = desk
            .post("/api/v1/invitations", json!({ "person": person }))
            .await
            .expect(201);
        let dir = tempfile::tempdir().unwrap();
        let ask = Ask {
            server: Some(world.server.url.clone()),
            invite: Some(invitation["code"].as_str().unwrap().to_owned()),
            model: "laptop".to_owned(),
            ..Ask::default()
        };
        let clock = world.clock.clone();
        let clock = Box::new(move || clock.now_ms());
        let (device, enrolment) = enrol::enrol(&dir.path().join("home"), &ask, clock).await.unwrap();
        let id = device.id().to_hex();
        let approve = format!("/api/v1/enrolments/{id}/approve");
        desk.post(&approve, json!({ "words_compared": true }))
            .await
            .expect(200);
        let server = enrolment.connect().unwrap();
        let phone = RealPhone {
            device: Arc::new(Mutex::new(device)),
            server,
            id,
            _dir: dir,
        };
        phone.sync().await;
        phone
    }

    pub(crate) async fn sync(&self) {
        let observe: qiao_device::http::Observer = Arc::new(|_: &mut Device| {});
        self.server.sync(&self.device, &observe).await;
    }

    pub(crate) fn edit(&self, edit: Value) {
        lock(&self.device)
            .edit(&serde_json::from_value(edit).unwrap())
            .unwrap();
    }

    pub(crate) fn read(&self, doc: &str, field: &str) -> Value {
        lock(&self.device)
            .json(&DocId::parse(doc).unwrap())
            .map_or(Value::Null, |json| json[field].clone())
    }
}
