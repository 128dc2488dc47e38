//! Searches that people keep for themselves.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::offices::filters::SavedFilter;
use crate::store::{Conn, StoreError};

fn decode(row: &SqliteRow) -> Result<SavedFilter, StoreError> {
    let query: &str = row.try_get("query")?;
    Ok(SavedFilter {
        id: row.try_get("id")?,
        page: row.try_get("page")?,
        name: row.try_get("name")?,
        query: serde_json::from_str(query).map_err(|_| StoreError::Corrupt("query"))?,
        created_ms: row.try_get("created_ms")?,
    })
}

/// Those of a person, oldest first.
pub(crate) async fn of_person(conn: &mut Conn, person: &str) -> Result<Vec<SavedFilter>, StoreError> {
    let rows = sqlx::query("SELECT * FROM saved_filters WHERE person = ? ORDER BY created_ms, id")
        .bind(person)
        .fetch_all(conn)
        .await?;
    rows.iter().map(decode).collect()
}

pub(crate) async fn count(conn: &mut Conn, person: &str) -> Result<i64, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT count(*) FROM saved_filters WHERE person = ?")
            .bind(person)
            .fetch_one(conn)
            .await?,
    )
}

pub(crate) async fn insert(conn: &mut Conn, person: &str, filter: &SavedFilter) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO saved_filters (id, person, page, name, query, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(&filter.id)
    .bind(person)
    .bind(&filter.page)
    .bind(&filter.name)
    .bind(filter.query.to_string())
    .bind(filter.created_ms)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether there was one of this person.
pub(crate) async fn delete(conn: &mut Conn, person: &str, id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM saved_filters WHERE person = ? AND id = ?")
        .bind(person)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() > 0)
}
