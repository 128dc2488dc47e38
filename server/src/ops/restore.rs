//! `qiao restore`: a backup becomes a data directory again, and phones are told what it may have lost.
//!
//! Unpacks beside the final place, checks everything, begins a new epoch, and only then puts the files where a server
//! would find them. At their next contact devices push again what they know and the backup does not.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::{Context, bail, ensure};

use super::archive::{self, Manifest};
use super::seal::{self, Key};
use super::verify::{self, Outcome};
use crate::app::App;
use crate::attachments::blobs::{BlobError, Blobs, FOLDER};
use crate::clock::Clock;
use crate::config::{Attachments, Config};
use crate::registry::{Actor, audit};
use crate::store::{DATABASE_FILE, log, maintenance};

/// Where files lie until all is well; left behind by a crash, the next attempt removes it.
const UNFINISHED: &str = ".restoring";

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// The check of what came out of it.
    pub outcome: Outcome,
    /// The epoch that begins.
    pub epoch: u64,
}

/// Restores into `config.data_dir`, which must be absent or empty. A backup with problems is restored only on demand.
pub async fn restore(
    config: &Config,
    clock: Clock,
    from: &Path,
    key: Option<Key>,
    despite_problems: bool,
) -> anyhow::Result<Restored> {
    let target = &config.data_dir;
    let unfinished = target.join(UNFINISHED);
    prepare(target, &unfinished)?;
    let done = restore_into(config, clock, from, key, despite_problems, &unfinished).await;
    if done.is_err() {
        // The error matters more than what is left behind, and the next attempt removes it.
        let _ = fs::remove_dir_all(&unfinished);
    }
    done
}

fn prepare(target: &Path, unfinished: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(target)?;
    if unfinished.exists() {
        fs::remove_dir_all(unfinished)?;
    }
    ensure!(
        fs::read_dir(target)?.next().is_none(),
        "{} is not empty: a backup is restored into an empty directory",
        target.display()
    );
    fs::DirBuilder::new().mode(0o700).create(unfinished)?;
    Ok(())
}

async fn restore_into(
    config: &Config,
    clock: Clock,
    from: &Path,
    key: Option<Key>,
    despite_problems: bool,
    unfinished: &Path,
) -> anyhow::Result<Restored> {
    let file = fs::File::open(from).with_context(|| format!("cannot read {}", from.display()))?;
    let into = unfinished.to_owned();
    let manifest =
        tokio::task::spawn_blocking(move || archive::read(seal::open(file, key.as_ref())?, &into)).await??;

    let mut config = config.clone();
    config.data_dir = unfinished.to_owned();
    let elsewhere = std::mem::replace(&mut config.attachments, Attachments::Inside);
    let app = App::open(config.clone(), clock)
        .await
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let outcome = verify::verify(&app).await;
    let marked = match outcome {
        Ok(outcome) if outcome.is_sound() || despite_problems => {
            begin_epoch(&app, &manifest).await.map(|epoch| (outcome, epoch))
        }
        Ok(outcome) => {
            app.relay.stop().await;
            app.store.close().await;
            for problem in &outcome.problems {
                eprintln!("{problem}");
            }
            bail!(
                "the backup has {} problems; --despite-problems restores it all the same",
                outcome.problem_count()
            );
        }
        Err(error) => Err(error),
    };
    app.relay.stop().await;
    app.store.close().await;
    let (outcome, epoch) = marked?;
    if elsewhere != Attachments::Inside {
        config.attachments = elsewhere;
        move_attachments(&config, &unfinished.join(FOLDER)).await?;
    }
    put_in_place(unfinished, unfinished.parent().unwrap_or(Path::new(".")))?;
    Ok(Restored {
        manifest,
        outcome,
        epoch,
    })
}

async fn begin_epoch(app: &App, manifest: &Manifest) -> anyhow::Result<u64> {
    let mut tx = app.store.writer().await?;
    // By the clock, so that two restores of one backup never share an epoch.
    let now_s = u64::try_from(app.now().div_euclid(1000)).unwrap_or(0);
    let epoch = now_s.max(log::epoch(&mut tx).await? + 1);
    log::mark_restored(&mut tx, epoch).await?;
    let (epoch_text, made) = (epoch.to_string(), manifest.created_ms.to_string());
    let detail = [
        ("backup_created_ms", made.as_str()),
        ("epoch", epoch_text.as_str()),
    ];
    audit::append(
        &mut tx,
        app.now(),
        &Actor::command_line(),
        "backup.restore",
        &manifest.deployment,
        &detail,
    )
    .await?;
    tx.commit().await?;
    Ok(epoch)
}

/// Puts attachments where this deployment keeps them, and removes what was unpacked.
async fn move_attachments(config: &Config, from: &Path) -> anyhow::Result<()> {
    let failed = |error: crate::error::Error| anyhow::anyhow!("{error}");
    let (unpacked, blobs) = (
        Blobs::folder(from).map_err(failed)?,
        Blobs::open(config).map_err(failed)?,
    );
    for name in maintenance::attachments_of(&config.data_dir.join(DATABASE_FILE)).await? {
        match unpacked.get(&name, None).await {
            Ok(bytes) => blobs.put(&name, bytes).await?,
            // Told by the check already.
            Err(BlobError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
    }
    fs::remove_dir_all(from)?;
    Ok(())
}

/// The database comes last: without it there is no deployment to start half of.
fn put_in_place(unfinished: &Path, target: &Path) -> anyhow::Result<()> {
    for leftover in ["-wal", "-shm"] {
        let path = unfinished.join(format!("{DATABASE_FILE}{leftover}"));
        ensure!(
            !path.exists() || fs::metadata(&path)?.len() == 0 || leftover == "-shm",
            "the database was not closed"
        );
    }
    if unfinished.join(FOLDER).exists() {
        fs::rename(unfinished.join(FOLDER), target.join(FOLDER))?;
    }
    fs::rename(unfinished.join("keys"), target.join("keys"))?;
    fs::rename(unfinished.join(DATABASE_FILE), target.join(DATABASE_FILE))?;
    fs::remove_dir_all(unfinished)?;
    fs::File::open(target)?.sync_all()?;
    Ok(())
}
