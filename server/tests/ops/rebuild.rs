//! `qiao rebuild`: what was written beside the documents is what the log says, and becomes so again when it is not.

use qiao_server::ops::rebuild::rebuild;
use qiao_server::ops::verify::verify;
use serde_json::json;
use sync_core::id::DocId;

use crate::support::World;

#[tokio::test]
async fn what_the_relay_wrote_comes_out_equal() {
    let world = World::new().await;
    let (mut li, _) = world.village().await;
    world.move_household("h2", "v2").await;
    li.set(&DocId::parse("h3").unwrap(), &["householder"], json!("沈改名"));
    world.exchange(&mut li).await;
    let comparison = rebuild(&world.app, true).await.unwrap();
    assert_eq!((comparison.documents, comparison.differences), (19, vec![]));

    assert_eq!(
        world
            .count("SELECT count(*) FROM household_overview WHERE members = 2 AND village = 'v1'")
            .await,
        5
    );
    assert_eq!(
        world
            .count("SELECT count(*) FROM household_overview WHERE last_visit_on = '2026-03-01'")
            .await,
        6
    );
    assert_eq!(
        world
            .count("SELECT count(*) FROM household_overview WHERE householder = '沈改名'")
            .await,
        1
    );
    assert_eq!(
        world
            .count("SELECT sum(visits) FROM visits_by_year WHERE village = 'v1' AND year = 2026")
            .await,
        5
    );
    let overdue = "SELECT count(*) FROM need_overview WHERE is_open AND due < '2027-01-01' AND village = ";
    assert_eq!(world.count(&format!("{overdue}'v1'")).await, 5);
    assert_eq!(
        world.count(&format!("{overdue}'v2'")).await,
        1,
        "a need goes with its household"
    );
    assert_eq!(
        world
            .count("SELECT count(*) FROM need_overview WHERE unit = 'u1' AND state = 'accepted'")
            .await,
        1
    );
    world.close().await;
}

#[tokio::test]
async fn what_differs_is_named_and_put_right() {
    let world = World::new().await;
    let (mut li, mut unit) = world.village().await;
    world
        .sql(
            "UPDATE households SET householder = '别人' WHERE number = '0001';
             DELETE FROM households WHERE number = '0002';
             UPDATE needs SET state = 'closed';
             INSERT INTO visits (doc, visits, last_on) VALUES (999, 1, '2026-01-01');
             UPDATE documents SET list = x'00' WHERE id = 'h3';
             UPDATE documents SET village = 'v2' WHERE id = 'h4';
             UPDATE documents SET village = 'v2' WHERE household = 'h5' AND kind = 4;
             UPDATE feeds SET digest = zeroblob(16), documents = 3 WHERE name = 'village/v1';",
        )
        .await;
    let found = rebuild(&world.app, true).await.unwrap();
    let rows: Vec<_> = found
        .differences
        .iter()
        .map(|difference| (difference.table, difference.rows))
        .collect();
    // The journal and the need of h4 lie where h4 lies.
    assert_eq!(
        rows,
        [
            ("households", 2),
            ("needs", 6),
            ("visits", 1),
            ("documents", 3),
            ("feeds", 1)
        ]
    );
    assert!(!found.repaired);
    assert_eq!(
        rebuild(&world.app, true).await.unwrap().differences,
        found.differences,
        "checking changes nothing"
    );
    assert!(!verify(&world.app).await.unwrap().is_sound());

    assert!(rebuild(&world.app, false).await.unwrap().repaired);
    assert_eq!(rebuild(&world.app, true).await.unwrap().differences, []);
    assert_eq!(verify(&world.app).await.unwrap().problems, []);
    assert_eq!(
        world
            .count("SELECT count(*) FROM audit WHERE action = 'projections.rebuild'")
            .await,
        1
    );

    // The server, which was running all along, goes on with what is right: phones compare the sums themselves.
    li.set(&DocId::parse("h4").unwrap(), &["remark"], json!("继续"));
    world.exchange(&mut li).await;
    world.exchange(&mut unit).await;
    assert_eq!(rebuild(&world.app, true).await.unwrap().differences, []);
    world.close().await;
}

#[tokio::test]
async fn a_repair_keeps_what_is_edited_meanwhile() {
    let world = World::new().await;
    let (mut li, _) = world.village().await;
    world
        .sql("DELETE FROM households; DELETE FROM visits; UPDATE feeds SET digest = zeroblob(16)")
        .await;
    let app = world.app.clone();
    let repairing = tokio::spawn(async move { rebuild(&app, false).await.unwrap() });
    for index in 0..30 {
        li.set(
            &DocId::parse("h5").unwrap(),
            &["phone"],
            json!(format!("135159260{index:02}")),
        );
        // The sums of the feed are wrong until they are put right, so nothing is asked for yet.
        let up = li.up();
        let mut intake = qiao_server::relay::exchange::Intake::new(world.app.relay.clone());
        intake.take(up, world.app.now()).await.unwrap();
        drop(intake.finish().unwrap());
    }
    assert!(repairing.await.unwrap().repaired);
    assert_eq!(rebuild(&world.app, true).await.unwrap().differences, []);
    assert_eq!(
        world
            .count("SELECT count(*) FROM households WHERE phone = '13515926029'")
            .await,
        1
    );
    assert_eq!(verify(&world.app).await.unwrap().problems, []);
    world.close().await;
}
