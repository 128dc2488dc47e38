//! One phone: the native device on a folder of its own, let in the way every phone is let in.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use qiao_device::device::{Clock, DeviceError};
use qiao_device::enrol::{Ask, enrol};
use qiao_device::http::{Observer, Report, Server, Shared, lock};
use qiao_device::problem::Problem;
use sync_core::edit::Edit;
use sync_core::id::DocId;
use tokio::sync::Mutex as AsyncMutex;

use super::administrator::Administrator;
use super::board::Board;
use super::cast::Part;

/// A phone that has been let in.
pub(super) struct Phone {
    pub(super) part: Part,
    pub(super) device: Shared,
    pub(super) server: Server,
    /// Identity, hex.
    pub(super) id: String,
    board: Arc<Board>,
}

impl Phone {
    /// Invitation, request, six words compared, decision: as it happens in an office. `dir` holds the device.
    pub(super) async fn enrol(
        part: &Part,
        dir: &Path,
        administrator: &AsyncMutex<Administrator>,
        board: &Arc<Board>,
    ) -> Result<Phone> {
        let invitation = administrator.lock().await.invite(&part.person.id).await?;
        let ask = Ask {
            invite: Some(invitation.link),
            model: "演示手机 demo phone".to_owned(),
            ..Ask::default()
        };
        let (device, enrolment) = loop {
            match enrol(dir, &ask, clock()).await {
                Ok(enrolled) => break enrolled,
                // Many phones from one address are let ask one after the other; the key is kept.
                Err(problem) if problem.retry_after_s.is_some() => {
                    tokio::time::sleep(Duration::from_secs(problem.retry_after_s.unwrap_or(1))).await;
                }
                Err(problem) => return Err(said(&problem)),
            }
        };
        let words = enrolment
            .check_words(&device.public_key())
            .map_err(|problem| said(&problem))?;
        let id = device.id().to_hex();
        administrator.lock().await.approve(&id, &words).await?;
        let server = enrolment.connect().map_err(|problem| said(&problem))?;
        let phone = Phone {
            part: part.clone(),
            device: Arc::new(Mutex::new(device)),
            server,
            id,
            board: Arc::clone(board),
        };
        phone
            .must_sync()
            .await
            .context("a phone that was let in gets its grant")?;
        Ok(phone)
    }

    /// Writes one edit, durable when this returns.
    pub(super) fn write(&self, edit: &Edit) -> Result<DocId> {
        let mut device = lock(&self.device);
        let doc = device.edit(edit).map_err(|error| refused(edit, &error))?;
        self.board.observe(self.part.number, &mut device);
        Ok(doc)
    }

    /// Writes many edits, durable when this returns.
    pub(super) fn write_all(&self, edits: &[Edit]) -> Result<()> {
        let mut device = lock(&self.device);
        for edit in edits {
            device.stage(edit).map_err(|error| refused(edit, &error))?;
        }
        device.save()?;
        Ok(())
    }

    /// Exchanges until everything is said. A line that breaks is no error for a phone: it tries again later.
    pub(super) async fn sync(&self) -> (Report, Option<Problem>) {
        let (report, problem) = self.server.sync(&self.device, &self.observer()).await;
        self.board.report(self.part.number, &report, problem.is_none());
        (report, problem)
    }

    /// The same where nothing may fail.
    pub(super) async fn must_sync(&self) -> Result<Report> {
        match self.sync().await {
            (report, None) => Ok(report),
            (_, Some(problem)) => Err(said(&problem)).with_context(|| self.part.label.clone()),
        }
    }

    fn observer(&self) -> Observer {
        let (board, number) = (Arc::clone(&self.board), self.part.number);
        Arc::new(move |device| board.observe(number, device))
    }

    /// What a live connection reports to.
    pub(super) fn live_observer(&self) -> Observer {
        let (board, number) = (Arc::clone(&self.board), self.part.number);
        Arc::new(move |device| board.observe_live(number, device))
    }

    /// Everything it holds, one document on a line, in the form in which replicas are compared.
    pub(super) fn export(&self) -> Result<String> {
        let mut out = Vec::new();
        lock(&self.device).export(&mut out)?;
        Ok(String::from_utf8(out)?)
    }
}

/// An edit that was refused, by the place it is about and not by what it says.
fn refused(edit: &Edit, error: &DeviceError) -> anyhow::Error {
    let place = match edit {
        Edit::New(new) => format!("new {}", new.new),
        Edit::Change(change) => format!("{} {:?}", change.doc, change.ops),
    };
    anyhow::anyhow!("an edit is refused: {place}: {error}")
}

pub(super) fn said(problem: &Problem) -> anyhow::Error {
    anyhow::anyhow!("{}: {} / {}", problem.code, problem.zh, problem.en)
}

/// The machine's clock, Unix ms.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The same in seconds.
pub(super) fn now_s() -> i64 {
    now_ms() / 1_000
}

fn clock() -> Clock {
    Box::new(now_ms)
}
