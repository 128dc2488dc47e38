//! Who reads documents at a desk: the extractors of the offices' handlers.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::extract::SignedIn;
use crate::app::App;
use crate::error::Error;
use crate::offices::Viewer;

/// Somebody who may read documents.
#[derive(Debug)]
pub struct Viewing(pub Viewer);

/// The same, having confirmed their identity within the last five minutes.
#[derive(Debug)]
pub struct ViewingConfirmed(pub Viewer);

impl FromRequestParts<App> for Viewing {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Viewing, Error> {
        let SignedIn(session) = <SignedIn as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        Ok(Viewing(Viewer::of(app, &session.person).await?))
    }
}

impl FromRequestParts<App> for ViewingConfirmed {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<ViewingConfirmed, Error> {
        let SignedIn(session) = <SignedIn as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        let viewer = Viewer::of(app, &session.person).await?;
        session.require_step_up(app.now())?;
        Ok(ViewingConfirmed(viewer))
    }
}
