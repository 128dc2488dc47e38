//! `qiao verify` passes ordinary work and finds whatever was changed behind the server's back.

use qiao_server::app::App;
use qiao_server::clock::Clock;
use qiao_server::config::Config;
use qiao_server::ops::verify::verify;
use serde_json::json;
use sync_core::id::DocId;

use crate::phones::START_MS;
use crate::support::{World, copy, sql};

#[tokio::test]
async fn ordinary_work_is_sound() {
    let world = World::new().await;
    world.village().await;
    world.move_household("h2", "v2").await;
    let outcome = verify(&world.app).await.unwrap();
    assert_eq!(outcome.problems, []);
    assert_eq!((outcome.documents, outcome.changes), (19, 6 * 3 + 20 + 3));
    assert!(outcome.envelopes >= 4 && outcome.feeds >= 3);
    world.close().await;
}

#[tokio::test]
async fn a_server_at_work_can_be_verified() {
    let world = World::new().await;
    let (mut li, _) = world.village().await;
    let h3 = DocId::parse("h3").unwrap();
    let app = world.app.clone();
    let checking = tokio::spawn(async move {
        for _ in 0..5 {
            assert_eq!(verify(&app).await.unwrap().problems, []);
        }
    });
    for index in 0..40 {
        li.set(&h3, &["remark"], json!(format!("边查边改{index}")));
        world.exchange(&mut li).await;
    }
    checking.await.unwrap();
    world.close().await;
}

/// What somebody with the database file changes, and what it is called.
const TAMPERED: &[(&str, &str)] = &[
    ("UPDATE changes SET body = CAST(replace(body, CAST('漏' AS BLOB), CAST('干' AS BLOB)) AS BLOB)
      WHERE instr(body, CAST('漏' AS BLOB)) > 0", "change_unreadable"),
    ("DELETE FROM changes WHERE doc = (SELECT no FROM documents WHERE id = 'h1') AND version = 7", "version_missing"),
    ("DELETE FROM changes WHERE doc = (SELECT no FROM documents WHERE id = 'h1')
      AND version = (SELECT max(version) FROM changes WHERE doc = (SELECT no FROM documents WHERE id = 'h1'))", "version_missing"),
    ("UPDATE changes SET author = 3 WHERE version = 1 AND author = 2", "change_unreadable"),
    ("UPDATE changes SET envelope = (SELECT max(no) FROM envelopes) WHERE version = 1 AND author = 2", "change_not_signed"),
    ("UPDATE changes SET hash = zeroblob(32) WHERE version = 3", "change_unreadable"),
    ("DELETE FROM envelopes WHERE no = (SELECT min(no) FROM envelopes WHERE device = 2)", "change_not_signed"),
    ("UPDATE envelopes SET signature = zeroblob(64) WHERE device = 2", "signature_false"),
    ("UPDATE envelopes SET claimed_s = claimed_s + 1 WHERE device = 1", "signature_false"),
    ("UPDATE envelopes SET contents = substr(contents, 1, length(contents) - 1)", "signature_false"),
    ("UPDATE envelopes SET device = 3 WHERE device = 2 AND counter = (SELECT max(counter) FROM envelopes WHERE device = 2)", "signature_false"),
    ("UPDATE documents SET heads = zeroblob(32) WHERE id = 'h1'", "heads_differ"),
    ("UPDATE documents SET version = version + 1 WHERE id = 'h2'", "version_missing"),
    ("UPDATE documents SET list = zeroblob(4) WHERE id = 'h2'", "derived_differs"),
    ("UPDATE documents SET village = 'v2' WHERE id = 'h2'", "derived_differs"),
    ("UPDATE documents SET unit = 'u2' WHERE unit = 'u1'", "derived_differs"),
    ("UPDATE documents SET authors = x'0203' WHERE id = 'h2'", "authors_differ"),
    ("UPDATE feeds SET digest = zeroblob(16) WHERE name = 'village/v1'", "feed_digest_differs"),
    ("UPDATE feeds SET documents = documents - 1 WHERE name = 'village/v1'", "feed_count_differs"),
    ("UPDATE feeds SET head = head + 1 WHERE name = 'village/v1'", "feed_has_gap"),
    ("UPDATE feeds SET name = 'village/v9' WHERE name = 'village/v1'", "audience_differs"),
    ("DELETE FROM feed_entries WHERE seq = 5", "feed_has_gap"),
    ("UPDATE feed_entries SET ref = ref + 1 WHERE kind = 2", "feed_entries_loose"),
    ("DELETE FROM document_feeds WHERE doc = (SELECT no FROM documents WHERE id = 'h2')", "membership_differs"),
    ("DELETE FROM verdicts WHERE device = 2 AND seq = 1", "verdicts_have_gap"),
    ("UPDATE device_sync SET verdict_head = verdict_head + 1 WHERE device = 2", "verdicts_have_gap"),
    ("UPDATE snapshots SET version = version - 1 WHERE doc = (SELECT no FROM documents WHERE id = 'h1')", "snapshot_differs"),
    ("UPDATE snapshots SET body = zeroblob(40) WHERE doc = (SELECT no FROM documents WHERE id = 'h1')", "snapshot_differs"),
    ("DELETE FROM snapshots", "snapshot_missing"),
    ("UPDATE devices SET nonce = zeroblob(16) WHERE no = 2", "identity_false"),
    ("DELETE FROM documents WHERE id = 'h6'", "changes_without_document"),
    ("DROP TRIGGER audit_is_append_only_update; UPDATE audit SET actor = 'somebody' WHERE seq = 2", "audit_broken"),
    ("DROP TRIGGER audit_is_append_only_delete; DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)", "audit_broken"),
];

#[tokio::test]
async fn whatever_is_changed_behind_the_servers_back_is_found() {
    let world = World::new().await;
    world.village().await;
    for index in 0..4 {
        let place = qiao_server::registry::places::Place {
            id: format!("v1{index}"),
            parent: Some("t1".to_owned()),
            level: qiao_server::registry::places::Level::Village,
            name: "村".to_owned(),
        };
        let root = qiao_server::registry::Actor::command_line();
        qiao_server::registry::places::create(&world.app, &root, place)
            .await
            .unwrap();
    }
    let dir = world.close().await;
    for (index, (tamper, code)) in TAMPERED.iter().enumerate() {
        let data = dir.path().join(format!("tampered{index}"));
        copy(&dir.path().join("data"), &data);
        let before = std::fs::read(data.join("qiao.sqlite")).unwrap();
        sql(&data, tamper).await;
        let app = App::open(Config::for_tests(&data), Clock::manual(START_MS))
            .await
            .unwrap();
        let outcome = verify(&app).await.unwrap();
        app.relay.stop().await;
        app.store.close().await;
        assert!(
            std::fs::read(data.join("qiao.sqlite")).unwrap() != before,
            "{tamper} changed nothing"
        );
        let codes: Vec<&str> = outcome.problems.iter().map(|problem| problem.code).collect();
        assert!(
            codes.contains(code),
            "{tamper}: wanted {code}, got {:?}",
            outcome.problems
        );
        let said = outcome
            .problems
            .iter()
            .map(ToString::to_string)
            .collect::<String>();
        assert!(
            !said.contains('沈') && !said.contains("1351"),
            "no personal data: {said}"
        );
        std::fs::remove_dir_all(&data).unwrap();
    }
}
