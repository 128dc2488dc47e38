//! What administrators' pages show has changed: a stream of hints, one for each page that is open.
//!
//! A hint names a list and nothing in it; the page reads the list again by itself, with the rights its session has then.
//! Says nothing about devices outside the administrator's area. A stream is no use of the session, and ends with it. Hints
//! may be lost (a slow reader, a decision taken on the command line), so pages look now and then without any.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{AppendHeaders, IntoResponse};
use http::{HeaderMap, HeaderName};
use sync_core::id::AuthorNo;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::token;
use crate::app::App;
use crate::auth::session::{self, Session};
use crate::auth::streams::Place;
use crate::error::{Code, Error};
use crate::limits;
use crate::problem::Problem;
use crate::registry::{Actor, devices};
use crate::relay::bus::Wake;

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(events))
}

/// What has changed, as it happens
///
/// Server-sent events. `changed` carries a JSON list out of `enrolments` (somebody asks to be let in, or was decided
/// about), `devices` (a decision), `contacts` (a device was heard) and `quarantine`. Ends with the session.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", operation_id = "events",
    responses((status = 200, body = String, content_type = "text/event-stream"), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 429, body = Problem)))]
async fn events(State(app): State<App>, headers: HeaderMap) -> Result<impl IntoResponse, Error> {
    let (token, _) = token(&app, &headers).ok_or(Code::SignedOut)?;
    // A page opens it again by itself whenever the link was cut.
    let session = session::authenticate(&app, &token, false).await?;
    Actor::administrator(&app.store, &session.person).await?;
    let place = app.event_streams.take(&session.id)?;
    let wakes = app.relay.bus().subscribe();
    let (said, stream) = mpsc::channel(4);
    // Something at once: a proxy may hold the head of an answer back until there is more of it.
    let _ = said.try_send(Ok(
        Event::default().retry(Duration::from_secs(limits::EVENTS_AGAIN_S))
    ));
    let alive = KeepAlive::new().interval(Duration::from_secs(limits::EVENTS_ALIVE_S));
    let watch = Watch {
        app: app.clone(),
        token,
        session,
        said,
        _place: place,
    };
    app.tasks.spawn(watch.run(wakes));
    // A proxy that gathers answers would keep hints until there are many.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((
        AppendHeaders(unbuffered),
        Sse::new(ReceiverStream::new(stream)).keep_alive(alive),
    ))
}

/// What has happened, gathered until it is told.
#[derive(Debug, Default)]
struct Gathered {
    /// Something was missed: all lists may have changed.
    missed: bool,
    standings: BTreeSet<AuthorNo>,
    greeted: BTreeSet<AuthorNo>,
    reviews: BTreeSet<AuthorNo>,
    /// A session of the person may have ended.
    signed_out: bool,
}

impl Gathered {
    fn add(&mut self, wake: &Wake, person: &str) {
        self.standings.extend(&wake.standings);
        self.greeted.extend(&wake.greeted);
        self.reviews.extend(&wake.reviews);
        self.signed_out |= wake.signed_out.iter().any(|other| other == person);
    }

    fn is_empty(&self) -> bool {
        let silent = !self.missed && !self.signed_out;
        silent && self.standings.is_empty() && self.greeted.is_empty() && self.reviews.is_empty()
    }
}

/// One stream.
struct Watch {
    app: App,
    token: String,
    session: Session,
    said: mpsc::Sender<Result<Event, Infallible>>,
    _place: Place,
}

impl Watch {
    async fn run(self, mut wakes: broadcast::Receiver<Arc<Wake>>) {
        let mut look = tokio::time::interval(Duration::from_secs(limits::EVENTS_ALIVE_S));
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let mut gathered = Gathered::default();
            let told = tokio::select! {
                () = self.app.stopping.cancelled() => return,
                () = self.said.closed() => return,
                _ = look.tick() => false,
                received = wakes.recv() => match received {
                    Ok(wake) => { gathered.add(&wake, &self.session.person); true }
                    Err(RecvError::Lagged(_)) => { gathered.missed = true; true }
                    Err(RecvError::Closed) => return,
                },
            };
            if told && gathered.is_empty() {
                // Documents change by the hundred, and are nothing to a page of an administrator.
                continue;
            }
            if told && !gathered.signed_out {
                tokio::time::sleep(Duration::from_millis(limits::EVENTS_GATHER_MS)).await;
                loop {
                    match wakes.try_recv() {
                        Ok(wake) => gathered.add(&wake, &self.session.person),
                        Err(TryRecvError::Lagged(_)) => gathered.missed = true,
                        Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                    }
                }
            }
            if let Err(error) = self.tell(gathered).await {
                if !matches!(error.code(), Code::SignedOut | Code::NotAllowed) {
                    tracing::warn!(%error, "a stream of hints ends");
                }
                return;
            }
        }
    }

    /// Tells what lies in the area, if the session still lives and the person still administers.
    async fn tell(&self, gathered: Gathered) -> Result<(), Error> {
        session::authenticate(&self.app, &self.token, false).await?;
        let actor = Actor::administrator(&self.app.store, &self.session.person).await?;
        let mut topics: Vec<&str> = Vec::new();
        for (names, numbers) in [
            (&["enrolments", "devices"][..], gathered.standings),
            (&["contacts"], gathered.greeted),
            (&["quarantine"], gathered.reviews),
        ] {
            if gathered.missed || devices::any_within(&self.app, &actor, &numbers).await? {
                topics.extend(names);
            }
        }
        if topics.is_empty() {
            return Ok(());
        }
        let event = Event::default().event("changed").json_data(&topics);
        let event = event.map_err(|_| Error::internal("names are plain text"))?;
        // Whoever does not read is gone, or will look by itself.
        let _ = self.said.try_send(Ok(event));
        Ok(())
    }
}
