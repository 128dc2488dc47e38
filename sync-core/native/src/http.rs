//! Exchanges over HTTP: one request, one streamed reply, each frame stored as it comes.
//!
//! Owns the connection and the counting of bytes. What is said is the engine's; when an exchange leaves something to
//! say (a probe answered, a repair, an outbox over one body's bound) another follows. Time-outs are by progress: a
//! line that brings a byte now and then is alive, however slow. A connection that stays is [`crate::live`]'s.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use reqwest::redirect;
use reqwest::{Client, Response, StatusCode, Url};
use serde::Serialize;
use serde_json::{Value as Json, json};
use sync_core::engine::Tally;
use sync_core::reason::Reason;
use sync_core::wire::stream::{StreamReader, pack_request};
use tokio::time::timeout;

use crate::device::Device;
use crate::limits;
use crate::problem::{Code, Problem};

/// A device that several tasks use in turn. It is never locked across a wait.
pub type Shared = Arc<Mutex<Device>>;

/// Called with the device after each step that may have changed something, to fetch its events.
pub type Observer = Arc<dyn Fn(&mut Device) + Send + Sync>;

/// Locks the device. A task that panicked left nothing half stored: every step is one transaction.
pub fn lock(device: &Mutex<Device>) -> MutexGuard<'_, Device> {
    device.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a sync did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Bytes of request bodies.
    pub bytes_up: u64,
    /// Bytes of reply bodies.
    pub bytes_down: u64,
    /// Frames received.
    pub frames: u64,
    /// Requests answered or tried.
    pub round_trips: u32,
    /// Changes sent.
    pub pushed: u64,
    /// Changes and documents received.
    pub pulled: u64,
    /// Verdicts by sort.
    pub verdicts: Verdicts,
    /// From first to last byte.
    pub duration_ms: u64,
    /// Whether everything in scope is held.
    pub caught_up: bool,
    /// Local changes without a final verdict.
    pub unsent: u64,
    /// Where the device stands.
    pub standing: Option<&'static str>,
    /// All data of the device was destroyed on the server's order.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub wiped: bool,
}

/// Verdicts by sort.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Verdicts {
    /// In the log for good.
    pub accepted: u64,
    /// There already.
    pub duplicate: u64,
    /// Kept until something else arrives.
    pub parked: u64,
    /// Kept for review.
    pub quarantined: u64,
    /// Refused.
    pub rejected: u64,
}

impl Report {
    /// Counts in what the device tallied, and notes how it stands now.
    pub fn take(&mut self, device: &mut Device) -> Tally {
        let tally = device.take_tally();
        self.frames += tally.frames;
        self.pushed += tally.pushed;
        self.pulled += tally.pulled;
        self.verdicts.accepted += tally.accepted;
        self.verdicts.duplicate += tally.duplicate;
        self.verdicts.parked += tally.parked;
        self.verdicts.quarantined += tally.quarantined;
        self.verdicts.rejected += tally.rejected;
        let status = device.status();
        self.unsent = status.unsent;
        self.standing = status.grant.map(|grant| grant.status.as_str());
        // Who may have nothing has nothing to miss, which is not the same as having all of it.
        self.caught_up = self.standing == Some("active") && device.engine().is_caught_up();
        tally
    }
}

/// The server as a device reaches it.
#[derive(Debug, Clone)]
pub struct Server {
    pub(crate) client: Client,
    base: Url,
}

impl Server {
    /// A server at an address. Plain HTTP is taken only for this machine. `ca_pem` trusts one more authority.
    ///
    /// # Errors
    /// [`Code::BadServerUrl`].
    pub fn new(address: &str, ca_pem: Option<&[u8]>) -> Result<Self, Problem> {
        let mut base = Url::parse(address).map_err(|_| Code::BadServerUrl)?;
        let host = base.host_str().ok_or(Code::BadServerUrl)?;
        let here = host == "localhost"
            || host
                .trim_matches(['[', ']'])
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback());
        if !(base.scheme() == "https" || (base.scheme() == "http" && here)) {
            return Err(Code::BadServerUrl.into());
        }
        base.set_query(None);
        base.set_fragment(None);
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .http1_only()
            .connect_timeout(limits::CONNECT_MAX)
            .tcp_keepalive(limits::PING_AFTER)
            .referer(false);
        if let Some(pem) = ca_pem {
            let authority = reqwest::Certificate::from_pem(pem).map_err(|_| Code::BadFile)?;
            builder = builder.tls_certs_merge([authority]);
        }
        let client = builder.build().map_err(|_| Code::Unreachable)?;
        Ok(Server { client, base })
    }

    /// An address under it.
    pub(crate) fn url(&self, path: &str) -> Result<Url, Problem> {
        self.base.join(path).map_err(|_| Code::BadServerUrl.into())
    }

    /// Exchanges until nothing is left to say or the line breaks. What came is stored in either case.
    pub async fn sync(&self, device: &Shared, observe: &Observer) -> (Report, Option<Problem>) {
        let started = Instant::now();
        let mut report = Report::default();
        let failed = self.exchanges(device, observe, &mut report).await.err();
        {
            let mut device = lock(device);
            if failed.is_some() {
                device.interrupted();
            }
            report.take(&mut device);
            if device.wipe_ordered() && device.wipe().is_ok() {
                report.wiped = true;
            }
            observe(&mut device);
        }
        report.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        (report, failed)
    }

    async fn exchanges(
        &self,
        device: &Shared,
        observe: &Observer,
        report: &mut Report,
    ) -> Result<(), Problem> {
        let mut idle = 0;
        for _ in 0..limits::EXCHANGES_MAX {
            let was_ordered = lock(device).wipe_ordered();
            self.exchange(device, observe, report).await?;
            let mut device = lock(device);
            let tally = report.take(&mut device);
            let verdicts =
                tally.accepted + tally.duplicate + tally.parked + tally.quarantined + tally.rejected;
            idle = if tally.pushed + tally.pulled + verdicts == 0 {
                idle + 1
            } else {
                0
            };
            // A device that is to be wiped hands over what it has not sent yet, once; a pending one waits.
            let go_on = if device.wipe_ordered() {
                !was_ordered && device.status().unsent > 0
            } else {
                device.is_active()
            };
            if !go_on || !device.wants_exchange() || idle > limits::IDLE_EXCHANGES_MAX {
                return Ok(());
            }
        }
        Ok(())
    }

    /// One request and its reply.
    async fn exchange(
        &self,
        device: &Shared,
        observe: &Observer,
        report: &mut Report,
    ) -> Result<(), Problem> {
        let frames = lock(device).begin()?;
        // Only a lack of memory makes it fail: nothing is lost, and trying later helps.
        let body = pack_request(&frames).map_err(|_| Reason::ServerBusy)?;
        report.round_trips += 1;
        report.bytes_up += body.len() as u64;
        let patience = limits::SILENCE_MAX
            + std::time::Duration::from_secs(body.len() as u64 / limits::UPLOAD_BYTES_PER_S_MIN);
        let request = self.client.post(self.url("sync/v1/exchange")?).body(body);
        let reply = timeout(patience, request.send())
            .await
            .map_err(|_| Code::Interrupted)?
            .map_err(|error| {
                if error.is_connect() {
                    Code::Unreachable
                } else {
                    Code::Interrupted
                }
            })?;
        if reply.status() != StatusCode::OK {
            return Err(refused(reply).await);
        }
        self.read(reply, device, observe, report).await?;
        lock(device).finish()?;
        Ok(())
    }

    /// Stores the frames of a reply, all that one piece of the body completes in one step.
    async fn read(
        &self,
        mut reply: Response,
        device: &Shared,
        observe: &Observer,
        report: &mut Report,
    ) -> Result<(), Problem> {
        let mut reader = StreamReader::new(limits::REPLY_SIZE_BYTES_MAX).map_err(|_| Code::BadAnswer)?;
        loop {
            let piece = timeout(limits::SILENCE_MAX, reply.chunk())
                .await
                .map_err(|_| Code::Interrupted)?
                .map_err(|_| Code::Interrupted)?;
            let Some(piece) = piece else { break };
            report.bytes_down += piece.len() as u64;
            reader.push(&piece).map_err(|_| Code::BadAnswer)?;
            let mut frames = Vec::new();
            let mut malformed = false;
            loop {
                match reader.next_frame() {
                    Ok(Some(frame)) => frames.push(frame),
                    Ok(None) => break,
                    Err(_) => {
                        malformed = true;
                        break;
                    }
                }
            }
            if !frames.is_empty() {
                let mut device = lock(device);
                device.receive(frames)?;
                observe(&mut device);
            }
            if malformed {
                return Err(Code::BadAnswer.into());
            }
        }
        if reader.has_partial_frame() {
            return Err(Code::Interrupted.into());
        }
        Ok(())
    }

    /// Sends a JSON body and reads a JSON answer of bounded size.
    pub(crate) async fn post_json(&self, path: &str, body: &Json) -> Result<Json, Problem> {
        let request = self
            .client
            .post(self.url(path)?)
            .header("content-type", "application/json")
            .body(body.to_string());
        let reply = timeout(limits::SILENCE_MAX, request.send())
            .await
            .map_err(|_| Code::Unreachable)?
            .map_err(|_| Code::Unreachable)?;
        if !reply.status().is_success() {
            return Err(refused(reply).await);
        }
        let text = bounded(reply).await?;
        serde_json::from_slice(&text).map_err(|_| Code::BadAnswer.into())
    }
}

async fn bounded(mut reply: Response) -> Result<Vec<u8>, Problem> {
    let mut text = Vec::new();
    loop {
        let piece = timeout(limits::SILENCE_MAX, reply.chunk())
            .await
            .map_err(|_| Code::Interrupted)?
            .map_err(|_| Code::Interrupted)?;
        let Some(piece) = piece else { return Ok(text) };
        if text.len() + piece.len() > limits::ENROL_ANSWER_BYTES_MAX {
            return Err(Code::BadAnswer.into());
        }
        text.extend_from_slice(&piece);
    }
}

/// What a reply without success says, in our own words where the code is known.
pub(crate) async fn refused(reply: Response) -> Problem {
    let status = reply.status();
    let retry_after_s = reply
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let answer: Json = bounded(reply)
        .await
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or(json!({}));
    let code = answer["code"].as_str().unwrap_or("");
    let known = Code::ALL
        .iter()
        .find(|known| known.as_str() == code)
        .map(|known| known.problem())
        .or_else(|| Reason::from_code(code).map(Problem::from));
    let by_status = || match status.as_u16() {
        429 => Reason::RateLimited.into(),
        408 | 425 | 500..=599 => Reason::ServerBusy.into(),
        400..=499 if !code.is_empty() => Code::EnrolRefused.into(),
        _ => Code::BadAnswer.problem(),
    };
    Problem {
        retry_after_s,
        ..known.unwrap_or_else(by_status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in [
            "https://qiao.example",
            "http://127.0.0.1:8080",
            "http://localhost:1/x",
            "http://[::1]:80",
        ] {
            assert!(Server::new(good, None).is_ok(), "{good}");
        }
        for bad in [
            "http://qiao.example",
            "ftp://127.0.0.1",
            "qiao",
            "http://10.0.0.1",
            "",
        ] {
            assert_eq!(
                Server::new(bad, None).unwrap_err().code,
                "bad_server_url",
                "{bad}"
            );
        }
    }

    #[test]
    fn addresses_are_made_below_a_path() {
        let server = Server::new("https://a.example/bridge", None).unwrap();
        let url = server.url("sync/v1/exchange").unwrap();
        assert_eq!(url.as_str(), "https://a.example/bridge/sync/v1/exchange");
    }
}
