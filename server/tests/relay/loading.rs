//! First loads: in pieces, cut anywhere, and what comes first.

use serde_json::json;
use sync_core::wire::frame::{Cursor, Entry, Frame};

use crate::support::{Phone, World, family};

async fn village(world: &mut World, households: usize) -> Phone {
    let mut li = world.phone("team", "v1").await;
    let text = "今日到户走访，户主在家，身体尚好，屋顶有一处漏雨，答应联系住建所来看。".repeat(40);
    for n in 0..households {
        let id = li.household(&format!("h{n}"), "v1", family(&format!("某{n}")));
        li.journal(
            &id,
            2026,
            json!({"visits": [{"date": "2026-11-20", "found": format!("{n}{text}")}]}),
        );
    }
    world.exchange(&mut li).await;
    li
}

#[tokio::test]
async fn a_new_phone_gets_authors_then_a_list_then_documents_in_order() {
    let mut world = World::new().await;
    let li = village(&mut world, 60).await;
    let mut late = world.phone("committee", "v1").await;
    let down = world.exchange(&mut late).await;
    let mut order = Vec::new();
    for frame in &down {
        match frame {
            Frame::Rows(rows) => {
                assert_eq!(rows.len(), 60);
                assert!(rows.iter().all(|row| row.fields.len() >= 3));
                order.push("rows");
            }
            Frame::Entries(entries) => {
                let sort = match &entries.entries[0] {
                    Entry::Author(_) => "authors",
                    Entry::Snapshot { .. } => "documents",
                    _ => "other",
                };
                order.push(sort);
                assert!(frame.to_bytes().len() < 2 * sync_core::limits::FRAME_SIZE_BYTES_TARGET);
                assert_eq!(entries.progress.1, 120);
            }
            _ => {}
        }
    }
    assert_eq!(order[..3], ["authors", "rows", "documents"]);
    assert!(order[3..].iter().all(|sort| *sort == "documents"));
    assert!(order.len() > 4, "in pieces: {order:?}");
    assert_eq!(late.holds().len(), 120);
    for (id, replica) in &li.docs {
        assert_eq!(late.json(id), replica.document.json());
    }
}

#[tokio::test]
async fn a_load_cut_after_any_frame_goes_on_where_it_was() {
    let mut world = World::new().await;
    village(&mut world, 40).await;
    let mut late = world.phone("committee", "v1").await;
    let (mut documents, mut rounds) = (0, 0);
    loop {
        let up = late.up();
        let down = world.send(up).await;
        // Two frames of entries arrive, then the link breaks.
        let mut kept = Vec::new();
        let mut taken = 0;
        let mut done = false;
        for frame in down {
            if matches!(&frame, Frame::Entries(_)) {
                taken += 1;
            }
            if taken > 2 {
                break;
            }
            done = matches!(frame, Frame::CaughtUp(_));
            kept.push(frame);
        }
        documents += kept
            .iter()
            .filter_map(|frame| match frame {
                Frame::Entries(entries) => Some(
                    entries
                        .entries
                        .iter()
                        .filter(|entry| matches!(entry, Entry::Snapshot { .. }))
                        .count(),
                ),
                _ => None,
            })
            .sum::<usize>();
        late.take(&kept);
        rounds += 1;
        if done {
            break;
        }
    }
    assert!(rounds > 2, "{rounds}");
    assert_eq!(documents, 80, "nothing travels twice");
    assert_eq!(late.holds().len(), 80);
}

#[tokio::test]
async fn changes_during_a_load_arrive_after_it() {
    let mut world = World::new().await;
    let mut li = village(&mut world, 40).await;
    let mut late = world.phone("committee", "v1").await;
    let up = late.up();
    let mut reply = world.reply(up).await;
    let mut pages = 0;
    let first = li.docs.keys().next().unwrap().clone();
    let last = li.docs.keys().last().unwrap().clone();
    while let Some(page) = reply.next().await.unwrap() {
        late.take(&page.frames);
        pages += 1;
        if pages == 4 {
            // Somebody writes while the village is on its way.
            let household =
                |id: &sync_core::id::DocId| id.to_string().replace(".j2026", "").try_into().unwrap();
            li.set(&household(&first), &["phone"], json!("13515926001"));
            li.set(&household(&last), &["phone"], json!("13515926002"));
            world.exchange(&mut li).await;
        }
    }
    assert!(pages > 4);
    assert_eq!(late.holds().len(), 80, "the sums were compared at the end");
}

#[tokio::test]
async fn far_behind_is_a_load_of_what_changed() {
    let mut world = World::new().await;
    let mut li = village(&mut world, 20).await;
    let mut wang = world.phone("committee", "v1").await;
    world.exchange(&mut wang).await;
    let feed = *wang.cursors.keys().find(|feed| **feed != 0).unwrap();
    let id: sync_core::id::DocId = "h7".to_owned().try_into().unwrap();
    li.set(&id, &["phone"], json!("13515926001"));
    world.exchange(&mut li).await;
    let Some(Cursor::Tail(seq)) = wang.cursors.get(&feed).copied() else {
        panic!()
    };
    // As if 5,000 entries had gone by; the document's own place in the feed is what counts.
    wang.cursors.insert(
        feed,
        Cursor::Loading {
            from: seq,
            to: seq,
            after_rank: 0,
            after_doc: 0,
        },
    );
    let down = world.exchange(&mut wang).await;
    let snapshots = down
        .iter()
        .filter_map(|frame| match frame {
            Frame::Entries(entries) => Some(entries.entries.len()),
            _ => None,
        })
        .sum::<usize>();
    assert_eq!(snapshots, 1, "{down:?}");
    assert_eq!(wang.json(&id)["phone"], "13515926001");
}

#[tokio::test]
async fn a_replica_that_differs_is_told_where() {
    let mut world = World::new().await;
    village(&mut world, 20).await;
    let mut late = world.phone("committee", "v1").await;
    world.exchange(&mut late).await;
    let feed = *late.cursors.keys().find(|feed| **feed != 0).unwrap();
    let mut sums = vec![sync_core::feed::Digest::default(); sync_core::limits::REPAIR_BUCKETS];
    for (id, replica) in late.docs.iter().skip(1) {
        let digest = sync_core::feed::Digest::of(id, 0, &replica.document.heads());
        sums[sync_core::feed::bucket(id)].add(digest);
    }
    let buckets = sums.into_iter().map(sync_core::feed::Digest::short).collect();
    let mut up = late.up();
    up.push(Frame::Repair(sync_core::wire::frame::RepairDigests {
        feed,
        buckets,
    }));
    let down = world.send(up).await;
    let list = down.iter().find_map(|frame| match frame {
        Frame::RepairList(list) => Some(list),
        _ => None,
    });
    let list = list.expect("a list");
    let first = late.docs.keys().next().unwrap();
    assert_eq!(list.buckets, [sync_core::feed::bucket(first) as u64]);
    assert!(list.documents.iter().any(|(_, id, _)| id == first));
}

#[tokio::test]
async fn after_a_restore_devices_are_told_where_it_stood_and_go_on() {
    let mut world = World::new().await;
    let mut li = village(&mut world, 3).await;
    let mut wang = world.phone("committee", "v1").await;
    world.exchange(&mut wang).await;
    let before = li.epoch;
    let feed = *wang.cursors.keys().find(|feed| **feed != 0).unwrap();
    let Some(Cursor::Tail(head)) = wang.cursors.get(&feed).copied() else {
        panic!()
    };
    let Some(Cursor::Tail(verdicts)) = li.cursors.get(&0).copied() else {
        panic!()
    };
    qiao_server::relay::Relay::mark_restored(&world.store, world.now_ms)
        .await
        .unwrap();
    world.restart().await;

    let down = world.exchange(&mut li).await;
    let Frame::Welcome(welcome) = &down[0] else {
        panic!("{down:?}")
    };
    assert_ne!(welcome.epoch, before);
    assert!(welcome.restored.contains(&(feed, head)), "{welcome:?}");
    assert!(welcome.restored.contains(&(0, verdicts)), "{welcome:?}");
    let whole = |frame: &Frame| matches!(frame, Frame::Entries(entries) if !entries.entries.is_empty());
    assert!(
        !down.iter().any(whole),
        "nothing that is held is sent again: {down:?}"
    );

    let id: sync_core::id::DocId = "h1".to_owned().try_into().unwrap();
    li.said();
    li.set(&id, &["phone"], json!("13515926001"));
    world.exchange(&mut li).await;
    let said = li.said();
    let [sync_core::wire::frame::Verdict::Accepted { version: 2, .. }] = said[..] else {
        panic!("{said:?}")
    };
    world.exchange(&mut wang).await;
    assert_eq!(wang.json(&id)["phone"], "13515926001");
    let down = world.exchange(&mut wang).await;
    let Frame::Welcome(welcome) = &down[0] else {
        panic!()
    };
    assert!(welcome.restored.is_empty(), "told once");
    assert!(
        world
            .count("SELECT min(seq) FROM feed_entries WHERE seq > 100")
            .await
            > 1_000_000,
        "numbers are not reused"
    );
}

#[tokio::test]
async fn what_the_server_writes_itself_reaches_the_village() {
    let mut world = World::new().await;
    let mut li = world.phone("team", "v1").await;
    world.exchange(&mut li).await;
    let edits = serde_json::from_value(json!([
        {"new": "household", "village": "v1", "id": "h1", "value": {"householder": "沈清华", "members": [{"name": "沈清华"}]}},
        {"new": "village", "village": "v1", "value": {"name": "前村"}},
        {"new": "household", "village": "v1", "id": "h2", "value": {"verify_note": "x"}},
        {"doc": "h1", "ops": [{"op": "set", "path": ["phone"], "value": "13515926001"}]},
        {"doc": "h1", "ops": [{"op": "set", "path": ["phone"], "value": "13515926001"}]},
    ]));
    let done = world.relay.author(edits.unwrap(), world.now_ms).await.unwrap();
    assert!(matches!(done[..2], [Ok(Some(_)), Ok(Some(_))]), "{done:?}");
    assert_eq!(
        done[2].as_ref().unwrap_err().reason,
        sync_core::reason::Reason::NotAllowed
    );
    assert!(matches!(done[3..], [Ok(Some(_)), Ok(None)]), "{done:?}");
    world.exchange(&mut li).await;
    assert_eq!(li.holds(), ["h1", "v1"]);
    let id: sync_core::id::DocId = "h1".to_owned().try_into().unwrap();
    assert_eq!(li.json(&id)["phone"], "13515926001");
    li.set(&id, &["phone"], json!("13515926002"));
    world.exchange(&mut li).await;
    assert!(matches!(
        li.said()[..],
        [sync_core::wire::frame::Verdict::Accepted { version: 3, .. }]
    ));
}

#[tokio::test]
async fn somebody_who_first_writes_during_a_load_is_introduced_before_what_they_wrote() {
    let mut world = World::new().await;
    village(&mut world, 40).await;
    let mut wang = world.phone("committee", "v1").await;
    world.exchange(&mut wang).await;
    let mut late = world.phone("village_cadre", "v1").await;
    let up = late.up();
    let mut reply = world.reply(up).await;
    let mut pages = 0;
    while let Some(page) = reply.next().await.unwrap() {
        // The replica panics on an author it does not know.
        late.take(&page.frames);
        pages += 1;
        if pages == 3 {
            let ids: Vec<_> = wang
                .docs
                .keys()
                .filter(|id| id.as_journal().is_none())
                .cloned()
                .collect();
            for id in ids {
                wang.set(&id, &["phone"], json!("13515926001"));
            }
            world.exchange(&mut wang).await;
        }
    }
    assert_eq!(late.holds().len(), 80);
}
