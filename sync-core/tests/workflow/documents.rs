//! Events out of documents: written on two phones, merged, and folded with what the reader knows of authors and times.
//!
//! Told natively and, from `sync-core/wasm/stories`, in WebAssembly: there each test is an exported function.

use serde_json::json;
use sync_core::document::Document;
use sync_core::edit::EditOp;
use sync_core::id::{DeviceId, DocId};
use sync_core::policy::Role;
use sync_core::schema::Kind;
use sync_core::wire::frame::Creation;
use sync_core::workflow::{Book, Calendar, Knowledge, Writer, standing};
#[cfg(target_family = "wasm")]
use wasm_bindgen::prelude::wasm_bindgen as test;

use super::story::at;

const CLERK: DeviceId = DeviceId([5; 16]);
const PHONES: [DeviceId; 2] = [DeviceId([6; 16]), DeviceId([7; 16])];

fn application() -> Document {
    let creation = Creation {
        id: DocId::parse("h1.a11").unwrap(),
        kind: Kind::Application,
        village: None,
        household: Some(DocId::parse("h1").unwrap()),
        year: None,
    };
    Document::genesis(&creation, 0)
}

fn write(document: &mut Document, device: DeviceId, on: &str, sort: &str, value: serde_json::Value) {
    let mut value = value.as_object().unwrap().clone();
    value.insert("event".to_owned(), sort.into());
    value.insert("role".to_owned(), "township".into());
    let op = EditOp::Add {
        path: vec!["events".to_owned()],
        key: Some(format!("{}{}", device.tag(), document.change_count())),
        value,
    };
    let actor = device.actor(document.id(), 0);
    document.edit(&actor, at(on), &[op]).unwrap().unwrap();
}

/// A survey form filled by two investigators, each on their own phone, without signal, merged when they meet it.
#[test]
pub fn two_investigators_fill_the_form_apart_and_the_merged_case_goes_on() {
    let mut desk = application();
    let value = json!({"applicant": "某", "authorised": true, "procedure": "minimum_living"});
    write(&mut desk, CLERK, "2026-03-02", "submit", value);
    write(&mut desk, CLERK, "2026-03-02", "accept", json!({}));
    write(&mut desk, CLERK, "2026-03-02", "check_request", json!({}));
    write(
        &mut desk,
        CLERK,
        "2026-03-02",
        "check_result",
        json!({"conclusion": "passed"}),
    );
    let two = json!({"investigator_1": "p6", "investigator_2": "p7"});
    write(&mut desk, CLERK, "2026-03-03", "survey_start", two);
    let form = json!({"text": "属实", "family_signed": true});
    let mut phones = [desk.clone(), desk.clone()];
    for (phone, device) in phones.iter_mut().zip(PHONES) {
        write(phone, device, "2026-03-04", "survey_form", form.clone());
    }
    for phone in &phones {
        for change in phone.automerge().get_changes(&desk.heads()) {
            desk.apply(change.clone()).unwrap();
        }
    }
    write(
        &mut desk,
        CLERK,
        "2026-03-05",
        "opinion",
        json!({"text": "拟同意"}),
    );
    let folded = read(&desk).unwrap();
    assert_eq!(
        (folded.state.as_str(), folded.procedure.as_str()),
        ("opinion", "minimum_living")
    );
    assert!(
        folded.steps.iter().all(|step| step.why.is_none()),
        "{:?}",
        folded.steps
    );
    assert!(folded.provisional, "nobody here knows when the server had it");
    let forms: Vec<&str> = folded
        .steps
        .iter()
        .filter(|step| step.event == "survey_form")
        .map(|step| step.person.as_str())
        .collect();
    assert_eq!(forms, ["p6", "p7"]);
    let shown = serde_json::to_value(&folded).unwrap();
    assert_eq!(shown["state_zh"], "初审完成，待公示");
    assert_eq!(shown["steps"][0]["zh"], "提交申请");
}

#[test]
pub fn what_was_applied_for_stays_whatever_becomes_of_the_draft() {
    let mut desk = application();
    let set = |procedure: &str| EditOp::Set {
        path: vec!["procedure".to_owned()],
        value: procedure.into(),
    };
    let actor = CLERK.actor(desk.id(), 0);
    assert!(read(&desk).is_none(), "nobody has said what it is for");
    desk.edit(&actor, at("2026-03-01"), &[set("temporary_emergency")])
        .unwrap();
    assert_eq!(read(&desk).unwrap().procedure, "temporary_emergency");
    let value = json!({"applicant": "某", "authorised": true, "procedure": "minimum_living"});
    write(&mut desk, CLERK, "2026-03-02", "submit", value);
    desk.edit(&actor, at("2026-03-03"), &[set("medical")]).unwrap();
    let folded = read(&desk).unwrap();
    assert_eq!(
        (folded.procedure.as_str(), folded.state.as_str()),
        ("minimum_living", "submitted")
    );
}

fn read(document: &Document) -> Option<sync_core::workflow::Folded> {
    let knowledge = Knowledge {
        book: Book::builtin(),
        calendar: &Calendar::builtin(),
        place: "",
        now_s: Some(at("2026-03-06")),
    };
    let who = |actor: &automerge::ActorId| {
        let known = [(CLERK, "p5"), (PHONES[0], "p6"), (PHONES[1], "p7")];
        let (_, person) = known
            .into_iter()
            .find(|(device, _)| device.actor(document.id(), 0) == *actor)?;
        Some(Writer {
            person: person.to_owned(),
            name: format!("姓名{person}"),
            role: Role::Township,
        })
    };
    standing(&knowledge, document, who, |_| None)
}

/// Of one's own accepted events a phone has no receipt; what the township answered has one, and comes after all the same.
#[test]
pub fn what_was_accepted_first_stands_first_whatever_is_known_of_receipts() {
    let mut phone = application();
    let value = json!({"applicant": "某", "authorised": true, "procedure": "minimum_living"});
    write(&mut phone, PHONES[0], "2026-03-02", "submit", value);
    write(
        &mut phone,
        CLERK,
        "2026-03-03",
        "material_list",
        json!({"items": "户口簿"}),
    );
    let clerk = CLERK.actor(phone.id(), 0);
    let of_clerk: Vec<_> = phone
        .automerge()
        .get_changes(&[])
        .iter()
        .filter(|change| *change.actor_id() == clerk)
        .map(|change| change.hash())
        .collect();
    let knowledge = Knowledge {
        book: Book::builtin(),
        calendar: Calendar::builtin_shared(),
        place: "",
        now_s: None,
    };
    let received = |hash: &automerge::ChangeHash| of_clerk.contains(hash).then(|| at("2026-03-03"));
    let folded = standing(&knowledge, &phone, |_| None, received).unwrap();
    let order: Vec<_> = folded.steps.iter().map(|step| step.event.as_str()).collect();
    assert_eq!(order, ["submit", "material_list"]);
    assert_eq!(folded.state, "need_material");
}
