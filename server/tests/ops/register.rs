//! `qiao import households` and `qiao export`: in, again, changed, wrong, out, and in elsewhere.

use qiao_demo::generator::register::{HEADERS, rows, workbook, xlsx};
use qiao_demo::generator::{Spec, Village, village};
use qiao_server::ops::export::{Format, export};
use qiao_server::ops::import::{Imported, Wanted, households};
use qiao_server::ops::rebuild::rebuild;
use qiao_server::ops::verify::verify;
use serde_json::Value;
use sync_core::id::DocId;

use crate::phones::START_MS;
use crate::support::{World, family};

fn sample() -> Village {
    village(
        &Spec {
            seed: 7,
            villages: 1,
            households_per_village: 30,
            units: 1,
            now_s: START_MS / 1000,
        },
        0,
    )
}

fn wanted(village: &str) -> Wanted {
    Wanted {
        villages: vec![village.to_owned()],
        income_year: 2025,
        dry_run: false,
        update: false,
    }
}

/// The rows of the sample with its village's name replaced by ours.
fn sheet(change: impl Fn(&mut Vec<Vec<String>>)) -> Vec<u8> {
    let mut all = rows(&sample());
    for row in all.iter_mut().filter(|row| !row[0].is_empty()) {
        row[0] = "前村".to_owned();
    }
    change(&mut all);
    workbook(HEADERS, &all).unwrap()
}

async fn import(world: &World, bytes: Vec<u8>, wanted: &Wanted) -> Imported {
    households(&world.app, bytes, wanted).await.unwrap()
}

fn counts(imported: &Imported) -> (usize, usize, usize, usize, usize) {
    let (differing, refused) = (imported.differing.len(), imported.refused.len());
    (
        imported.created,
        imported.updated,
        imported.unchanged,
        differing,
        refused,
    )
}

#[tokio::test]
async fn a_register_comes_in_once() {
    let world = World::new().await;
    let dry = import(
        &world,
        sheet(|_| {}),
        &Wanted {
            dry_run: true,
            ..wanted("v1")
        },
    )
    .await;
    assert_eq!(counts(&dry), (30, 0, 0, 0, 0));
    assert_eq!(
        world.count("SELECT count(*) FROM documents").await,
        0,
        "a dry run writes nothing"
    );

    let first = import(&world, sheet(|_| {}), &wanted("v1")).await;
    assert_eq!(counts(&first), (30, 0, 0, 0, 0));
    assert_eq!(
        world
            .count("SELECT count(*) FROM household_overview WHERE village = 'v1' AND members > 0")
            .await,
        30
    );
    let changes = world.count("SELECT count(*) FROM changes").await;
    for update in [false, true] {
        let again = import(
            &world,
            sheet(|_| {}),
            &Wanted {
                update,
                ..wanted("v1")
            },
        )
        .await;
        assert_eq!(counts(&again), (0, 0, 30, 0, 0));
    }
    assert_eq!(
        world.count("SELECT count(*) FROM changes").await,
        changes,
        "the same register again changes nothing"
    );
    assert_eq!(
        world
            .count("SELECT count(*) FROM audit WHERE action = 'register.import'")
            .await,
        1
    );

    let mut li = world.device(2, "team", Some("v1"), None).await;
    world.exchange(&mut li).await;
    assert_eq!(
        li.docs.len(),
        31,
        "phones get it like any other change, and the village's own document"
    );
    assert_eq!(verify(&world.app).await.unwrap().problems, []);
    assert_eq!(rebuild(&world.app, true).await.unwrap().differences, []);
    world.close().await;
}

#[tokio::test]
async fn a_changed_register_is_taken_over_on_demand_only_and_field_by_field() {
    let world = World::new().await;
    import(&world, sheet(|_| {}), &wanted("v1")).await;
    let mut li = world.device(2, "team", Some("v1"), None).await;
    world.exchange(&mut li).await;
    let number = sample_number();
    let id = DocId::parse(&format!("v1-{number}")).unwrap();
    li.set(&id, &["note"], "手机上写的".into());
    world.exchange(&mut li).await;

    let changed = || {
        sheet(|rows| {
            rows[0][4] = "新地址12号".to_owned();
            let mut child = vec![String::new(); HEADERS.len()];
            child[2].clone_from(&rows[0][2]);
            child[26] = "新生儿".to_owned();
            child[28] = "孙子".to_owned();
            rows.insert(1, child);
        })
    };
    let left = import(&world, changed(), &wanted("v1")).await;
    assert_eq!(counts(&left), (0, 0, 29, 1, 0));
    assert_eq!(left.differing[0].what, "2 fields");
    let taken = import(
        &world,
        changed(),
        &Wanted {
            update: true,
            ..wanted("v1")
        },
    )
    .await;
    assert_eq!(counts(&taken), (0, 1, 29, 0, 0));
    let again = import(
        &world,
        changed(),
        &Wanted {
            update: true,
            ..wanted("v1")
        },
    )
    .await;
    assert_eq!(counts(&again), (0, 0, 30, 0, 0));

    li.drafts.clear();
    world.exchange(&mut li).await;
    let json = li.json(&id);
    assert_eq!(
        (&json["address"], &json["note"]),
        (&Value::from("新地址12号"), &Value::from("手机上写的"))
    );
    let names: Vec<&Value> = json["members"]
        .as_object()
        .unwrap()
        .values()
        .map(|member| &member["name"])
        .collect();
    assert!(names.contains(&&Value::from("新生儿")));
    world.close().await;
}

fn sample_number() -> String {
    rows(&sample())[0][2].clone()
}

#[tokio::test]
async fn a_file_made_on_a_phone_is_found_by_its_number() {
    let world = World::new().await;
    let mut li = world.device(2, "team", Some("v1"), None).await;
    li.household("by-phone", "v1", family("沈清华", &sample_number()));
    world.exchange(&mut li).await;
    let imported = import(
        &world,
        sheet(|_| {}),
        &Wanted {
            update: true,
            ..wanted("v1")
        },
    )
    .await;
    assert_eq!(counts(&imported), (29, 1, 0, 0, 0));
    assert_eq!(
        world.count("SELECT count(*) FROM households").await,
        30,
        "nobody is there twice"
    );
    world.close().await;
}

#[tokio::test]
async fn bad_rows_are_reported_and_the_others_come_in() {
    let world = World::new().await;
    let bad = || {
        sheet(|rows| {
            rows[0][0] = "没有的村".to_owned();
            let second = rows
                .iter()
                .position(|row| !row[2].is_empty() && row[2] != rows[0][2])
                .unwrap();
            rows[second][27] = "123".to_owned();
            rows.push(vec![String::new(); HEADERS.len()]);
            let last = rows.len() - 1;
            rows[last][2] = "9999".to_owned();
            rows[last][0] = "前村".to_owned();
            rows[last][5] = "13800000000".to_owned();
        })
    };
    for dry_run in [true, false] {
        let imported = import(
            &world,
            bad(),
            &Wanted {
                dry_run,
                ..wanted("v1")
            },
        )
        .await;
        assert_eq!(counts(&imported), (29, 0, 0, 0, 0));
        let codes: Vec<&str> = imported
            .report
            .problems
            .iter()
            .map(|problem| problem.code.code())
            .collect();
        for code in ["unknown_village", "bad_id_number", "no_householder"] {
            assert!(codes.contains(&code), "{code} in {codes:?}");
        }
        let text = imported.to_text();
        assert!(
            text.contains("29 created") && text.contains("新建 29 户"),
            "{text}"
        );
        assert!(
            !text.contains("9999") && !text.contains("138"),
            "places, not contents"
        );
    }
    assert_eq!(world.count("SELECT count(*) FROM households").await, 29);
    let unknown = households(&world.app, sheet(|_| {}), &wanted("v7"))
        .await
        .unwrap_err()
        .to_string();
    assert!(unknown.contains("v7"), "{unknown}");
    assert!(
        households(&world.app, b"no sheet\0".to_vec(), &wanted("v1"))
            .await
            .is_err()
    );
    world.close().await;
}

#[tokio::test]
async fn an_exported_register_comes_in_elsewhere_as_the_same() {
    let here = World::new().await;
    import(&here, sheet(|_| {}), &wanted("v1")).await;
    assert_eq!(
        export(&here.app, Some("v1"), Format::Xlsx, &here.path("r.xlsx"))
            .await
            .unwrap(),
        30
    );
    assert_eq!(
        export(&here.app, Some("v2"), Format::Xlsx, &here.path("none.xlsx"))
            .await
            .unwrap(),
        0
    );
    let bytes = std::fs::read(here.path("r.xlsx")).unwrap();
    let again = import(
        &here,
        bytes.clone(),
        &Wanted {
            update: true,
            ..wanted("v1")
        },
    )
    .await;
    assert_eq!(counts(&again), (0, 0, 30, 0, 0));
    assert!(
        again
            .report
            .problems
            .iter()
            .all(|problem| problem.code.code().starts_with("id_")),
        "{:?}",
        again.report
    );

    let there = World::new().await;
    assert_eq!(
        counts(&import(&there, bytes, &wanted("v1")).await),
        (30, 0, 0, 0, 0)
    );
    let documents = async |world: &World| {
        export(&world.app, None, Format::Json, &world.path("all.json"))
            .await
            .unwrap();
        let all: Vec<Value> =
            serde_json::from_slice(&std::fs::read(world.path("all.json")).unwrap()).unwrap();
        all.into_iter()
            .map(|document| (document["id"].clone(), document["value"].clone()))
            .collect::<Vec<_>>()
    };
    let (ours, theirs) = (documents(&here).await, documents(&there).await);
    assert_eq!(ours.len(), 31, "the households and the village");
    assert!(ours == theirs, "the same files");
    assert_eq!(
        here.count("SELECT count(*) FROM audit WHERE action = 'documents.export'")
            .await,
        3
    );
    here.close().await;
    there.close().await;
}

#[tokio::test]
async fn documents_leave_as_replicas_hold_them() {
    let world = World::new().await;
    let (mut li, _) = world.village().await;
    world.exchange(&mut li).await;
    assert_eq!(
        export(&world.app, Some("v1"), Format::Json, &world.path("v1.json"))
            .await
            .unwrap(),
        18
    );
    let text = std::fs::read_to_string(world.path("v1.json")).unwrap();
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    for (exported, (id, replica)) in all.iter().zip(&li.docs) {
        assert_eq!(exported["id"], id.as_str(), "sorted by name");
        assert_eq!(exported["value"], replica.document.json());
        let heads: Vec<String> = replica.document.heads().iter().map(ToString::to_string).collect();
        assert_eq!(exported["heads"], serde_json::json!(heads));
    }
    assert_eq!(text.lines().count(), 18 + 2, "one on a line");

    assert_eq!(
        export(&world.app, None, Format::Automerge, &world.path("files"))
            .await
            .unwrap(),
        19
    );
    let file = std::fs::read(world.path("files/h1.automerge")).unwrap();
    let loaded = automerge::Automerge::load(&file).unwrap();
    assert_eq!(
        loaded.get_heads(),
        li.docs[&DocId::parse("h1").unwrap()].document.heads()
    );
    let error = export(&world.app, None, Format::Json, &world.path("v1.json"))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("exists already"), "{error}");
    assert!(
        export(&world.app, Some("t1"), Format::Json, &world.path("x"))
            .await
            .is_err(),
        "a township is no village"
    );
    world.close().await;
}

#[tokio::test]
async fn a_whole_generated_register_is_read_under_its_own_village() {
    let world = World::new().await;
    let sample = sample();
    let bytes = xlsx(std::slice::from_ref(&sample)).unwrap();
    world
        .sql(&format!(
            "UPDATE places SET name = '{}' WHERE id = 'v2'",
            sample.name
        ))
        .await;
    let imported = import(
        &world,
        bytes,
        &Wanted {
            villages: Vec::new(),
            ..wanted("v2")
        },
    )
    .await;
    assert_eq!(counts(&imported), (30, 0, 0, 0, 0));
    assert_eq!(
        world
            .count("SELECT count(*) FROM household_overview WHERE village = 'v2'")
            .await,
        30
    );
    world.close().await;
}
