//! What offices read: who finds what, what of it is shown, and figures that are the lengths of their lists.

use qiao_server::error::{Code, Error};
use qiao_server::offices::history::Part;
use qiao_server::offices::households::Depth;
use qiao_server::offices::needs::{Filter, Waiting};
use qiao_server::offices::search::Search;
use qiao_server::offices::{Viewer, activity, cases, history, households, needs, overview, search};
use qiao_server::ops::rebuild::{rebuild, renew};
use serde_json::{Value, json};
use sync_core::edit::EditOp;
use sync_core::id::DocId;

use crate::phones::Phone;
use crate::support::{World, family};

struct Offices {
    world: World,
    li: Phone,
    unit: Phone,
}

impl Offices {
    /// Seven households in two villages with visits and needs, and desks of all sorts.
    async fn open() -> Offices {
        let world = World::new().await;
        let (mut li, unit) = world.village().await;
        world
            .sql(
                "INSERT INTO places (id, parent, level, name) VALUES ('t2', 'd1', 'township', '邻镇'), ('v9', 't2', 'village', '别村');
                 INSERT INTO people (id, name, role, places, unit, created_ms, updated_ms) VALUES
                    ('town', '镇上', 'township', '[\"t1\"]', NULL, 0, 0), ('town2', '邻镇', 'township', '[\"t2\"]', NULL, 0, 0),
                    ('dept', '县里', 'county', '[\"d1\"]', NULL, 0, 0), ('office', '水务', 'unit', '[]', 'u1', 0, 0),
                    ('office2', '住建', 'unit', '[]', 'u2', 0, 0), ('boss', '管理', 'admin', '[]', NULL, 0, 0),
                    ('team', '队员', 'team', '[\"v1\"]', NULL, 0, 0);
                 INSERT INTO pairings (id, unit, village, created_ms) VALUES ('r1', 'u1', 'v2', 0);
                 INSERT INTO pairings (id, unit, household, created_ms) VALUES ('r2', 'u1', 'h2', 0), ('r3', 'u1', 'h3', 0);",
            )
            .await;
        let mut file = family("曾小丰", "0070");
        file["group"] = json!(1);
        file["household_type"] = json!("监测对象");
        file["monitoring_type"] = json!("突发严重困难户");
        file["risk_state"] = json!("未消除");
        file["guarantees"] = json!({"water": false, "housing": false, "food": true});
        file["members"] = json!([
            {"name": "曾小丰", "id_number": "11010519491231002X", "health": "大病"},
            {"name": "买买提·艾力", "left_on": "2025-01-01", "id_number": "110105194912310038"},
        ]);
        li.household("h7", "v1", file);
        world.exchange(&mut li).await;
        li.drafts.clear();
        world.move_household("h6", "v2").await;
        Offices { world, li, unit }
    }

    async fn viewer(&self, person: &str) -> Viewer {
        Viewer::of(&self.world.app, person).await.unwrap()
    }

    async fn find(&self, person: &str, search: Value) -> Vec<String> {
        let viewer = self.viewer(person).await;
        let search: Search = serde_json::from_value(search).unwrap();
        let found = search::search(&self.world.app, &viewer, &search).await.unwrap();
        found.items.into_iter().map(|row| row.id).collect()
    }

    async fn edit(&mut self, id: &str, path: &[&str], value: Value) {
        self.li.set(&DocId::parse(id).unwrap(), path, value);
        self.world.exchange(&mut self.li).await;
        self.li.drafts.clear();
    }
}

fn code<T>(answer: Result<T, Error>) -> Code {
    answer.err().expect("a refusal").code()
}

#[tokio::test]
async fn a_household_is_found_by_what_people_know_of_it() {
    let offices = Offices::open().await;
    for q in [
        "曾小丰",
        "小丰",
        "zeng",
        "cengxiao",
        "zxf",
        "曾 xf",
        "0070",
        "002X",
        "31002x",
    ] {
        assert_eq!(offices.find("town", json!({ "q": q })).await, ["h7"], "{q}");
    }
    // Who has left is not found, nor anybody by the middle of a number or a word that fits only another household.
    for q in ["买买提", "mmt", "10038", "4912", "曾 沈清"] {
        assert_eq!(offices.find("town", json!({ "q": q })).await, [""; 0], "{q}");
    }
    assert_eq!(
        offices.find("town", json!({ "q": "shenqing" })).await,
        ["h1", "h2", "h3", "h4", "h5", "h6"]
    );
    assert_eq!(
        offices
            .find("town", json!({ "q": "shenqing", "villages": ["v2"] }))
            .await,
        ["h6"]
    );
    assert_eq!(offices.find("dept", json!({ "q": "清6" })).await, ["h6"]);
    let town = offices.viewer("town").await;
    let search = Search {
        q: "沈清1之".into(),
        ..Search::default()
    };
    let found = search::search(&offices.world.app, &town, &search).await.unwrap();
    assert_eq!(found.items[0].matched, ["沈清1之子"]);
    offices.world.close().await;
}

#[tokio::test]
async fn nobody_searches_beyond_their_places() {
    let offices = Offices::open().await;
    let app = &offices.world.app;
    assert_eq!(offices.find("town2", json!({})).await, [""; 0]);
    assert_eq!(
        offices.find("team", json!({ "q": "沈" })).await,
        ["h1", "h2", "h3", "h4", "h5"]
    );
    let elsewhere = Search {
        villages: vec!["v1".into()],
        ..Search::default()
    };
    let town2 = offices.viewer("town2").await;
    assert_eq!(
        code(search::search(app, &town2, &elsewhere).await),
        Code::OutsideArea
    );
    let outside = Search {
        place: Some("t1".into()),
        ..Search::default()
    };
    assert_eq!(
        code(search::search(app, &town2, &outside).await),
        Code::OutsideArea
    );
    let unit = offices.viewer("office").await;
    assert_eq!(
        code(search::search(app, &unit, &Search::default()).await),
        Code::NotAllowed
    );
    assert_eq!(code(Viewer::of(app, "boss").await), Code::NotAllowed);
    for id in ["h1", "nothing"] {
        assert_eq!(
            code(households::get(app, &town2, id, &Depth::default()).await),
            Code::NotFound
        );
        assert_eq!(
            code(history::list(app, &town2, id, &Part::default()).await),
            Code::NotFound
        );
    }
    assert_eq!(
        code(history::list(app, &unit, "h1", &Part::default()).await),
        Code::NotAllowed
    );
    assert_eq!(
        code(households::get(app, &unit, "h1", &Depth::default()).await),
        Code::NotAllowed
    );
    offices.world.close().await;
}

#[tokio::test]
async fn pages_of_a_search_make_up_the_whole() {
    let offices = Offices::open().await;
    let town = offices.viewer("town").await;
    let whole = offices.find("town", json!({})).await;
    assert_eq!(
        whole,
        ["h7", "h1", "h2", "h3", "h4", "h5", "h6"],
        "by village, group and number"
    );
    for limit in 1..=8 {
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let search = Search {
                cursor,
                limit: Some(limit),
                count: true,
                ..Search::default()
            };
            let page = search::search(&offices.world.app, &town, &search).await.unwrap();
            assert_eq!(page.total, Some(7));
            ids.extend(page.items.into_iter().map(|row| row.id));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(ids, whole, "{limit} at a time");
    }
    let bad = Search {
        cursor: Some("bm9uc2Vuc2U".into()),
        ..Search::default()
    };
    assert_eq!(
        code(search::search(&offices.world.app, &town, &bad).await),
        Code::Invalid
    );
    offices.world.close().await;
}

#[tokio::test]
async fn filters_narrow_a_search() {
    let mut offices = Offices::open().await;
    offices.edit("h5", &["register_state"], json!("moved_away")).await;
    for (filter, found) in [
        (json!({ "monitored": true }), vec!["h7"]),
        (json!({ "gap": ["water"] }), vec!["h7"]),
        (json!({ "gap": ["food"] }), vec![]),
        (json!({ "gap": ["any"] }), vec!["h7"]),
        (json!({ "group": 1 }), vec!["h7"]),
        (
            json!({ "monitoring_type": ["突发严重困难户"], "risk_state": ["未消除"] }),
            vec!["h7"],
        ),
        (json!({ "register_state": "moved_away" }), vec!["h5"]),
        (
            json!({ "register_state": "active", "household_type": ["脱贫户"] }),
            vec!["h1", "h2", "h3", "h4", "h6"],
        ),
        // The visits were on the first of March; the clock stands in November.
        (json!({ "not_visited_days": 90, "villages": ["v2"] }), vec!["h6"]),
        (json!({ "not_visited_days": 300 }), vec!["h7"]),
        (json!({ "visited_days": 300, "villages": ["v2"] }), vec!["h6"]),
        (json!({ "without_measure": false }), vec![]),
        (json!({ "conflicts": true }), vec![]),
    ] {
        assert_eq!(offices.find("town", filter.clone()).await, found, "{filter}");
    }
    offices.world.close().await;
}

#[tokio::test]
async fn what_is_sensitive_is_shown_on_request_only_and_noted() {
    let offices = Offices::open().await;
    let (app, town) = (&offices.world.app, offices.viewer("town").await);
    let file = households::get(app, &town, "h7", &Depth::default())
        .await
        .unwrap();
    let text = serde_json::to_string(&file).unwrap();
    for secret in ["11010519491231002X", "大病", "13515926038"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("曾小丰") && file.hidden.iter().any(|path| path.last().unwrap() == "id_number"));
    let listed = history::list(app, &town, "h7", &Part::default()).await.unwrap();
    let text = serde_json::to_string(&listed).unwrap();
    assert!(!text.contains("11010519491231002X") && text.contains("\"hidden\":true"));
    let noted = "SELECT count(*) FROM audit WHERE actor = 'town' AND subject = 'h7'";
    assert_eq!(offices.world.count(noted).await, 0);
    let file = households::get(app, &town, "h7", &Depth { sensitive: true })
        .await
        .unwrap();
    assert!(
        serde_json::to_string(&file)
            .unwrap()
            .contains("11010519491231002X")
            && file.hidden.is_empty()
    );
    let part = Part {
        sensitive: true,
        ..Part::default()
    };
    let listed = history::list(app, &town, "h7", &part).await.unwrap();
    assert!(
        serde_json::to_string(&listed)
            .unwrap()
            .contains("11010519491231002X")
    );
    assert_eq!(offices.world.count(noted).await, 2);
    assert!(!format!("{file:?}").contains("曾小丰"));
    offices.world.close().await;
}

#[tokio::test]
async fn a_file_comes_with_its_needs_and_with_visits_for_who_may_read_them() {
    let offices = Offices::open().await;
    let app = &offices.world.app;
    for (person, visits) in [("town", 1), ("team", 1), ("dept", 0)] {
        let viewer = offices.viewer(person).await;
        let file = households::get(app, &viewer, "h1", &Depth::default())
            .await
            .unwrap();
        assert_eq!((file.needs.len(), file.visits.len()), (1, visits), "{person}");
        assert_eq!(file.row.householder.as_deref(), Some("沈清1"));
    }
    offices.world.close().await;
}

#[tokio::test]
async fn a_history_tells_who_changed_what_and_from_what() {
    let mut offices = Offices::open().await;
    offices.edit("h3", &["householder"], json!("沈改名")).await;
    let (app, town) = (&offices.world.app, offices.viewer("town").await);
    let last = history::list(
        app,
        &town,
        "h3",
        &Part {
            limit: Some(1),
            ..Part::default()
        },
    )
    .await
    .unwrap();
    let change = &last.items[0];
    assert_eq!(
        (change.name.as_deref(), change.role, change.device),
        (Some("某2"), Some("team"), 2)
    );
    assert_eq!(change.changes[0].path, ["householder"]);
    assert_eq!(
        (&change.changes[0].before, &change.changes[0].after),
        (&json!("沈清3"), &json!("沈改名"))
    );
    assert!(last.next.is_some());
    // h1 was edited often enough to have a snapshot: its history is whole all the same, page by page.
    let (mut versions, mut after) = (Vec::new(), None);
    loop {
        let page = history::list(
            app,
            &town,
            "h1",
            &Part {
                after,
                limit: Some(4),
                sensitive: false,
            },
        )
        .await
        .unwrap();
        versions.extend(page.items.iter().map(|change| change.version));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let whole: Vec<u64> = (1..=versions[0]).rev().collect();
    assert!(versions.len() > 20 && versions == whole);
    // A unit follows its own needs, and no others.
    let need: Vec<_> = needs::list(app, &offices.viewer("office").await, &Filter::default())
        .await
        .unwrap()
        .items;
    assert_eq!(need.len(), 1);
    let part = Part::default();
    let told = history::list(app, &offices.viewer("office").await, &need[0].id, &part)
        .await
        .unwrap();
    assert_eq!(told.items[0].changes[0].after, json!("accepted"));
    let other = offices.viewer("office2").await;
    assert_eq!(
        code(history::list(app, &other, &need[0].id, &part).await),
        Code::NotFound
    );
    offices.world.close().await;
}

#[tokio::test]
async fn needs_are_listed_by_what_they_wait_for() {
    let offices = Offices::open().await;
    let (app, town) = (&offices.world.app, offices.viewer("town").await);
    let count = async |filter: Filter| {
        let filter = Filter {
            count: true,
            ..filter
        };
        let listed = needs::list(app, &town, &filter).await.unwrap();
        assert_eq!(listed.total, Some(listed.items.len() as i64));
        listed.items.len()
    };
    assert_eq!(count(Filter::default()).await, 6);
    assert_eq!(
        count(Filter {
            waiting: Some(Waiting::Unassigned),
            ..Filter::default()
        })
        .await,
        5
    );
    assert_eq!(
        count(Filter {
            state: Some("accepted,closed".into()),
            ..Filter::default()
        })
        .await,
        1
    );
    assert_eq!(
        count(Filter {
            unit: Some("u1".into()),
            ..Filter::default()
        })
        .await,
        1
    );
    assert_eq!(
        count(Filter {
            village: Some("v2".into()),
            ..Filter::default()
        })
        .await,
        1
    );
    assert_eq!(
        count(Filter {
            overdue: Some(true),
            ..Filter::default()
        })
        .await,
        0
    );
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let page = needs::list(
            app,
            &town,
            &Filter {
                cursor,
                limit: Some(2),
                ..Filter::default()
            },
        )
        .await
        .unwrap();
        ids.extend(page.items.into_iter().map(|need| need.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 6);
    let own = needs::list(app, &offices.viewer("office").await, &Filter::default())
        .await
        .unwrap();
    assert_eq!(own.items[0].householder.as_deref(), Some("沈清1"));
    let other = Filter {
        unit: Some("u2".into()),
        ..Filter::default()
    };
    assert_eq!(
        code(needs::list(app, &offices.viewer("office").await, &other).await),
        Code::OutsideArea
    );
    offices.world.close().await;
}

/// Asks for the list behind a figure and returns how long it is.
async fn length(offices: &Offices, viewer: &Viewer, list: &overview::List) -> i64 {
    let app = &offices.world.app;
    match list.to {
        "households" => {
            let mut filter = list.filter.clone();
            filter["count"] = json!(true);
            let search: Search = serde_json::from_value(filter).unwrap();
            search::search(app, viewer, &search).await.unwrap().total.unwrap()
        }
        "needs" => {
            let mut filter = list.filter.clone();
            filter["count"] = json!(true);
            let filter: Filter = serde_json::from_value(filter).unwrap();
            needs::list(app, viewer, &filter).await.unwrap().total.unwrap()
        }
        "cases" => {
            let mut filter = list.filter.clone();
            filter["count"] = json!(true);
            let search = serde_json::from_value(filter).unwrap();
            cases::list(app, viewer, &search).await.unwrap().total.unwrap()
        }
        other => panic!("{other}"),
    }
}

async fn figures(offices: &Offices, person: &str, place: Option<&str>) -> overview::Overview {
    let wanted = overview::Wanted {
        place: place.map(str::to_owned),
        silent_days: None,
    };
    overview::get(&offices.world.app, &offices.viewer(person).await, &wanted)
        .await
        .unwrap()
}

fn value(overview: &overview::Overview, key: &str) -> i64 {
    overview
        .numbers
        .iter()
        .find(|number| number.key == key)
        .unwrap()
        .value
}

#[tokio::test]
async fn every_figure_is_the_length_of_its_list_and_moves_with_the_next_change() {
    let mut offices = Offices::open().await;
    for step in 0..4 {
        match step {
            0 => {}
            1 => offices.edit("h2", &["guarantees", "water"], json!(false)).await,
            2 => {
                offices
                    .edit("h3", &["monitoring_type"], json!("边缘易致贫户"))
                    .await
            }
            _ => {
                offices.world.move_household("h2", "v2").await;
                let journal = DocId::journal(&DocId::parse("h4").unwrap(), 2026).unwrap();
                let visit = EditOp::Add {
                    path: vec!["visits".to_owned()],
                    key: None,
                    value: json!({"date": "2026-11-20"}).as_object().unwrap().clone(),
                };
                offices.li.edit(&journal, vec![visit]);
                offices.world.exchange(&mut offices.li).await;
            }
        }
        for (person, place) in [
            ("town", None),
            ("town", Some("v1")),
            ("town", Some("v2")),
            ("dept", None),
            ("team", None),
            ("office", None),
        ] {
            let shown = figures(&offices, person, place).await;
            let viewer = offices.viewer(person).await;
            for number in shown.numbers.iter().filter(|number| number.list.to != "places") {
                assert_eq!(
                    length(&offices, &viewer, &number.list).await,
                    number.value,
                    "{} of {person} in {place:?} after step {step}",
                    number.key
                );
            }
        }
    }
    let town = figures(&offices, "town", None).await;
    assert_eq!(
        (
            value(&town, "households"),
            value(&town, "gaps"),
            value(&town, "monitored")
        ),
        (7, 2, 2)
    );
    assert_eq!(
        (value(&town, "needs_open"), value(&town, "needs_unassigned")),
        (6, 5)
    );
    assert_eq!(value(&town, "visited_30"), 1);
    let rows: Vec<_> = town
        .places
        .iter()
        .map(|row| (row.id.as_str(), row.households, row.gaps))
        .collect();
    assert_eq!(rows, [("v1", 5, 1), ("v2", 2, 1)], "of the villages, in order");
    assert_eq!(value(&figures(&offices, "office", None).await, "needs_open"), 1);
    offices.world.close().await;
}

#[tokio::test]
async fn a_village_not_heard_of_is_silent() {
    let offices = Offices::open().await;
    let now_ms = offices.world.app.now();
    offices
        .world
        .sql(&format!(
            "INSERT OR REPLACE INTO device_health (no, last_seen_ms, app_version, clock_skew_ms, unsent, unsent_age_s,
                storage_left_mib) VALUES (2, {}, '0.1.0', 0, 3, 7200, 0);
             UPDATE people SET places = '[\"v1\"]' WHERE id = 'p2'",
            now_ms - 8 * 86_400_000
        ))
        .await;
    let town = figures(&offices, "town", None).await;
    assert_eq!((value(&town, "villages_silent"), value(&town, "unsent")), (1, 3));
    let wanted = overview::Wanted {
        place: None,
        silent_days: Some(9),
    };
    let town = overview::get(&offices.world.app, &offices.viewer("town").await, &wanted)
        .await
        .unwrap();
    assert_eq!(value(&town, "villages_silent"), 0);
    let village = figures(&offices, "town", Some("v1")).await;
    assert_eq!(village.team.len(), 2);
    assert!(
        village
            .team
            .iter()
            .any(|member| member.last_heard_ms == Some(now_ms - 8 * 86_400_000))
    );
    let outside = overview::Wanted {
        place: Some("t2".into()),
        silent_days: None,
    };
    let town = offices.viewer("town").await;
    assert_eq!(
        code(overview::get(&offices.world.app, &town, &outside).await),
        Code::OutsideArea
    );
    offices.world.close().await;
}

#[tokio::test]
async fn months_count_what_happened_in_them() {
    let offices = Offices::open().await;
    let app = &offices.world.app;
    let wanted = activity::Wanted::default();
    let town = activity::get(app, &offices.viewer("town").await, &wanted)
        .await
        .unwrap();
    let march = town.months.iter().position(|month| month == "2026-03").unwrap();
    let visits: Vec<_> = town
        .villages
        .iter()
        .map(|village| (village.id.as_str(), village.months.visits[march]))
        .collect();
    assert_eq!(visits, [("v1", 5), ("v2", 1)]);
    assert_eq!(town.villages[0].months.visits.iter().sum::<i64>(), 5);
    assert!(town.paired.is_none());
    // A unit: its village, and its two households together; no other village.
    let unit = activity::get(app, &offices.viewer("office").await, &wanted)
        .await
        .unwrap();
    assert_eq!(
        unit.villages
            .iter()
            .map(|village| village.id.as_str())
            .collect::<Vec<_>>(),
        ["v2"]
    );
    let paired = unit.paired.unwrap();
    assert_eq!((paired.households, paired.visits[march]), (2, 2));
    let other = activity::Wanted {
        village: Some("v1".into()),
        months: None,
    };
    assert_eq!(
        code(activity::get(app, &offices.viewer("office").await, &other).await),
        Code::OutsideArea
    );
    offices.world.close().await;
}

#[tokio::test]
async fn rows_of_an_earlier_version_are_written_again() {
    let mut offices = Offices::open().await;
    offices.edit("h3", &["householder"], json!("新来的")).await;
    let terms =
        "SELECT (SELECT count(*) FROM household_terms) - (SELECT count(*) FROM households, json_each(terms))";
    assert_eq!(offices.world.count(terms).await, 0);
    assert_eq!(rebuild(&offices.world.app, true).await.unwrap().differences, []);
    let before = figures(&offices, "town", None).await;
    offices
        .world
        .sql("UPDATE households SET names = '[]', terms = '[]', sort = '', gaps = 0; UPDATE visits SET m03 = 0, household = ''")
        .await;
    assert_eq!(offices.find("town", json!({ "q": "zeng" })).await, [""; 0]);
    renew(&offices.world.app).await.unwrap();
    assert_eq!(offices.find("town", json!({ "q": "zeng" })).await, ["h7"]);
    assert_eq!(offices.world.count(terms).await, 0);
    let after = figures(&offices, "town", None).await;
    assert_eq!(value(&before, "gaps"), value(&after, "gaps"));
    // Once is enough: what is wrong from now on is `qiao rebuild`'s to find.
    offices
        .world
        .sql("UPDATE households SET gaps = 63 WHERE id = 'h1'")
        .await;
    renew(&offices.world.app).await.unwrap();
    assert_eq!(
        rebuild(&offices.world.app, true).await.unwrap().differences.len(),
        1
    );
    drop(offices.unit);
    offices.world.close().await;
}
