//! The server's time, handed to whoever needs it so that tests can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from. Clones of a manual clock move together.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's wall clock.
    System,
    /// Milliseconds since 1970 that a test sets.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still until moved.
    pub fn manual(now_ms: i64) -> Clock {
        Clock::Manual(Arc::new(AtomicI64::new(now_ms)))
    }

    /// Milliseconds since 1970, UTC.
    pub fn now_ms(&self) -> i64 {
        match self {
            Clock::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| {
                i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
            }),
            Clock::Manual(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a manual clock forward; the system's clock cannot be moved.
    pub fn advance_ms(&self, by_ms: i64) {
        if let Clock::Manual(now) = self {
            now.fetch_add(by_ms, Ordering::SeqCst);
        }
    }
}

/// The day of a moment where the product is used, as `YYYY-MM-DD`.
pub fn day_in_china(unix_ms: i64) -> String {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let moment = jiff::Timestamp::from_millisecond(unix_ms).unwrap_or_default();
    zone.to_datetime(moment).date().to_string()
}

/// Lets the rate limiters run on the same time, so that a test's hour is an hour for them too.
impl governor::clock::Clock for Clock {
    type Instant = std::time::Duration;

    fn now(&self) -> Self::Instant {
        std::time::Duration::from_millis(u64::try_from(self.now_ms()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_day_begins_at_midnight_in_china() {
        assert_eq!(super::day_in_china(1_767_196_799_999), "2025-12-31");
        assert_eq!(super::day_in_china(1_767_196_800_000), "2026-01-01");
        assert_eq!(super::day_in_china(i64::MAX), "1970-01-01");
    }
}
