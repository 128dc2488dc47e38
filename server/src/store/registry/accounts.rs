//! The table of accounts.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::{all as decode_all, json, to_json};
use crate::registry::accounts::Account;
use crate::store::{Conn, StoreError};

fn decode(row: &SqliteRow) -> Result<Account, StoreError> {
    Ok(Account {
        person: row.try_get("person")?,
        login: row.try_get("login")?,
        password_hash: row.try_get("password_hash")?,
        totp_secret: row.try_get("totp_secret")?,
        totp_last_step: row.try_get("totp_last_step")?,
        recovery_hashes: json(row, "recovery_hashes")?,
        failures: row.try_get("failures")?,
        locked_until_ms: row.try_get("locked_until_ms")?,
        created_ms: row.try_get("created_ms")?,
    })
}

pub(crate) async fn all(conn: &mut Conn) -> Result<Vec<Account>, StoreError> {
    let rows = sqlx::query("SELECT * FROM accounts ORDER BY login")
        .fetch_all(conn)
        .await?;
    decode_all(&rows, decode)
}

pub(crate) async fn by_login(conn: &mut Conn, login: &str) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT * FROM accounts WHERE login = ?")
        .bind(login)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode).transpose()
}

pub(crate) async fn by_person(conn: &mut Conn, person: &str) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT * FROM accounts WHERE person = ?")
        .bind(person)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode).transpose()
}

pub(crate) async fn insert(conn: &mut Conn, account: &Account) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO accounts (person, login, password_hash, totp_secret, recovery_hashes, created_ms, updated_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    )
    .bind(&account.person)
    .bind(&account.login)
    .bind(&account.password_hash)
    .bind(&account.totp_secret)
    .bind(to_json(&account.recovery_hashes))
    .bind(account.created_ms)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn update(conn: &mut Conn, account: &Account, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE accounts SET password_hash = ?, totp_secret = ?, totp_last_step = ?, recovery_hashes = ?,
                failures = ?, locked_until_ms = ?, updated_ms = ?
         WHERE person = ?",
    )
    .bind(&account.password_hash)
    .bind(&account.totp_secret)
    .bind(account.totp_last_step)
    .bind(to_json(&account.recovery_hashes))
    .bind(account.failures)
    .bind(account.locked_until_ms)
    .bind(now_ms)
    .bind(&account.person)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn delete(conn: &mut Conn, person: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM accounts WHERE person = ?")
        .bind(person)
        .execute(conn)
        .await?;
    Ok(())
}
