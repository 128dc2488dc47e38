//! What a role needs to be told where it holds: villages, a township, a county or a unit.

use serde::{Deserialize, Serialize};

use super::places::Level;
use super::{Check, Role};
use crate::error::Error;
use crate::store::Conn;
use crate::store::registry::{places, units};

/// Where a role holds, resolved against the tree of places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Places as given.
    pub places: Vec<String>,
    /// Villages among them.
    pub villages: Vec<String>,
    /// Unit of its cadres.
    pub unit: Option<String>,
    /// The township, or the villages' one.
    pub township: Option<String>,
    /// The county above all of it.
    pub county: Option<String>,
}

/// Checks that `places` and `unit` fit `role`, and resolves what lies above them.
pub(crate) async fn resolve(
    conn: &mut Conn,
    role: Role,
    places: &[String],
    unit: Option<&str>,
) -> Result<Scope, Error> {
    let mut check = Check::default();
    if places.len() > crate::limits::PLACES_MAX {
        check.fail("/places", "too_long");
    }
    let wanted = match role {
        Role::Team | Role::Committee | Role::VillageCadre => Some(Level::Village),
        Role::Township => Some(Level::Township),
        Role::County => Some(Level::County),
        Role::Unit | Role::Admin => None,
        Role::Relay => {
            check.fail("/role", "not_allowed");
            None
        }
    };
    match (wanted, places.len()) {
        (Some(_), 0) => check.fail("/places", "required"),
        (Some(Level::Township | Level::County), 2..) => check.fail("/places/1", "not_allowed"),
        _ => {}
    }
    if role == Role::Unit && !places.is_empty() {
        check.fail("/places", "not_allowed");
    }
    match (role, unit) {
        (Role::Unit, None) => check.fail("/unit", "required"),
        (Role::Unit, Some(_)) | (_, None) => {}
        (_, Some(_)) => check.fail("/unit", "not_allowed"),
    }

    let mut scope = Scope {
        places: places.to_vec(),
        unit: unit.map(str::to_owned),
        ..Scope::default()
    };
    for (index, id) in places.iter().enumerate() {
        let Some(place) = places::by_id(conn, id).await? else {
            check.fail(format!("/places/{index}"), "unknown");
            continue;
        };
        let fits = match wanted {
            Some(level) => place.level == level,
            None => matches!(place.level, Level::Township | Level::County),
        };
        if !fits {
            check.fail(format!("/places/{index}"), "not_allowed");
        }
        match place.level {
            Level::Village => {
                scope.villages.push(place.id);
                scope.township = scope.township.or(place.parent);
            }
            Level::Township => {
                scope.county = scope.county.or(place.parent);
                scope.township = scope.township.or(Some(place.id));
            }
            Level::County => scope.county = scope.county.or(Some(place.id)),
            Level::Group => {}
        }
    }
    if let Some(id) = unit {
        match units::by_id(conn, id).await? {
            Some(unit) => scope.county = scope.county.or(unit.county),
            None => check.fail("/unit", "unknown"),
        }
    }
    check.done()?;
    if scope.county.is_none()
        && let Some(township) = &scope.township
    {
        scope.county = places::by_id(conn, township)
            .await?
            .and_then(|place| place.parent);
    }
    Ok(scope)
}
