//! Commands that need the server: enrolling, exchanging, staying connected.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use sync_core::engine::Standing;

use super::output::{Lang, Output, print};
use super::{may_show, session, show, system_clock};
use crate::device::Device;
use crate::enrol::{Ask, Enrolment, WalkUp};
use crate::http::{Observer, Report, Server, lock};
use crate::limits;
use crate::live::Live;
use crate::problem::{Code, EXIT_STANDING, Problem};

#[derive(Debug, clap::Args)]
pub(super) struct Enrol {
    /// Address of the server; an invitation link brings it along
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Code of an invitation, or its link
    #[arg(long, value_name = "CODE", required_unless_present = "walk_up")]
    invite: Option<String>,
    /// Ask without an invitation, under this name
    #[arg(long, value_name = "NAME", conflicts_with = "invite", requires = "place")]
    walk_up: Option<String>,
    /// Place a walk-up works in
    #[arg(long)]
    place: Option<String>,
    /// What an administrator should know of a walk-up
    #[arg(long, default_value = "")]
    note: String,
    /// What the device calls itself
    #[arg(long, default_value = "qiao device")]
    name: String,
    /// Certificate of one more authority to trust, PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<std::path::PathBuf>,
    /// Wait for the decision
    #[arg(long)]
    wait: bool,
}

pub(super) async fn enrol(home: &Path, enrol: Enrol, output: Output) -> Result<ExitCode, Problem> {
    let ca_pem = enrol
        .ca
        .map(|file| std::fs::read_to_string(file).map_err(|_| Problem::from(Code::BadFile)))
        .transpose()?;
    let ask = Ask {
        server: enrol.server,
        invite: enrol.invite,
        walk_up: enrol.walk_up.map(|name| WalkUp {
            name,
            place: enrol.place.unwrap_or_default(),
            note: enrol.note,
        }),
        model: enrol.name,
        ca_pem,
    };
    let (device, enrolment) = crate::enrol::enrol(home, &ask, system_clock()).await?;
    let words = show::check_words(&enrolment, &device.public_key())?;
    let mut answer = json!({
        "device": device.id().to_hex(), "deployment": device.status().deployment,
        "deployment_name": enrolment.deployment_name, "check_words": words, "standing": "pending",
    });
    if !output.json || !enrol.wait {
        output.answer(&answer, |lang| {
            let head = lang.pick(
                "请管理员核对这六个词，一致才批准：",
                "Ask the administrator to compare these six words before approving:",
            );
            format!("{head}\n{}", show::words(&words, lang))
        });
    }
    if !enrol.wait {
        return Ok(ExitCode::SUCCESS);
    }
    let standing = wait_for_decision(device, &enrolment).await?;
    answer["standing"] = standing.into();
    if output.json {
        print(&answer.to_string());
    } else {
        print(
            output
                .lang
                .pick("已批准，可以使用。", "Approved. The device is in use."),
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn wait_for_decision(device: Device, enrolment: &Enrolment) -> Result<&'static str, Problem> {
    let server = enrolment.connect()?;
    let device = Arc::new(Mutex::new(device));
    let observe: Observer = Arc::new(|device: &mut Device| drop(device.take_events()));
    loop {
        let (report, failed) = server.sync(&device, &observe).await;
        if report.wiped {
            return Err(Code::Wiped.into());
        }
        let standing = lock(&device).standing()?;
        match standing {
            Standing::Active | Standing::Locked => return Ok("active"),
            Standing::Ended(_) => may_show(&mut lock(&device))?,
            Standing::Waiting => {}
        }
        let pause = match failed {
            Some(problem) if !problem.passing() && problem.code != "device_pending" => return Err(problem),
            Some(Problem {
                retry_after_s: Some(seconds),
                ..
            }) => Duration::from_secs(seconds.min(300)).max(limits::APPROVAL_POLL),
            _ => limits::APPROVAL_POLL,
        };
        tokio::time::sleep(pause).await;
    }
}

pub(super) async fn sync(device: Device, output: Output) -> Result<ExitCode, Problem> {
    let server = Enrolment::of(&device)?.connect()?;
    let device = Arc::new(Mutex::new(device));
    let observe: Observer = Arc::new(|device: &mut Device| drop(device.take_events()));
    let (report, failed) = server.sync(&device, &observe).await;
    let mut object = serde_json::to_value(&report).unwrap_or_default();
    if let Some(problem) = &failed {
        object["error"] = json!(problem);
    }
    output.answer(&object, |lang| report_lines(&report, lang));
    if report.wiped {
        return Ok(ExitCode::from(EXIT_STANDING));
    }
    match failed {
        Some(problem) if output.json => Ok(ExitCode::from(problem.exit())),
        Some(problem) => Err(problem),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn report_lines(report: &Report, lang: Lang) -> String {
    let v = &report.verdicts;
    let end = if report.wiped {
        lang.pick(Code::Wiped.zh(), Code::Wiped.en())
    } else if matches!(report.standing, None | Some("pending")) {
        lang.pick(
            "设备在等待管理员批准，批准之前不会收到资料。",
            "The device waits for an administrator's decision; it receives nothing before that.",
        )
    } else if report.standing != Some("active") {
        lang.pick("设备尚未获准使用。", "The device is not in use yet or any more.")
    } else if report.caught_up {
        lang.pick("已是最新。", "Up to date.")
    } else {
        lang.pick("还未同步完。", "Not up to date yet.")
    };
    match lang {
        Lang::Zh => format!(
            "提交 {}，收到 {}，接收 {}，重复 {}，等待 {}，待审 {}，退回 {}，未提交 {}；上行 {} 字节，下行 {} 字节，{} 次往返，{} 毫秒。{end}",
            report.pushed,
            report.pulled,
            v.accepted,
            v.duplicate,
            v.parked,
            v.quarantined,
            v.rejected,
            report.unsent,
            report.bytes_up,
            report.bytes_down,
            report.round_trips,
            report.duration_ms,
        ),
        Lang::En => format!(
            "{} sent, {} received, {} accepted, {} duplicate, {} parked, {} quarantined, {} returned, {} unsent; \
             {} bytes up, {} bytes down, {} round trips, {} ms. {end}",
            report.pushed,
            report.pulled,
            v.accepted,
            v.duplicate,
            v.parked,
            v.quarantined,
            v.rejected,
            report.unsent,
            report.bytes_up,
            report.bytes_down,
            report.round_trips,
            report.duration_ms,
        ),
    }
}

/// Stays connected until the process is told to end, printing events as JSON lines.
pub(super) async fn live(device: Device, output: Output) -> Result<ExitCode, Problem> {
    let server: Server = Enrolment::of(&device)?.connect()?;
    let device = Arc::new(Mutex::new(device));
    let live = Live::start(server, Arc::clone(&device), session::printer());
    let mut state = live.state();
    let mut connected = None;
    let mut told = std::pin::pin!(told_to_end());
    loop {
        let now = state.borrow_and_update().clone();
        if connected != Some(now.connected) {
            connected = Some(now.connected);
            session::print_connection(&now, &print);
        }
        if now.ended {
            break;
        }
        tokio::select! {
            changed = state.changed() => if changed.is_err() { break },
            () = &mut told => break,
        }
    }
    let (up, down) = (live.traffic().up(), live.traffic().down());
    live.stop().await;
    let mut report = Report {
        bytes_up: up,
        bytes_down: down,
        ..Report::default()
    };
    let mut device = lock(&device);
    report.take(&mut device);
    report.wiped = device.wipe_ordered();
    output.answer(&json!(report), |lang| report_lines(&report, lang));
    Ok(ExitCode::from(if report.wiped { EXIT_STANDING } else { 0 }))
}

/// Returns when the process is interrupted or asked to terminate.
async fn told_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_device_in_use_is_up_to_date() {
        let said = |standing| {
            let report = Report {
                standing,
                caught_up: standing == Some("active"),
                ..Report::default()
            };
            [Lang::Zh, Lang::En].map(|lang| report_lines(&report, lang))
        };
        for standing in [None, Some("pending"), Some("suspended"), Some("revoked")] {
            let [zh, en] = said(standing);
            assert!(!zh.contains("最新") && !en.contains("p to date"), "{standing:?}");
        }
        let [zh, en] = said(Some("pending"));
        assert!(zh.contains("等待管理员批准") && en.contains("waits for an administrator"));
        let [zh, en] = said(Some("active"));
        assert!(zh.contains("已是最新") && en.contains("Up to date"));
    }
}
