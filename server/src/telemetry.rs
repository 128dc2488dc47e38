//! Logs and figures. Neither ever holds a name, a number of a person, a query string or a body.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Upper bounds of the duration buckets, seconds.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// Sends log lines (JSON) to standard error. Only the binary calls this; a test or a simulator keeps its own.
pub fn init_logs(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_current_span(false)
        // A line that cannot be written (the disk is full) would be reported on the same standard error, and a report
        // that fails there is a panic: the log must not take the server with it.
        .log_internal_errors(false);
    // A second call in one process keeps the first.
    let _ = subscriber.try_init();
    // A formatted panic message may quote the value it stumbled over; a fixed one cannot.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic
            .payload()
            .downcast_ref::<&'static str>()
            .copied()
            .unwrap_or("(not shown)");
        tracing::error!(place, message, "panic");
    }));
}

/// The figures of this process. The recorder is global, so servers in one process share it.
pub fn metrics() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // Lost only if something else in this process has installed a recorder; figures are then its business.
        let _ = metrics::set_global_recorder(recorder);
        handle
    })
}
