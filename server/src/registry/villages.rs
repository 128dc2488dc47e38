//! What the registry says of a village, for the village's own document.
//!
//! The document (name, place in the tree, team, pairings) is how phones learn what administrators have decided. It is
//! written by the relay in the server's own name, after the decision is durable: [`changed`] asks for that. Should it
//! fail, nothing is lost: the next start of the server, or the next decision about the village, brings the document in
//! step. Who is in a team and which unit is paired with what is decided here; the document only follows.

use std::collections::BTreeSet;

use crate::app::App;
use crate::error::Error;
use crate::store::registry::villages;

/// Villages whose documents are brought in step in one commit.
const VILLAGES_AT_A_TIME: usize = 64;

/// A member of a village's work team.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) person: String,
    pub(crate) name: String,
    pub(crate) unit: Option<String>,
    /// When their first device for this village was let in.
    pub(crate) since_ms: Option<i64>,
}

// Names must not reach a log through a stray `{:?}`.
impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// A unit that stands by the village, or by one household in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paired {
    pub(crate) unit: String,
    pub(crate) unit_name: String,
    pub(crate) household: Option<String>,
    pub(crate) since_ms: i64,
}

/// Brings the documents of these villages in step with the registry, after what changed it is durable.
pub(crate) async fn changed(app: &App, villages: impl IntoIterator<Item = String>) {
    let villages: BTreeSet<String> = villages.into_iter().collect();
    let villages: Vec<String> = villages.into_iter().collect();
    for some in villages.chunks(VILLAGES_AT_A_TIME) {
        if app
            .relay
            .villages_changed(some.to_vec(), app.now())
            .await
            .is_err()
        {
            tracing::warn!(
                villages = some.len(),
                "documents of villages wait for the next decision"
            );
        }
    }
}

/// Makes the document of every village that has none, and brings the others in step.
pub(crate) async fn all_in_step(app: &App) -> Result<(), Error> {
    let all = villages::all(&mut *app.store.read().await?).await?;
    changed(app, all).await;
    Ok(())
}
