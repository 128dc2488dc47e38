//! S3: a phone returns with edits of its own to a village where others went on. S5: the line breaks on the way.

use anyhow::{Result, ensure};
use qiao_device::http::lock;

use super::cold::{Measured, measure};
use super::figures::{Figures, Target};
use super::phone::must_be_equal;
use super::workload::turns;
use super::world::{Prepared, READER, Run, of_village};
use crate::harness::link::{Link, Profile};

const RETURN_BYTES_MAX: f64 = 14_000.0;
/// Hello, welcome and the framing of request and reply do not shrink with the edits.
const RETURN_BYTES_FIXED: f64 = 1_000.0;
/// Total bytes of a run with a cut by those of one without.
const CUT_RATIO_MAX: f64 = 1.1;
/// The same for a small workload, where asking again weighs more. Beginning from the start would cost 1.25 to 1.75.
const CUT_RATIO_MAX_SMALL: f64 = 1.5;

/// Runs S3 on every line.
pub(super) async fn back(
    prepared: &Prepared,
    lines: &[(&str, Profile)],
    figures: &mut Figures,
) -> Result<()> {
    for (index, (name, profile)) in lines.iter().enumerate() {
        let run = away(prepared).await?;
        let phone = &run.phones[prepared.workload.returning.author];
        let measured = measure(&run.world, phone, profile.without_handshake()).await?;
        let (seconds, counts) = (measured.time.as_secs_f64(), measured.counts);
        if index == 0 {
            let edits = &prepared.workload.returning;
            let share = (edits.own.len() + edits.others.len()) as f64 / 100.0;
            let budget = (RETURN_BYTES_MAX - RETURN_BYTES_FIXED) * share + RETURN_BYTES_FIXED;
            let total = counts.total() as f64;
            figures.fixed("S3", "bytes both ways", total, "B", Target::AtMost(budget));
            figures.fixed("S3", "of them up", counts.up as f64, "B", Target::Stated);
            let round_trips = f64::from(measured.report.round_trips);
            figures.fixed("S3", "round trips", round_trips, "", Target::AtMost(1.0));
            check_conflicts(prepared, &run)?;
        }
        let target = match (profile.up_bits_per_second, profile.down_bits_per_second) {
            (Some(up), Some(down)) if *profile == Profile::EDGE => {
                let sending = counts.up as f64 * 8.0 / up as f64 + counts.down as f64 * 8.0 / down as f64;
                Target::AtMost(1.5 * profile.rtt.as_secs_f64() + sending)
            }
            _ => Target::Stated,
        };
        figures.timed(
            "S3",
            format!("time on {name}, connection open"),
            seconds,
            "s",
            target,
        );
        converge(prepared, &run).await?;
    }
    Ok(())
}

/// Bytes of S3 both ways, on the plain loopback.
pub(super) async fn bytes_of_return(prepared: &Prepared) -> Result<f64> {
    let run = away(prepared).await?;
    let phone = &run.phones[prepared.workload.returning.author];
    let measured = measure(&run.world, phone, Profile::LAN).await?;
    converge(prepared, &run).await?;
    Ok(measured.counts.total() as f64)
}

/// Others have worked and synced; the returning phone has edits that nobody knows.
async fn away(prepared: &Prepared) -> Result<Run> {
    let run = prepared.run()?;
    let returning = &prepared.workload.returning;
    let url = run.world.server.url();
    for turn in turns(&returning.others)? {
        let phone = &run.phones[turn.author];
        phone.sync(&url).await?;
        phone.apply(&turn.edits)?;
        phone.sync(&url).await?;
    }
    run.phones[returning.author].apply(returning.own.iter().map(|edit| &edit.edit))?;
    Ok(run)
}

/// Both values of a field that both sides wrote must be there.
fn check_conflicts(prepared: &Prepared, run: &Run) -> Result<()> {
    let returning = &prepared.workload.returning;
    let mut device = lock(&run.phones[returning.author].device);
    for (household, path) in &returning.same_field {
        let conflicts = device.conflicts(Some(household))?;
        ensure!(
            conflicts
                .iter()
                .any(|conflict| conflict.path == *path && conflict.values.len() == 2),
            "a field written on both sides shows one value only"
        );
    }
    Ok(())
}

async fn converge(prepared: &Prepared, run: &Run) -> Result<()> {
    let url = run.world.server.url();
    let village = of_village(&run.phones, &prepared.workload.authors);
    for phone in &village {
        phone.sync(&url).await?;
    }
    must_be_equal(&village)
}

/// Runs S5: the link is cut after a quarter, half and three quarters of the bytes of S1 and S3.
pub(super) async fn cuts(prepared: &Prepared, figures: &mut Figures) -> Result<()> {
    let small = prepared.workload.scale() < 1.0;
    let target = Target::AtMost(if small { CUT_RATIO_MAX_SMALL } else { CUT_RATIO_MAX });

    let run = prepared.run()?;
    let phones = run.world.phones(&[READER; 4]).await?;
    let whole = measure(&run.world, &phones[0], Profile::LAN).await?;
    for (phone, percent) in phones[1..].iter().zip([25, 50, 75]) {
        let ratio = cut(&run, phone, &whole, percent).await?;
        figures.fixed(
            "S5",
            format!("S1 cut at {percent} %: bytes by those without a cut"),
            ratio,
            "",
            target,
        );
    }
    must_be_equal(&phones.iter().collect::<Vec<_>>())?;
    drop(run);

    let author = prepared.workload.returning.author;
    let run = away(prepared).await?;
    let whole = measure(&run.world, &run.phones[author], Profile::LAN).await?;
    for percent in [25, 50, 75] {
        let run = away(prepared).await?;
        let ratio = cut(&run, &run.phones[author], &whole, percent).await?;
        figures.fixed(
            "S5",
            format!("S3 cut at {percent} %: bytes by those without a cut"),
            ratio,
            "",
            target,
        );
        converge(prepared, &run).await?;
    }
    Ok(())
}

async fn cut(run: &Run, phone: &super::phone::Phone, whole: &Measured, percent: u64) -> Result<f64> {
    let link = Link::start(run.world.server.address(), Profile::LAN);
    link.cut_after(whole.counts.total() * percent / 100);
    phone.sync_until_cut(&link.url()).await?;
    ensure!(!link.online(), "the line was not cut");
    link.heal();
    phone.sync(&link.url()).await?;
    Ok(link.counts().total() as f64 / whole.counts.total() as f64)
}
