//! Before a move: what is told is what then happens, and asking changes nothing.

use qiao_server::error::Code;
use qiao_server::offices::Viewer;
use qiao_server::registry::people::{self, PersonUpdate};
use qiao_server::registry::places::{self, PlaceUpdate};
use qiao_server::registry::previews::{self, To};
use qiao_server::registry::{Actor, Role};

use crate::support::World;

async fn world() -> World {
    let world = World::new().await;
    world.village().await;
    world
        .sql(
            "INSERT INTO places (id, parent, level, name) VALUES ('t2', 'd1', 'township', '邻镇');
             UPDATE people SET places = '[\"v1\"]' WHERE id = 'p2';
             INSERT INTO people (id, name, role, places, created_ms, updated_ms) VALUES
                ('town', '镇上', 'township', '[\"t1\"]', 0, 0), ('town2', '邻镇', 'township', '[\"t2\"]', 0, 0);
             UPDATE device_health SET unsent = 4 WHERE no = 2;",
        )
        .await;
    for (no, township) in [(8, "t1"), (9, "t2")] {
        world.device(no, "township", None, None).await;
        world
            .sql(&format!(
                "UPDATE devices SET township = '{township}', places = '[\"{township}\"]' WHERE no = {no}"
            ))
            .await;
    }
    world
}

#[tokio::test]
async fn moving_a_village_tells_whose_desks_gain_and_lose_it() {
    let world = world().await;
    let (app, root) = (&world.app, Actor::command_line());
    let update = || PlaceUpdate {
        name: None,
        parent: Some("t2".into()),
    };
    let told = previews::place(app, &root, "v1", &update()).await.unwrap();
    assert_eq!(
        (
            told.villages.as_slice(),
            told.households,
            told.open_needs,
            told.people
        ),
        (&["v1".to_owned()][..], 6, 6, 1)
    );
    let devices: Vec<_> = told
        .devices
        .iter()
        .map(|device| (device.no, device.gains.len(), device.loses.len()))
        .collect();
    assert_eq!(devices, [(8, 0, 1), (9, 1, 0)]);
    assert_eq!(
        world
            .count("SELECT count(*) FROM places WHERE id = 'v1' AND parent = 't1'")
            .await,
        1
    );
    // Exactly those are told to fetch their grants again.
    let versions = "SELECT count(*) FROM devices WHERE no IN (8, 9) AND grant_version = 2";
    assert_eq!(world.count(versions).await, 0);
    places::update(app, &root, "v1", update()).await.unwrap();
    assert_eq!(world.count(versions).await, 2);
    let nowhere = PlaceUpdate {
        name: None,
        parent: Some("v2".into()),
    };
    assert_eq!(
        previews::place(app, &root, "v1", &nowhere)
            .await
            .unwrap_err()
            .code(),
        Code::Invalid
    );
    let renamed = PlaceUpdate {
        name: Some("新名".into()),
        parent: None,
    };
    let told = previews::place(app, &root, "v1", &renamed).await.unwrap();
    assert_eq!((told.villages.len(), told.devices.len()), (0, 0));
    world.close().await;
}

#[tokio::test]
async fn moving_a_person_tells_what_their_devices_forget_and_still_hold() {
    let world = world().await;
    let (app, root) = (&world.app, Actor::command_line());
    let update = || PersonUpdate {
        places: Some(vec!["v2".into()]),
        ..PersonUpdate::default()
    };
    let told = previews::person(app, &root, "p2", &update()).await.unwrap();
    assert_eq!(told.villages, ["v1", "v2"]);
    let device = &told.devices[0];
    assert_eq!(
        (device.no, device.unsent, &device.gains[..], &device.loses[..]),
        (2, 4, &["v2".to_owned()][..], &["v1".to_owned()][..])
    );
    assert_eq!(
        world
            .count("SELECT count(*) FROM people WHERE id = 'p2' AND places = '[\"v1\"]'")
            .await,
        1
    );
    people::update(app, &root, "p2", update()).await.unwrap();
    assert_eq!(
        world
            .count("SELECT count(*) FROM devices WHERE no = 2 AND villages = '[\"v2\"]'")
            .await,
        1
    );
    // Who leaves loses all; who becomes the township's gets its villages.
    let leaves = PersonUpdate {
        active: Some(false),
        ..PersonUpdate::default()
    };
    let told = previews::person(app, &root, "p2", &leaves).await.unwrap();
    assert_eq!(
        (told.devices[0].gains.len(), &told.devices[0].loses[..]),
        (0, &["v2".to_owned()][..])
    );
    let rises = PersonUpdate {
        role: Some(Role::Township),
        places: Some(vec!["t1".into()]),
        ..PersonUpdate::default()
    };
    let told = previews::person(app, &root, "p2", &rises).await.unwrap();
    assert_eq!(told.devices[0].gains, ["v1"]);
    world.close().await;
}

#[tokio::test]
async fn moving_a_household_tells_what_goes_along_and_who_forgets_it() {
    let world = world().await;
    let app = &world.app;
    let town = Viewer::of(app, "town").await.unwrap();
    let to = To { village: "v2".into() };
    let told = previews::household(app, &town, "h1", &to).await.unwrap();
    assert_eq!(
        (told.from.as_str(), told.journals, told.needs, told.open_needs),
        ("v1", 1, 1, 1)
    );
    assert_eq!(told.units, ["u1"]);
    assert_eq!(
        (told.devices.len(), told.devices[0].no, &told.devices[0].loses[..]),
        (1, 2, &["v1".to_owned()][..])
    );
    let stays = previews::household(app, &town, "h1", &To { village: "v1".into() })
        .await
        .unwrap();
    assert!(stays.devices.is_empty());
    let town2 = Viewer::of(app, "town2").await.unwrap();
    assert_eq!(
        previews::household(app, &town2, "h1", &to)
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
    world
        .sql("INSERT INTO places (id, parent, level, name) VALUES ('v9', 't2', 'village', '别村')")
        .await;
    let beyond = To { village: "v9".into() };
    assert_eq!(
        previews::household(app, &town, "h1", &beyond)
            .await
            .unwrap_err()
            .code(),
        Code::OutsideArea
    );
    let team = Viewer::of(app, "p2").await.unwrap();
    assert_eq!(
        previews::household(app, &team, "h1", &to)
            .await
            .unwrap_err()
            .code(),
        Code::NotAllowed
    );
    world.close().await;
}
