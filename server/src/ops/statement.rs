//! The statement of a case: where it stands by the log, every step with who and when, and whether each was signed.
//!
//! Folds on the server's side of the log, where the receipt of every event is known; the fold itself is
//! [`sync_core::workflow`]'s. Replays the document from its first change and checks the signature over each of them, so
//! that what is printed is what devices have signed, in the order in which it was accepted. Writes nothing.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use automerge::ChangeHash;
use serde::Serialize;
use sync_core::id::DocId;
use sync_core::workflow::Folded;

use super::verify::signature;
use super::walk::{self, Visit};
use crate::app::App;
use crate::store::log;
use crate::store::{Conn, StoreError, maintenance};

/// A case as the log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The document.
    pub doc: DocId,
    /// Its kind.
    pub kind: &'static str,
    /// The village it lies in.
    pub village: Option<String>,
    /// Changes in its log.
    pub changes: u64,
    /// Heads of its history: two statements with the same heads are about the same events.
    pub heads: Vec<String>,
    /// What is wrong with the log or with a signature; empty when all is as it was signed.
    pub problems: Vec<String>,
    /// Where it stands.
    pub standing: Option<Folded>,
}

/// The statement of a document; `None` when there is none of this name.
///
/// # Errors
/// When the database cannot be read.
pub async fn statement(app: &App, id: &DocId) -> anyhow::Result<Option<Statement>> {
    let mut conn = app.store.separate().await?;
    let made = make(app, &mut conn, id).await;
    maintenance::close(conn).await?;
    Ok(made?)
}

async fn make(app: &App, conn: &mut Conn, id: &DocId) -> Result<Option<Statement>, StoreError> {
    maintenance::begin_reading(conn).await?;
    let Some(row) = log::by_id(conn, id).await? else {
        maintenance::end(conn, false).await?;
        return Ok(None);
    };
    let authors = walk::authors(conn).await?;
    let mut statement = Statement {
        doc: id.clone(),
        kind: row.creation.kind.as_str(),
        village: row.village.clone(),
        changes: 0,
        heads: row.heads.iter().map(ToString::to_string).collect(),
        problems: Vec::new(),
        standing: None,
    };
    let visited = match walk::visit(conn, row.no, &authors).await? {
        Visit::Made(visited) => visited,
        Visit::Broken(code, detail) => {
            statement.problems.push(format!("{code} {detail}"));
            maintenance::end(conn, false).await?;
            return Ok(Some(statement));
        }
        Visit::Gone => {
            maintenance::end(conn, false).await?;
            return Ok(None);
        }
    };
    statement.changes = visited.changes.len() as u64;
    let mut checked: BTreeMap<u64, Result<Vec<ChangeHash>, &'static str>> = BTreeMap::new();
    for change in &visited.changes {
        let signed = match checked.entry(change.envelope) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let envelope = maintenance::envelope(conn, change.envelope).await?;
                let signed = envelope.map(|envelope| signature(&app.deployment.id, &envelope, &authors));
                new.insert(signed.unwrap_or(Err("the envelope is gone")))
            }
        };
        let fault = match signed {
            Ok(hashes) if hashes.contains(&change.hash) => None,
            Err(fault) => Some(*fault),
            Ok(_) => Some("the device has not signed this"),
        };
        let fault = fault.map(|fault| format!("change_not_signed version {}: {fault}", change.version));
        statement.problems.extend(fault);
    }
    let written = log::written(conn, &visited.row).await?;
    maintenance::end(conn, false).await?;
    let now_s = Some(app.now().div_euclid(1000));
    statement.standing = written.standing(&visited.document, now_s);
    Ok(Some(statement))
}
