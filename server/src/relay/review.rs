//! Quarantine for people: what a kept change says, and what an administrator decides about it.

use sync_core::reason::Reason;

/// What became of a decision about one quarantined change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It holds, and the device will hear of it.
    Done,
    /// There is no such change.
    Unknown,
    /// It was decided before.
    Before,
    /// Released, it does not pass the gate; it stays in quarantine.
    Refused(Reason),
}
