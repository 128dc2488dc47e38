//! Who asks for an attachment: a device that has signed just this request.
//!
//! Its counter stays with exchanges, so that photos never hold text up. A request can be repeated by whoever has heard it
//! for some minutes; what it does is the same then, and TLS keeps it from being heard.

use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, header};
use sync_core::envelope::{AttachmentRequest, attachment_bytes};
use sync_core::id::DeviceId;
use sync_core::limits::ATTACHMENT_PROOF_SKEW_S_MAX;

use crate::app::App;
use crate::error::{Code, Error};
use crate::keys;
use crate::registry::devices::{Device, Status};

/// The device that has signed this, if it may take part.
pub(crate) async fn device(
    app: &App,
    headers: &HeaderMap,
    method: &str,
    target: &str,
    body: &[u8],
) -> Result<Device, Error> {
    let (id, at_ms, signature) = read(headers).ok_or(Code::ProofInvalidDevice)?;
    let found = app.relay.device(&id).await.map_err(|_| Code::Unavailable)?;
    let device = found.ok_or(Code::ProofInvalidDevice)?;
    app.limiter.attachment_request(device.no)?;
    let request = AttachmentRequest {
        method,
        target,
        at_ms,
        body,
    };
    let said = attachment_bytes(&app.deployment.id, &id, &request);
    if !keys::verify(&device.public_key, &said, &signature) {
        return Err(Code::ProofInvalidDevice.into());
    }
    let now_ms = app.now();
    let apart_ms = i64::try_from(at_ms).unwrap_or(i64::MAX).abs_diff(now_ms);
    if apart_ms > ATTACHMENT_PROOF_SKEW_S_MAX.unsigned_abs() * 1_000 {
        return Err(Code::ProofStale.into());
    }
    if device.status != Status::Active || now_ms >= device.grant_expires_ms {
        return Err(Code::NotAllowed.into());
    }
    Ok(device)
}

fn read(headers: &HeaderMap) -> Option<(DeviceId, u64, Vec<u8>)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let mut parts = text.strip_prefix("Qiao ")?.split('.');
    let id = DeviceId::from_hex(parts.next()?)?;
    let at_ms = parts.next()?.parse().ok()?;
    let signature = BASE64URL_NOPAD.decode(parts.next()?.as_bytes()).ok()?;
    (parts.next().is_none() && signature.len() == 64).then_some((id, at_ms, signature))
}
