//! The one row that names this deployment.

use sqlx::Row;

use crate::app::Deployment;
use crate::store::{Conn, StoreError};

pub(crate) async fn get(conn: &mut Conn) -> Result<Option<Deployment>, StoreError> {
    let row = sqlx::query("SELECT id, name, created_ms FROM deployment")
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        Ok(Deployment {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            created_ms: row.try_get("created_ms")?,
        })
    })
    .transpose()
}

pub(crate) async fn insert(conn: &mut Conn, deployment: &Deployment) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO deployment (one, id, name, created_ms) VALUES (1, ?, ?, ?)")
        .bind(&deployment.id)
        .bind(&deployment.name)
        .bind(deployment.created_ms)
        .execute(conn)
        .await?;
    Ok(())
}
