//! What nobody names any more goes: uploads that were given up, and attachments whose documents do not speak of them.
//!
//! A document renewed without history no longer names what was erased from it, so erasing reaches the photos as well.

use std::time::Duration;

use crate::app::App;
use crate::error::Error;
use crate::limits;
use crate::store::attachments as rows;

/// What one sweep has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Uploads.
    pub uploads: u64,
    /// Attachments of a document.
    pub attachments: u64,
}

/// Sweeps for as long as the server runs.
pub async fn run(app: App) {
    loop {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(limits::ATTACHMENT_SWEEP_EVERY_S)) => {}
        }
        match sweep(&app).await {
            Ok(swept) if swept != Swept::default() => {
                tracing::info!(
                    uploads = swept.uploads,
                    attachments = swept.attachments,
                    "attachments that nothing names have been removed"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "attachments could not be swept"),
        }
    }
}

/// Removes what is due, a bounded number at a time.
pub async fn sweep(app: &App) -> Result<Swept, Error> {
    let now_ms = app.now();
    let mut swept = Swept::default();
    let mut read = app.store.read().await?;
    let stale = rows::stale_uploads(
        &mut read,
        now_ms - limits::ATTACHMENT_UPLOAD_KEPT_MS,
        limits::ATTACHMENT_SWEEP_ROWS,
    )
    .await?;
    let unnamed = rows::unnamed(
        &mut read,
        now_ms - limits::ATTACHMENT_UNNAMED_KEPT_MS,
        limits::ATTACHMENT_SWEEP_ROWS,
    )
    .await?;
    drop(read);
    let blobs = &app.attachments.blobs;
    for (of, upload) in stale {
        let _settling = app.attachments.settling.lock().await;
        let mut tx = app.store.writer().await?;
        rows::end_upload(&mut tx, &of).await?;
        let unused = rows::is_unused(&mut tx, &of.hash).await?;
        tx.commit().await?;
        blobs.remove_pieces(&of, upload.pieces).await;
        if unused {
            // Put in place by an upload that was cut before it was noted.
            blobs.remove(&of.hash).await?;
        }
        swept.uploads += 1;
    }
    for (name, doc) in unnamed {
        let _settling = app.attachments.settling.lock().await;
        let mut tx = app.store.writer().await?;
        let unused = rows::forget(&mut tx, &name, &doc).await?;
        tx.commit().await?;
        if unused {
            blobs.remove(&name).await?;
        }
        swept.attachments += 1;
    }
    Ok(swept)
}
