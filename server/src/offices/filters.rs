//! Searches that people keep for themselves. Nobody else sees them, not even administrators.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::Viewer;
use crate::app::App;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::{Check, new_id};
use crate::store::projections::filters;

/// A kept search.
#[derive(Clone, Serialize, ToSchema)]
pub struct SavedFilter {
    /// Id.
    pub id: String,
    /// The page it belongs to.
    #[schema(example = "households")]
    pub page: String,
    /// Name.
    pub name: String,
    /// The filter, as the page has it.
    #[schema(value_type = Object)]
    pub query: Json,
    /// Unix ms.
    pub created_ms: i64,
}

/// A search to keep.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFilter {
    /// `households` or `needs`.
    pub page: String,
    /// Name.
    pub name: String,
    /// The filter, as the page has it; at most 4 KB.
    #[schema(value_type = Object)]
    pub query: Json,
}

// What somebody looks for is often a name.
impl std::fmt::Debug for SavedFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SavedFilter")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for NewFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewFilter")
            .field("page", &self.page)
            .finish_non_exhaustive()
    }
}

const PAGES: [&str; 2] = ["households", "needs"];

/// One's own, oldest first.
pub async fn list(app: &App, viewer: &Viewer) -> Result<Vec<SavedFilter>, Error> {
    Ok(filters::of_person(&mut *app.store.read().await?, &viewer.person).await?)
}

/// Keeps one more.
pub async fn create(app: &App, viewer: &Viewer, new: NewFilter) -> Result<SavedFilter, Error> {
    let mut check = Check::default();
    check.name("/name", &new.name);
    if !PAGES.contains(&new.page.as_str()) {
        check.fail("/page", "bad_value");
    }
    if !new.query.is_object() {
        check.fail("/query", "bad_value");
    } else if new.query.to_string().len() > limits::SAVED_FILTER_BYTES_MAX {
        check.fail("/query", "too_long");
    }
    check.done()?;
    let filter = SavedFilter {
        id: new_id('s'),
        page: new.page,
        name: new.name,
        query: new.query,
        created_ms: app.now(),
    };
    let mut tx = app.store.writer().await?;
    if filters::count(&mut tx, &viewer.person).await? >= limits::SAVED_FILTERS_MAX {
        return Err(Code::WrongState.into());
    }
    filters::insert(&mut tx, &viewer.person, &filter).await?;
    tx.commit().await?;
    Ok(filter)
}

/// Forgets one of one's own.
pub async fn delete(app: &App, viewer: &Viewer, id: &str) -> Result<(), Error> {
    let mut tx = app.store.writer().await?;
    if !filters::delete(&mut tx, &viewer.person, id).await? {
        return Err(Code::NotFound.into());
    }
    Ok(tx.commit().await?)
}
