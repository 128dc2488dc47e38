//! The part of `qiao verify` that reads attachments: whether each that was acknowledged is there, and is what its name says.

use sync_core::attachment::{Hash, name_of};

use super::verify::Outcome;
use crate::app::App;
use crate::attachments::blobs::BlobError;
use crate::store::attachments as rows;

/// Attachments listed at a time; read one by one.
const ATTACHMENTS_AT_A_TIME: i64 = 256;

/// Adds what is wrong to an outcome.
pub(super) async fn verify(app: &App, outcome: &mut Outcome) -> anyhow::Result<()> {
    let mut after: Option<Hash> = None;
    loop {
        let mut read = app.store.read().await?;
        let page = rows::all_after(&mut read, after.as_ref(), ATTACHMENTS_AT_A_TIME).await?;
        drop(read);
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = Some(*last);
        for (name, kept) in page {
            outcome.attachments += 1;
            let subject = format!("attachment {}", name_of(&name));
            match app.attachments.blobs.get(&name, None).await {
                Ok(bytes) => {
                    let same = crate::auth::sha256(&bytes) == name && bytes.len() as u64 == kept.size_bytes;
                    if !same {
                        outcome.add("attachment_altered", subject, "");
                    }
                }
                Err(BlobError::Missing) => {
                    // Swept meanwhile, unless its row still stands.
                    if !rows::is_unused(&mut *app.store.read().await?, &name).await? {
                        outcome.add("attachment_missing", subject, "");
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
