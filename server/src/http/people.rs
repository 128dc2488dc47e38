//! The people who take part.

use axum::Json as Answer;
use axum::extract::State;
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Admin, Json, Path, Query};
use crate::app::App;
use crate::error::Error;
use crate::problem::Problem;
use crate::registry::people::{self, Filter, NewPerson, Person, PersonUpdate};
use crate::registry::{Page, Slice};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update))
}

/// People in one's area
#[utoipa::path(get, path = "/api/v1/people", tag = "people", operation_id = "listPeople", params(Filter, Slice),
    responses((status = 200, body = Page<Person>), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn list(
    State(app): State<App>,
    admin: Admin,
    Query(filter): Query<Filter>,
    Query(slice): Query<Slice>,
) -> Result<Answer<Page<Person>>, Error> {
    Ok(Answer(people::list(&app, &admin.actor, &filter, &slice).await?))
}

/// Add a person
#[utoipa::path(post, path = "/api/v1/people", tag = "people", operation_id = "createPerson",
    request_body = NewPerson,
    responses((status = 201, body = Person), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(app): State<App>,
    admin: Admin,
    Json(person): Json<NewPerson>,
) -> Result<(StatusCode, Answer<Person>), Error> {
    Ok((
        StatusCode::CREATED,
        Answer(people::create(&app, &admin.actor, person).await?),
    ))
}

/// One person
#[utoipa::path(get, path = "/api/v1/people/{id}", tag = "people", operation_id = "getPerson",
    params(("id" = String, Path, description = "Id of the person")),
    responses((status = 200, body = Person), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn get(State(app): State<App>, admin: Admin, Path(id): Path<String>) -> Result<Answer<Person>, Error> {
    Ok(Answer(people::get(&app, &admin.actor, &id).await?))
}

/// Change a person
///
/// A new role, place or unit moves their devices with them; `active: false` suspends the devices.
#[utoipa::path(patch, path = "/api/v1/people/{id}", tag = "people", operation_id = "updatePerson",
    params(("id" = String, Path, description = "Id of the person")), request_body = PersonUpdate,
    responses((status = 200, body = Person), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn update(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Json(change): Json<PersonUpdate>,
) -> Result<Answer<Person>, Error> {
    if change.role.is_some() || change.places.is_some() || change.unit.is_some() {
        // This changes what devices may read: as weighty as letting one in.
        admin.session.require_step_up(app.now())?;
    }
    Ok(Answer(people::update(&app, &admin.actor, &id, change).await?))
}
