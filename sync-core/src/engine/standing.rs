//! Whether this device may show what it holds: its status, and how long it has been without contact.
//!
//! Nothing here believes the device's clock. Time without contact only grows: setting the clock back does not shorten
//! it, and a clock that is years ahead locks the device until the server is heard again.

use super::Engine;
use crate::wire::frame::DeviceStatus;

const HOUR_MS: i64 = 3_600_000;
/// Growth that is worth writing down.
const STEP_MS: i64 = 60_000;

/// What a device may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// No grant has been heard of yet, or nobody has decided: capture works, nothing is shown of others.
    Waiting,
    /// In use.
    Active,
    /// Too long without contact: capture works, what is held stays hidden until the server is heard.
    Locked,
    /// Ended by the server, for this reason.
    Ended(DeviceStatus),
}

impl Engine {
    /// Tells the engine the device's clock, Unix ms, and asks how the device stands. Call it when the app opens and
    /// from time to time; the writes it leaves make going back impossible.
    pub fn standing(&mut self, now_ms: i64) -> Standing {
        let Some(grant) = self.state.grant.as_ref() else {
            return Standing::Waiting;
        };
        match grant.status {
            DeviceStatus::Pending => return Standing::Waiting,
            DeviceStatus::Active => {}
            ended => return Standing::Ended(ended),
        }
        let grace_ms = i64::try_from(grant.offline_grace_h)
            .unwrap_or(i64::MAX / HOUR_MS)
            .saturating_mul(HOUR_MS);
        let expires_ms = grant.expires_ms;
        let silent_ms = now_ms.saturating_sub(self.state.contact_clock_ms);
        if silent_ms > self.state.silent_ms_max + STEP_MS {
            self.state.silent_ms_max = silent_ms;
            self.put_state();
        }
        let silent_ms = silent_ms.max(self.state.silent_ms_max);
        let now_at_least_ms = self.state.server_time_ms.saturating_add(silent_ms);
        if silent_ms > grace_ms || now_at_least_ms > expires_ms {
            Standing::Locked
        } else {
            Standing::Active
        }
    }

    /// The server has been heard.
    pub(super) fn heard(&mut self, now_ms: i64) {
        self.state.contact_clock_ms = now_ms;
        self.state.silent_ms_max = 0;
    }
}
