//! The tables of devices and of their health.

use std::collections::{BTreeSet, HashMap};

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use sync_core::audience::FeedName;
use sync_core::id::{AuthorNo, DeviceId};

use super::{all as decode_all, bytes, json, named, optional_json, to_json};
use crate::registry::Role;
use crate::registry::devices::{Device, DeviceView, Filter, Health, Said, ScopeSize, Status, Word};
use crate::registry::scope::Scope;
use crate::relay::contacts::Contact;
use crate::store::{Conn, StoreError};

fn optional_role(row: &SqliteRow) -> Result<Option<Role>, StoreError> {
    let text: Option<&str> = row.try_get("role")?;
    text.map(|text| Role::parse(text).ok_or(StoreError::Corrupt("role")))
        .transpose()
}

fn decode(row: &SqliteRow) -> Result<Device, StoreError> {
    Ok(Device {
        no: row.try_get("no")?,
        id: DeviceId(bytes(row, "device_id")?),
        public_key: row.try_get("public_key")?,
        nonce: bytes(row, "nonce")?,
        person: row.try_get("person")?,
        name: row.try_get("name")?,
        model: row.try_get("model")?,
        app_version: row.try_get("app_version")?,
        role: optional_role(row)?,
        scope: Scope {
            places: json(row, "places")?,
            villages: json(row, "villages")?,
            unit: row.try_get("unit")?,
            township: row.try_get("township")?,
            county: row.try_get("county")?,
        },
        status: named(row, "status", Status::parse)?,
        status_reason: row.try_get("status_reason")?,
        replaces: row.try_get("replaces")?,
        invitation: row.try_get("invitation")?,
        walk_up: optional_json(row, "walk_up")?,
        session: row.try_get("session")?,
        check_words: json(row, "check_words")?,
        grant_version: row.try_get("grant_version")?,
        grant_issued_ms: row.try_get("grant_issued_ms")?,
        grant_expires_ms: row.try_get("grant_expires_ms")?,
        offline_grace_hours: row.try_get("offline_grace_hours")?,
        created_ms: row.try_get("created_ms")?,
        decided_by: row.try_get("decided_by")?,
        decided_ms: row.try_get("decided_ms")?,
    })
}

fn decode_view(row: &SqliteRow) -> Result<DeviceView, StoreError> {
    let replaces: Option<Vec<u8>> = row.try_get("replaces_id")?;
    let words: Vec<(String, String)> = json(row, "check_words")?;
    let status = named(row, "status", Status::parse)?;
    let health = match row.try_get::<Option<i64>, _>("last_seen_ms")? {
        None => None,
        Some(last_seen_ms) => Some(Health {
            last_seen_ms,
            live: false,
            last_push_ms: row.try_get("last_push_ms")?,
            last_pull_ms: row.try_get("last_pull_ms")?,
            last_refusal: row.try_get("last_refusal")?,
            last_refusal_ms: row.try_get("last_refusal_ms")?,
            app_version: row.try_get("health_version")?,
            clock_skew_ms: row.try_get("clock_skew_ms")?,
            unsent: row.try_get("unsent")?,
            unsent_age_s: row.try_get("unsent_age_s")?,
            storage_left_mib: row.try_get("storage_left_mib")?,
        }),
    };
    Ok(DeviceView {
        no: row.try_get("no")?,
        device_id: DeviceId(bytes(row, "device_id")?).to_hex(),
        name: row.try_get("name")?,
        model: row.try_get("model")?,
        person: row.try_get("person")?,
        person_name: row.try_get("person_name")?,
        role: optional_role(row)?,
        places: json(row, "places")?,
        unit: row.try_get("unit")?,
        status,
        status_reason: row.try_get("status_reason")?,
        replaces: replaces.map(|id| data_encoding::HEXLOWER.encode(&id)),
        invitation: row.try_get("invitation")?,
        check_words: match status {
            Status::Pending => words.into_iter().map(|(zh, en)| Word { zh, en }).collect(),
            _ => Vec::new(),
        },
        walk_up: optional_json(row, "walk_up")?,
        desk: row.try_get::<Option<&str>, _>("session")?.is_some(),
        grant_version: row.try_get("grant_version")?,
        grant_expires_ms: row.try_get("grant_expires_ms")?,
        offline_grace_hours: row.try_get("offline_grace_hours")?,
        created_ms: row.try_get("created_ms")?,
        decided_by: row.try_get("decided_by")?,
        decided_ms: row.try_get("decided_ms")?,
        health,
        scope_size: None,
    })
}

pub(crate) async fn by_no(conn: &mut Conn, no: i64) -> Result<Option<Device>, StoreError> {
    let row = sqlx::query("SELECT * FROM devices WHERE no = ?")
        .bind(no)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode).transpose()
}

pub(crate) async fn by_id(conn: &mut Conn, id: &DeviceId) -> Result<Option<Device>, StoreError> {
    let row = sqlx::query("SELECT * FROM devices WHERE device_id = ?")
        .bind(&id.0[..])
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(decode).transpose()
}

pub(crate) async fn count_pending(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(
        sqlx::query_scalar("SELECT count(*) FROM devices WHERE status = 'pending'")
            .fetch_one(conn)
            .await?,
    )
}

pub(crate) async fn view(conn: &mut Conn, id: &DeviceId) -> Result<Option<DeviceView>, StoreError> {
    let row = sqlx::query(
        "SELECT d.*, p.name AS person_name, r.device_id AS replaces_id, h.last_seen_ms,
                h.app_version AS health_version, h.clock_skew_ms, h.unsent, h.unsent_age_s, h.storage_left_mib,
                h.last_push_ms, h.last_pull_ms, h.last_refusal, h.last_refusal_ms
         FROM devices d LEFT JOIN people p ON p.id = d.person LEFT JOIN devices r ON r.no = d.replaces
              LEFT JOIN device_health h ON h.no = d.no
         WHERE d.device_id = ?",
    )
    .bind(&id.0[..])
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(decode_view).transpose()
}

/// Devices of people (never the relay) whose places all lie in `area`, in the order of their numbers.
pub(crate) async fn list(
    conn: &mut Conn,
    area: Option<&str>,
    filter: &Filter,
    after: i64,
    limit: i64,
) -> Result<Vec<DeviceView>, StoreError> {
    let rows = sqlx::query(
        "SELECT d.*, p.name AS person_name, r.device_id AS replaces_id, h.last_seen_ms,
                h.app_version AS health_version, h.clock_skew_ms, h.unsent, h.unsent_age_s, h.storage_left_mib,
                h.last_push_ms, h.last_pull_ms, h.last_refusal, h.last_refusal_ms
         FROM devices d LEFT JOIN people p ON p.id = d.person LEFT JOIN devices r ON r.no = d.replaces
              LEFT JOIN device_health h ON h.no = d.no
         WHERE d.no > ?1 AND d.role IS NOT 'relay'
           AND (?2 IS NULL OR (json_array_length(d.places) > 0 AND NOT EXISTS (
                SELECT 1 FROM json_each(d.places) own WHERE own.value NOT IN (SELECT value FROM json_each(?2)))))
           AND ((?3 IS NULL AND d.status <> 'pending') OR d.status = ?3)
           AND (?4 IS NULL OR d.person = ?4)
         ORDER BY d.no LIMIT ?5",
    )
    .bind(after)
    .bind(area)
    .bind(filter.status.map(Status::as_str))
    .bind(&filter.person)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    decode_all(&rows, decode_view)
}

/// Inserts a device under the next free number, or under its own if that is not 0, and returns the number.
pub(crate) async fn insert(conn: &mut Conn, device: &Device) -> Result<i64, StoreError> {
    let done = sqlx::query(
        "INSERT INTO devices (no, device_id, public_key, nonce, person, name, model, app_version, role, places,
            villages, unit, township, county, status, status_reason, replaces, invitation, walk_up, session, check_words,
            grant_version, grant_issued_ms, grant_expires_ms, offline_grace_hours, created_ms)
         VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(device.no)
    .bind(&device.id.0[..])
    .bind(&device.public_key)
    .bind(&device.nonce[..])
    .bind(&device.person)
    .bind(&device.name)
    .bind(&device.model)
    .bind(&device.app_version)
    .bind(device.role.map(Role::as_str))
    .bind(to_json(&device.scope.places))
    .bind(to_json(&device.scope.villages))
    .bind(&device.scope.unit)
    .bind(&device.scope.township)
    .bind(&device.scope.county)
    .bind(device.status.as_str())
    .bind(&device.status_reason)
    .bind(device.replaces)
    .bind(&device.invitation)
    .bind(device.walk_up.as_ref().map(to_json))
    .bind(&device.session)
    .bind(to_json(&device.check_words))
    .bind(device.grant_version)
    .bind(device.grant_issued_ms)
    .bind(device.grant_expires_ms)
    .bind(device.offline_grace_hours)
    .bind(device.created_ms)
    .execute(conn)
    .await?;
    Ok(done.last_insert_rowid())
}

/// Writes everything a decision can change.
pub(crate) async fn update(conn: &mut Conn, device: &Device) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE devices SET person = ?, name = ?, role = ?, places = ?, villages = ?, unit = ?, township = ?,
            county = ?, status = ?, status_reason = ?, replaces = ?, grant_version = ?, grant_issued_ms = ?,
            grant_expires_ms = ?, offline_grace_hours = ?, decided_by = ?, decided_ms = ?, session = ?
         WHERE no = ?",
    )
    .bind(&device.person)
    .bind(&device.name)
    .bind(device.role.map(Role::as_str))
    .bind(to_json(&device.scope.places))
    .bind(to_json(&device.scope.villages))
    .bind(&device.scope.unit)
    .bind(&device.scope.township)
    .bind(&device.scope.county)
    .bind(device.status.as_str())
    .bind(&device.status_reason)
    .bind(device.replaces)
    .bind(device.grant_version)
    .bind(device.grant_issued_ms)
    .bind(device.grant_expires_ms)
    .bind(device.offline_grace_hours)
    .bind(&device.decided_by)
    .bind(device.decided_ms)
    .bind(&device.session)
    .bind(device.no)
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives the devices of a person that take part another role and scope. Like the following, returns their numbers.
pub(crate) async fn rescope_person(
    conn: &mut Conn,
    person: &str,
    role: Role,
    scope: &Scope,
) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "UPDATE devices SET role = ?, places = ?, villages = ?, unit = ?, township = ?, county = ?,
            grant_version = grant_version + 1
         WHERE person = ? AND status IN ('active', 'suspended') RETURNING no",
    )
    .bind(role.as_str())
    .bind(to_json(&scope.places))
    .bind(to_json(&scope.villages))
    .bind(&scope.unit)
    .bind(&scope.township)
    .bind(&scope.county)
    .bind(person)
    .fetch_all(conn)
    .await?)
}

/// Makes the devices of a person fetch their grant again.
pub(crate) async fn touch_person(conn: &mut Conn, person: &str) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "UPDATE devices SET grant_version = grant_version + 1 WHERE person = ? AND status = 'active' RETURNING no",
    )
    .bind(person)
    .fetch_all(conn)
    .await?)
}

/// Makes the devices of a township fetch their grant again: its villages have changed.
pub(crate) async fn touch_township(conn: &mut Conn, township: &str) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "UPDATE devices SET grant_version = grant_version + 1
         WHERE township = ? AND role = 'township' AND status = 'active' RETURNING no",
    )
    .bind(township)
    .fetch_all(conn)
    .await?)
}

/// Holds every device of a person.
pub(crate) async fn suspend_person(
    conn: &mut Conn,
    person: &str,
    reason: &str,
    decided_by: &str,
    now_ms: i64,
) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "UPDATE devices SET status = 'suspended', status_reason = ?, grant_version = grant_version + 1,
            decided_by = ?, decided_ms = ?
         WHERE person = ? AND status = 'active' RETURNING no",
    )
    .bind(reason)
    .bind(decided_by)
    .bind(now_ms)
    .bind(person)
    .fetch_all(conn)
    .await?)
}

/// Ends the browsers that live by one sign-in of a person, or by any of them. Returns their numbers.
pub(crate) async fn end_desks(
    conn: &mut Conn,
    person: &str,
    session: Option<&str>,
    now_ms: i64,
) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "UPDATE devices SET status = 'revoked', status_reason = 'session_ended', grant_version = grant_version + 1,
            decided_by = person, decided_ms = ?1
         WHERE person = ?2 AND session IS NOT NULL AND (?3 IS NULL OR session = ?3) AND status = 'active'
         RETURNING no",
    )
    .bind(now_ms)
    .bind(person)
    .bind(session)
    .fetch_all(conn)
    .await?)
}

/// Writes down what a device said of itself.
pub(crate) async fn record_health(conn: &mut Conn, no: i64, health: &Said) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO device_health (no, last_seen_ms, app_version, clock_skew_ms, unsent, unsent_age_s, storage_left_mib)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (no) DO UPDATE SET last_seen_ms = excluded.last_seen_ms, app_version = excluded.app_version,
            clock_skew_ms = excluded.clock_skew_ms, unsent = excluded.unsent, unsent_age_s = excluded.unsent_age_s,
            storage_left_mib = excluded.storage_left_mib",
    )
    .bind(no)
    .bind(health.last_seen_ms)
    .bind(&health.app_version)
    .bind(health.clock_skew_ms)
    .bind(health.unsent)
    .bind(health.unsent_age_s)
    .bind(health.storage_left_mib)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes down what contacts have come to. Each field keeps the later of what is stored and what is said.
pub(crate) async fn record_contacts(
    conn: &mut Conn,
    contacts: &HashMap<AuthorNo, Contact>,
) -> Result<(), StoreError> {
    type Row = (
        u64,
        i64,
        Option<i64>,
        Option<i64>,
        Option<u64>,
        Option<&'static str>,
        Option<i64>,
    );
    let row = |(no, contact): (&AuthorNo, &Contact)| -> Row {
        let (code, at_ms) = contact
            .refused
            .map(|(reason, at_ms)| (reason.code(), at_ms))
            .unzip();
        (
            *no,
            contact.seen_ms,
            contact.pushed_ms,
            contact.pulled_ms,
            contact.unsent,
            code,
            at_ms,
        )
    };
    let rows: Vec<Row> = contacts.iter().map(row).collect();
    sqlx::query(
        "UPDATE device_health SET last_seen_ms = max(last_seen_ms, c.value ->> 1),
            last_push_ms = coalesce(c.value ->> 2, last_push_ms), last_pull_ms = coalesce(c.value ->> 3, last_pull_ms),
            unsent = coalesce(c.value ->> 4, unsent), last_refusal = coalesce(c.value ->> 5, last_refusal),
            last_refusal_ms = coalesce(c.value ->> 6, last_refusal_ms)
         FROM json_each(?) c WHERE device_health.no = c.value ->> 0",
    )
    .bind(to_json(&rows))
    .execute(conn)
    .await?;
    Ok(())
}

/// What the feeds of these names hold now, each document once.
pub(crate) async fn scope_size(conn: &mut Conn, feeds: &[FeedName]) -> Result<ScopeSize, StoreError> {
    let names: Vec<&str> = feeds.iter().map(FeedName::as_str).collect();
    let (documents, bytes) = sqlx::query_as(
        "SELECT count(*), coalesce(sum(length(s.body)), 0)
         FROM (SELECT DISTINCT m.doc FROM feeds f JOIN document_feeds m ON m.feed = f.no
               WHERE f.name IN (SELECT value FROM json_each(?)) AND m.left_seq IS NULL) own
              LEFT JOIN snapshots s ON s.doc = own.doc",
    )
    .bind(to_json(&names))
    .fetch_one(conn)
    .await?;
    Ok(ScopeSize { documents, bytes })
}

/// Places of devices, by their numbers.
pub(crate) async fn places_of(
    conn: &mut Conn,
    numbers: &BTreeSet<AuthorNo>,
) -> Result<Vec<Vec<String>>, StoreError> {
    let rows = sqlx::query("SELECT places FROM devices WHERE no IN (SELECT value FROM json_each(?))")
        .bind(to_json(numbers))
        .fetch_all(conn)
        .await?;
    decode_all(&rows, |row| json(row, "places"))
}
