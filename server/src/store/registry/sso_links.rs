//! The table of accounts that a single sign-on opens.

use std::collections::BTreeMap;

use crate::store::{Conn, StoreError};

/// Whose account it is.
pub(crate) async fn person(
    conn: &mut Conn,
    issuer: &str,
    subject: &str,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query_scalar("SELECT person FROM sso_links WHERE issuer = ? AND subject = ?")
        .bind(issuer)
        .bind(subject)
        .fetch_optional(conn);
    Ok(row.await?)
}

/// Every link to an issuer: what it calls each person.
pub(crate) async fn all(conn: &mut Conn, issuer: &str) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT person, subject FROM sso_links WHERE issuer = ?")
            .bind(issuer)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().collect())
}

pub(crate) async fn insert(
    conn: &mut Conn,
    issuer: &str,
    subject: &str,
    person: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO sso_links (issuer, subject, person, created_ms) VALUES (?, ?, ?, ?)")
        .bind(issuer)
        .bind(subject)
        .bind(person)
        .bind(now_ms)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes the links of a person, to whichever issuer; false if there was none.
pub(crate) async fn delete_all(conn: &mut Conn, person: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM sso_links WHERE person = ?")
        .bind(person)
        .execute(conn);
    Ok(done.await?.rows_affected() > 0)
}
