//! Attachments in a backup, in a restore, and in the proof that everything is there.

use std::path::PathBuf;

use qiao_server::attachments::blobs::FOLDER;
use qiao_server::clock::Clock;
use qiao_server::config::{Attachments, Config};
use qiao_server::ops::backup::backup;
use qiao_server::ops::restore::restore;
use qiao_server::ops::verify::verify;

use crate::phones::START_MS;
use crate::support::World;

/// A case with one photo that has arrived.
async fn with_photo(world: &World) {
    let (mut li, _) = world.village().await;
    world.photo(&mut li).await;
}

fn only_file(folder: &std::path::Path) -> PathBuf {
    let mut at = folder.join("whole");
    while at.is_dir() {
        let mut entries = std::fs::read_dir(&at).unwrap();
        at = entries.next().unwrap().unwrap().path();
        assert!(entries.next().is_none());
    }
    at
}

#[tokio::test]
async fn a_backup_brings_the_photos_back_also_to_another_place() {
    let world = World::new().await;
    with_photo(&world).await;
    let manifest = backup(&world.app, &world.path("b"), None).await.unwrap();
    assert_eq!(manifest.attachments, 1);
    let here = std::fs::read(only_file(&world.data().join(FOLDER))).unwrap();

    let elsewhere = Config {
        attachments: Attachments::Folder(world.path("photos")),
        ..Config::for_tests(world.path("two"))
    };
    for (config, photos) in [
        (
            Config::for_tests(world.path("one")),
            world.path("one").join(FOLDER),
        ),
        (elsewhere, world.path("photos")),
    ] {
        let clock = Clock::manual(START_MS + 60_000);
        let restored = restore(&config, clock, &world.path("b"), None, false)
            .await
            .unwrap();
        assert_eq!(restored.outcome.attachments, 1);
        assert_eq!(std::fs::read(only_file(&photos)).unwrap(), here);
    }
    assert!(!world.path("two").join(FOLDER).exists());
}

#[tokio::test]
async fn a_photo_that_is_lost_or_altered_is_told() {
    let world = World::new().await;
    with_photo(&world).await;
    let sound = verify(&world.app).await.unwrap();
    assert!(sound.is_sound(), "{:?}", sound.problems);
    assert_eq!(sound.attachments, 1);
    let file = only_file(&world.data().join(FOLDER));
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[2_000] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let problems = verify(&world.app).await.unwrap().problems;
    assert_eq!(
        problems.iter().map(|problem| problem.code).collect::<Vec<_>>(),
        ["attachment_altered"]
    );
    std::fs::remove_file(&file).unwrap();
    let problems = verify(&world.app).await.unwrap().problems;
    assert_eq!(
        problems.iter().map(|problem| problem.code).collect::<Vec<_>>(),
        ["attachment_missing"]
    );

    // Such a backup is restored on demand only.
    backup(&world.app, &world.path("b"), None).await.unwrap();
    let config = Config::for_tests(world.path("restored"));
    let refused = restore(
        &config,
        Clock::manual(START_MS + 60_000),
        &world.path("b"),
        None,
        false,
    )
    .await;
    assert!(refused.is_err());
}
