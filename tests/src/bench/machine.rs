//! What the system says about processes and about this machine: `/proc`, as text.

use std::fs::read_to_string;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

/// Clock ticks a second in `/proc`; fixed at 100 for user space on Linux.
const TICKS_PER_S: u64 = 100;

/// Processor time a process has used so far, its own and the system's for it.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = read_to_string(format!("/proc/{pid}/stat")).context("the server's /proc entry")?;
    // The name in the second field may hold spaces, and ends with the last parenthesis.
    let (_, fields) = stat.rsplit_once(") ").context("/proc/PID/stat has a name")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks =
        |index: usize| -> Result<u64> { Ok(fields.get(index).context("a short stat line")?.parse()?) };
    // utime and stime are fields 14 and 15 of the whole line.
    let ticks = ticks(11)? + ticks(12)?;
    Ok(Duration::from_millis(ticks * 1_000 / TICKS_PER_S))
}

/// Memory of a process in KiB: now, and at its peak since [`reset_peak`].
pub(crate) fn memory_kib(pid: u32) -> Result<(u64, u64)> {
    let status = read_to_string(format!("/proc/{pid}/status")).context("the server's /proc entry")?;
    let field = |name: &str| -> Result<u64> {
        let line = status.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(value
            .with_context(|| format!("{name} in /proc/PID/status"))?
            .parse()?)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

/// Peak memory counts from now.
pub(crate) fn reset_peak(pid: u32) {
    // Not allowed everywhere; then the peak is that of the whole life, which is stated as such nowhere lower.
    let _ = std::fs::write(format!("/proc/{pid}/clear_refs"), "5");
}

/// Processor, number of cores, kernel.
pub(crate) fn describe() -> String {
    let cpuinfo = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{model}, {cores} cores, Linux {}", kernel.trim())
}

/// The commit the sources are at, marked when they have been changed since.
pub(crate) fn commit() -> String {
    let git = |args: &[&str]| {
        let output = Command::new("git")
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output();
        let output = output.ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    match (
        git(&["rev-parse", "--short=12", "HEAD"]),
        git(&["status", "--porcelain", "--untracked-files=no"]),
    ) {
        (Some(commit), Some(changes)) if changes.is_empty() => commit,
        (Some(commit), _) => format!("{commit} with local changes"),
        (None, _) => "unknown".to_owned(),
    }
}

/// Today in UTC.
pub(crate) fn today() -> String {
    let date = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    date.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default()
}
