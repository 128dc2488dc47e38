//! What every operation may answer beside what its handler says: refusals of the edge, the extractors and the store, added
//! to the description in one place, in the form in which they are sent.
//!
//! Handlers name what they decide themselves; a status that stands here need not stand there.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// Media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";
/// Name of the shared response.
const REFUSED: &str = "Refused";

/// Completes the description.
pub fn complete(mut openapi: OpenApi) -> OpenApi {
    let refused = ResponseBuilder::new()
        .description("Refused, with the reason")
        .content(
            PROBLEM_JSON,
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .build(),
        )
        .build();
    let components = openapi.components.get_or_insert_default();
    components.responses.insert(REFUSED.to_owned(), RefOr::T(refused));
    for item in openapi.paths.paths.values_mut() {
        let operations = [
            (&mut item.get, false),
            (&mut item.put, true),
            (&mut item.post, true),
            (&mut item.patch, true),
            (&mut item.delete, true),
        ];
        for (operation, changes) in operations {
            if let Some(operation) = operation {
                complete_one(operation, changes);
            }
        }
    }
    openapi
}

fn complete_one(operation: &mut Operation, changes: bool) {
    let everybody = operation
        .security
        .as_ref()
        .is_some_and(|ways| ways.iter().any(|way| *way == Default::default()));
    let has = |place: &ParameterIn| {
        let parameters = operation.parameters.iter().flatten();
        parameters
            .filter_map(|parameter| match parameter {
                RefOr::T(parameter) => Some(parameter),
                RefOr::Ref(_) => None,
            })
            .any(|parameter| parameter.parameter_in == *place)
    };
    let body = operation.request_body.is_some();
    let (path, query) = (has(&ParameterIn::Path), has(&ParameterIn::Query));
    let also = [
        ("400", body || query),
        ("401", !everybody),
        ("403", changes || !everybody),
        ("404", path),
        ("408", true),
        ("413", body),
        ("415", body),
        ("422", body || path || query),
        ("503", true),
        ("507", changes),
    ];
    let responses = &mut operation.responses.responses;
    for (status, applies) in also {
        if applies {
            responses
                .entry(status.to_owned())
                .or_insert_with(|| RefOr::T(Response::default()));
        }
    }
    for (status, response) in responses {
        if status.starts_with(['4', '5']) {
            *response = RefOr::Ref(Ref::from_response_name(REFUSED));
        } else if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            // The standard asks for one.
            response.description = reason(status).to_owned();
        }
    }
}

fn reason(status: &str) -> &'static str {
    let status = status.parse::<u16>().ok();
    let status = status.and_then(|status| http::StatusCode::from_u16(status).ok());
    status
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Done")
}
