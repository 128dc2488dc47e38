//! The proof at the end: everybody is home, and what each holds is compared with everybody else and with the server.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use qiao_demo::generator::Township;
use qiao_device::http::lock;
use serde_json::Value;
use sync_core::policy::Role;

use super::backend::Backend;
use super::phone::Phone;

/// Rounds of exchanges until nothing moves any more.
const ROUNDS_MAX: usize = 20;

/// Everybody exchanges until nobody has anything left to say.
pub(super) async fn come_home(phones: &[Arc<Phone>]) -> Result<()> {
    for _ in 0..ROUNDS_MAX {
        let mut moved = 0;
        for phone in phones {
            let report = phone.must_sync().await?;
            moved += report.pushed + report.pulled + report.unsent;
            ensure!(
                report.verdicts.quarantined == 0,
                "{}: a change of an active phone is in quarantine",
                phone.part.label
            );
        }
        if moved == 0 {
            return Ok(());
        }
    }
    bail!("after {ROUNDS_MAX} rounds something still moves")
}

/// What differs, in words; empty when every replica of every audience is equal.
pub(super) fn replicas(township: &Township, phones: &[Arc<Phone>]) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    let mut differs = |what: String| differences.push(what);
    let mut exports = Vec::new();
    for phone in phones {
        exports.push((phone, phone.export()?));
    }

    // The digests both sides keep of every feed. Each device has compared its own with the server's.
    let mut sums: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for phone in phones {
        let device = lock(&phone.device);
        if !device.engine().is_caught_up() {
            differs(format!("{} is not caught up with the server", phone.part.label));
        }
        for (no, name, _) in device.status().feeds {
            let (count, digest) = device.engine().feed_sum(no);
            sums.entry(name)
                .or_default()
                .insert(format!("{count} {digest:?}"));
        }
    }
    for (feed, sums) in sums.iter().filter(|(_, sums)| sums.len() > 1) {
        differs(format!("feed {feed} has {} different sums", sums.len()));
    }

    // Byte for byte: the phones of a village with each other, the township with all villages together.
    let mut whole: BTreeSet<&str> = BTreeSet::new();
    for (index, village) in township.villages.iter().enumerate() {
        let mut of_village = exports
            .iter()
            .filter(|(phone, _)| phone.part.village == Some(index));
        let Some((first, expected)) = of_village.next() else {
            continue;
        };
        whole.extend(documents(expected));
        for (phone, export) in of_village {
            if export != expected {
                differs(format!(
                    "{}: {} and {} differ",
                    village.name, first.part.label, phone.part.label
                ));
            }
        }
    }
    for (phone, export) in &exports {
        let held: BTreeSet<&str> = documents(export).collect();
        match phone.part.person.role {
            Role::Township if held != whole => {
                let count = held.symmetric_difference(&whole).count();
                differs(format!(
                    "{} differs from the villages in {count} documents",
                    phone.part.label
                ));
            }
            // A unit holds a part, and cards that only units have.
            Role::Unit => {
                let strange = held.difference(&whole).filter(|line| !is_card(line)).count();
                if strange > 0 {
                    differs(format!(
                        "{} holds {strange} documents unlike the village's",
                        phone.part.label
                    ));
                }
            }
            _ => {}
        }
    }
    Ok(differences)
}

/// The server's side, checked by the server's own commands: everything stored is whole, and what it exports of a
/// village is what the village's phones hold.
pub(super) async fn server(
    township: &Township,
    phones: &[Arc<Phone>],
    backend: &Backend,
    dir: &Path,
) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    let verified = backend.command(&["verify", "--json"]).await?;
    let problems = verified["problems"]
        .as_array()
        .context("`qiao verify` lists problems")?;
    differences.extend(problems.iter().map(|problem| format!("qiao verify: {problem}")));
    for (index, village) in township.villages.iter().enumerate() {
        let Some(phone) = phones.iter().find(|phone| phone.part.village == Some(index)) else {
            continue;
        };
        let file = dir.join(format!("{}.json", village.id));
        let path = file.to_str().context("the folder's name is text")?;
        backend
            .command(&["export", "--village", &village.id, "--to", path, "--json"])
            .await?;
        let exported = std::fs::read_to_string(&file)?;
        let exported: BTreeSet<&str> = documents(&exported).filter(|line| !is_card(line)).collect();
        let held = phone.export()?;
        let held: BTreeSet<&str> = documents(&held).collect();
        if exported != held {
            let count = exported.symmetric_difference(&held).count();
            differences.push(format!(
                "{}: server and phones differ in {count} documents",
                village.name
            ));
        }
    }
    Ok(differences)
}

/// The documents of an export, one a line.
fn documents(export: &str) -> impl Iterator<Item = &str> {
    export
        .lines()
        .map(|line| line.trim_end_matches(','))
        .filter(|line| line.starts_with('{'))
}

fn is_card(line: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok_and(|document| document["kind"] == "card")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_read_as_its_documents() {
        let export = "[\n{\"kind\":\"need\"},\n{\"kind\":\"card\"}\n]\n";
        let found: Vec<&str> = documents(export).collect();
        assert_eq!(found, ["{\"kind\":\"need\"}", "{\"kind\":\"card\"}"]);
        assert!(!is_card(found[0]) && is_card(found[1]));
    }
}
