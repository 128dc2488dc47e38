//! SQL of the projections (migration 0003). What is in a row is decided by [`crate::projections`].

use sync_core::id::DocNo;

use super::log::{Down, bulk, int};
use super::{Conn, StoreError, Values};
use crate::projections::{Household, Need, Projected, Visits};

/// Where rows go: beside the documents, or into tables of the same shape to be compared with those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Standing,
    Fresh,
}

/// Writes rows at once.
pub(crate) async fn write(conn: &mut Conn, rows: &Projected, place: Place) -> Result<(), StoreError> {
    write_down(&mut Down::new(conn, false), rows, place).await
}

/// Writes the rows of documents that have changed, in the transaction that changes them.
pub(super) async fn write_down(
    down: &mut Down<'_>,
    rows: &Projected,
    place: Place,
) -> Result<(), StoreError> {
    let into = |standing: &'static str, fresh: &'static str| match place {
        Place::Standing => standing,
        Place::Fresh => fresh,
    };
    bulk(
        down,
        into(
            "INSERT OR REPLACE INTO main.households VALUES ",
            "INSERT OR REPLACE INTO temp.households VALUES ",
        ),
        "(?,?,?,?,?,?,?,?,?,?,?,?,?)",
        "",
        &rows.households,
        bind_household,
    )
    .await?;
    bulk(
        down,
        into(
            "INSERT OR REPLACE INTO main.needs VALUES ",
            "INSERT OR REPLACE INTO temp.needs VALUES ",
        ),
        "(?,?,?,?,?,?,?,?,?,?)",
        "",
        &rows.needs,
        bind_need,
    )
    .await?;
    bulk(
        down,
        into(
            "INSERT OR REPLACE INTO main.visits VALUES ",
            "INSERT OR REPLACE INTO temp.visits VALUES ",
        ),
        "(?,?,?)",
        "",
        &rows.visits,
        bind_visits,
    )
    .await
}

fn bind_household(query: Values, (doc, row): &(DocNo, Household)) -> Values {
    query
        .bind(int(*doc))
        .bind(row.number.clone())
        .bind(row.group_no)
        .bind(row.householder.clone())
        .bind(row.register_state.clone())
        .bind(row.household_type.clone())
        .bind(row.monitoring_type.clone())
        .bind(row.risk.clone())
        .bind(row.risk_level)
        .bind(row.risk_state.clone())
        .bind(row.allowance_class.clone())
        .bind(row.phone.clone())
        .bind(int(row.members))
}

fn bind_need(query: Values, (doc, row): &(DocNo, Need)) -> Values {
    query
        .bind(int(*doc))
        .bind(row.unit.clone())
        .bind(row.category.clone())
        .bind(row.title.clone())
        .bind(row.state.clone())
        .bind(row.urgency.clone())
        .bind(row.raised_on.clone())
        .bind(row.due.clone())
        .bind(row.result_on.clone())
        .bind(row.closed_on.clone())
}

fn bind_visits(query: Values, (doc, row): &(DocNo, Visits)) -> Values {
    query
        .bind(int(*doc))
        .bind(int(row.visits))
        .bind(row.last_on.clone())
}
