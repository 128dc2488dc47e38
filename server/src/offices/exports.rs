//! What a search shows, as a spreadsheet.
//!
//! Leaves the product, so it takes a confirmed identity and is written into the audit chain before it is handed out. Never
//! holds an identity number; a telephone number only for those who work with the household.

use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Viewer;
use super::search::{Search, gap_names, wanted};
use crate::app::App;
use crate::clock::day_in_china;
use crate::error::{Code, Error};
use crate::limits;
use crate::registry::{Check, Role, audit};
use crate::store::log;
use crate::store::projections::search::{self, Found};

/// What is to be written down.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The search; its cursor and limit do not count.
    pub search: Search,
    /// Columns in this order; all one may see when none are named.
    #[serde(default)]
    #[schema(example = json!(["village_name", "householder", "last_visit_on"]))]
    pub columns: Vec<String>,
    /// Headings in English.
    #[serde(default)]
    pub english: bool,
}

struct Column {
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    roles: &'static [Role],
    value: fn(&Found) -> Cell,
}

enum Cell {
    Text(Option<String>),
    Number(Option<i64>),
}

const READERS: &[Role] = &[
    Role::Team,
    Role::Committee,
    Role::VillageCadre,
    Role::Township,
    Role::County,
];
/// Those who call the household.
const NEAR: &[Role] = &[Role::Team, Role::Committee, Role::VillageCadre, Role::Township];

const fn column(
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    roles: &'static [Role],
    value: fn(&Found) -> Cell,
) -> Column {
    Column {
        name,
        zh,
        en,
        roles,
        value,
    }
}

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("village_name", "行政村", "village", READERS, |row| Cell::Text(Some(row.village_name.clone()))),
    column("group", "村民小组", "group", READERS, |row| Cell::Number(row.group)),
    column("number", "户编号", "number", READERS, |row| Cell::Text(row.number.clone())),
    column("householder", "户主姓名", "householder", READERS, |row| Cell::Text(row.householder.clone())),
    column("members", "人口", "members", READERS, |row| Cell::Number(Some(row.members))),
    column("phone", "联系电话", "phone", NEAR, |row| Cell::Text(row.phone.clone())),
    column("household_type", "户类型", "household type", READERS, |row| Cell::Text(row.household_type.clone())),
    column("monitoring_type", "监测对象类别", "monitoring type", READERS, |row| Cell::Text(row.monitoring_type.clone())),
    column("risk", "主要风险", "main risk", READERS, |row| Cell::Text(row.risk.clone())),
    column("risk_level", "风险等级", "risk level", READERS, |row| Cell::Number(row.risk_level)),
    column("risk_state", "风险消除状态", "risk state", READERS, |row| Cell::Text(row.risk_state.clone())),
    column("allowance_class", "低保（特困）类别", "allowance class", READERS, |row| Cell::Text(row.allowance_class.clone())),
    column("last_visit_on", "最近走访", "last visit", READERS, |row| Cell::Text(row.last_visit_on.clone())),
    column("open_needs", "未办结诉求", "open needs", READERS, |row| Cell::Number(Some(row.open_needs))),
    column("gaps", "保障缺口", "gaps in guarantees", READERS, |row| Cell::Text(Some(gaps(row.gaps)))),
    column("verified_at", "核实日期", "verified on", READERS, |row| Cell::Text(row.verified_at.clone())),
];

fn gaps(bits: i64) -> String {
    let words = gap_names(bits).into_iter().filter_map(|name| {
        let path = ["guarantees", name];
        sync_core::schema::field(sync_core::schema::Kind::Household, &path).map(|field| field.zh)
    });
    words.collect::<Vec<_>>().join("、")
}

/// Writes the sheet: an XLSX file.
pub async fn households(app: &App, viewer: &Viewer, export: &Export) -> Result<Vec<u8>, Error> {
    let today = day_in_china(app.now());
    let search = Search {
        cursor: None,
        ..export.search.clone()
    };
    let wanted = wanted(viewer, &search, &today)?;
    let columns = columns(viewer.role, &export.columns)?;
    // Each holds its rows in memory.
    let _place = app.exports.acquire().await.map_err(|_| Code::Unavailable)?;
    let mut read = log::read(&app.store).await?;
    let rows = search::page(&mut read, &wanted, limits::EXPORT_ROWS_MAX + 1).await?;
    drop(read);
    if rows.len() > limits::EXPORT_ROWS_MAX {
        return Err(Error::field("/search", "too_long"));
    }
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let (count, names, villages) = (
        rows.len().to_string(),
        names.join(","),
        wanted.villages.len().to_string(),
    );
    let mut tx = app.store.writer().await?;
    let detail = [
        ("rows", count.as_str()),
        ("columns", &names),
        ("villages", &villages),
    ];
    audit::append(
        &mut tx,
        app.now(),
        &viewer.actor(),
        "households.export",
        &viewer.person,
        &detail,
    )
    .await?;
    tx.commit().await?;
    let english = export.english;
    let written = tokio::task::spawn_blocking(move || sheet(&columns, &rows, english)).await;
    let written = written.map_err(|_| Error::internal("the export was not written"))?;
    written.map_err(|_| Error::internal("the export was not written"))
}

fn columns(role: Role, asked: &[String]) -> Result<Vec<&'static Column>, Error> {
    let own: Vec<&Column> = COLUMNS
        .iter()
        .filter(|column| column.roles.contains(&role))
        .collect();
    if asked.is_empty() {
        return Ok(own);
    }
    let mut check = Check::default();
    let mut columns: Vec<&'static Column> = Vec::new();
    for (index, name) in asked.iter().take(COLUMNS.len() + 1).enumerate() {
        match own.iter().find(|column| column.name == name) {
            Some(column) if !columns.iter().any(|known| known.name == name) => columns.push(column),
            Some(_) => check.fail(format!("/columns/{index}"), "taken"),
            None => check.fail(format!("/columns/{index}"), "not_allowed"),
        }
    }
    check.done()?;
    Ok(columns)
}

fn sheet(columns: &[&Column], rows: &[Found], english: bool) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_freeze_panes(1, 0)?;
    for (x, column) in (0..).zip(columns) {
        sheet.write_string_with_format(0, x, if english { column.en } else { column.zh }, &bold)?;
        sheet.set_column_width(x, 14)?;
    }
    for (y, row) in (1..).zip(rows) {
        for (x, column) in (0..).zip(columns) {
            // Text is written as text: what begins with `=` in a file is no formula in the sheet.
            match (column.value)(row) {
                Cell::Text(Some(text)) => sheet.write_string(y, x, text)?,
                Cell::Number(Some(number)) => sheet.write_number(y, x, number as f64)?,
                Cell::Text(None) | Cell::Number(None) => sheet,
            };
        }
    }
    book.save_to_buffer()
}
