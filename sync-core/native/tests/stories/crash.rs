//! Power cuts, dying disks and full disks, at every operation a device makes on its disk.

use qiao_device::device::{Device, DeviceError};
use qiao_device::problem::Problem;
use serde_json::json;
use sync_core::engine::Standing;
use sync_core::id::DocId;

use crate::common::{Disk, create, edit, exported, household, open, set};
use crate::relay::Relay;

fn h1() -> DocId {
    DocId::parse("h1").unwrap()
}

/// The disk of a device with one household.
fn prepared() -> Disk {
    let disk = Disk::default();
    let mut device = create(&disk, 1);
    device.edit(&household("h1", "沈清华")).unwrap();
    drop(device);
    disk.power_cut(0)
}

/// Six edits of two fields each, until the disk fails; how many returned.
fn six_edits(device: &mut Device) -> usize {
    for n in 0..6 {
        let value = n.to_string();
        let both = edit(json!({"doc": "h1", "ops": [
            {"op": "set", "path": ["address"], "value": value},
            {"op": "set", "path": ["remark"], "value": value},
        ]}));
        match device.edit(&both) {
            Ok(_) => {}
            Err(DeviceError::Store(_)) => return n,
            Err(error) => panic!("{error}"),
        }
    }
    6
}

#[test]
fn a_power_cut_at_any_operation_loses_no_edit_that_returned() {
    let start = prepared();
    let whole = start.power_cut(0);
    let mut device = open(&whole).unwrap();
    let opened = whole.ops();
    assert_eq!(six_edits(&mut device), 6);
    let ops = whole.ops() - opened;
    drop(device);
    assert!(ops > 12, "each edit reaches the disk: {ops}");
    for dies_after in 0..=ops {
        for seed in 0..4 {
            let disk = start.power_cut(0);
            let mut device = open(&disk).unwrap();
            disk.dies_after(dies_after);
            let returned = six_edits(&mut device);
            drop(device);
            let mut found = open(&disk.power_cut(seed * 1000 + u64::from(seed > 0) * dies_after)).unwrap();
            let h1 = found.json(&h1()).unwrap();
            assert_eq!(h1["householder"], "沈清华");
            assert_eq!(
                h1["address"], h1["remark"],
                "an edit is there as a whole or not at all"
            );
            let seen = h1["address"]
                .as_str()
                .map_or(0, |n| n.parse::<usize>().unwrap() + 1);
            assert!(
                seen == returned || seen == returned + 1,
                "dies_after {dies_after} seed {seed}: {returned} returned, {seen} found"
            );
            found.edit(&set("h1", "address", "after")).unwrap();
        }
    }
}

/// One exchange with a relay, frames taken in small steps; errors are the disk's.
fn exchange(device: &mut Device, relay: &mut Relay, step: usize) -> Result<(), DeviceError> {
    let request = device.begin()?;
    let mut answer = relay.exchange(&request, usize::MAX).into_iter();
    loop {
        let frames: Vec<_> = answer.by_ref().take(step).collect();
        if frames.is_empty() {
            break;
        }
        device.receive(frames)?;
    }
    device.finish()
}

fn sync(device: &mut Device, relay: &mut Relay) {
    for _ in 0..6 {
        exchange(device, relay, 2).unwrap();
        if !device.wants_exchange() {
            return;
        }
    }
}

#[test]
fn a_power_cut_at_any_operation_of_an_exchange_loses_and_doubles_nothing() {
    let mut relay = Relay::in_pieces(300);
    let (li_disk, wang_disk) = (Disk::default(), Disk::default());
    let (mut li, mut wang) = (create(&li_disk, 1), create(&wang_disk, 2));
    relay.enrol(li.id());
    relay.enrol(wang.id());
    li.edit(&household("h1", "沈清华")).unwrap();
    sync(&mut li, &mut relay);
    sync(&mut wang, &mut relay);
    li.edit(&set("h1", "phone", "13515926038")).unwrap();
    li.edit(&household("h2", "黄桂静")).unwrap();
    sync(&mut li, &mut relay);
    wang.edit(&set("h1", "phone", "13515926039")).unwrap();
    wang.edit(&household("h3", "郑国强")).unwrap();
    wang.edit(&edit(json!({"new": "journal", "household": "h3", "year": 2026,
        "value": {"visits": [{"date": "2026-11-20", "found": "到户走访"}]}})))
        .unwrap();
    drop((li, wang));
    let (li_start, wang_start) = (li_disk.power_cut(0), wang_disk.power_cut(0));

    let whole = wang_start.power_cut(0);
    let mut device = open(&whole).unwrap();
    let opened = whole.ops();
    let mut rehearsal = relay.clone();
    exchange(&mut device, &mut rehearsal, 2).unwrap();
    drop(device);
    let ops = whole.ops() - opened;
    assert!(ops > 10, "{ops}");

    for dies_after in 0..=ops {
        let mut relay = relay.clone();
        let disk = wang_start.power_cut(0);
        let mut wang = open(&disk).unwrap();
        disk.dies_after(dies_after);
        let broke = exchange(&mut wang, &mut relay, 2).is_err();
        drop(wang);
        let mut wang = open(&disk.power_cut(if broke { dies_after + 1 } else { 0 })).unwrap();
        let mut li = open(&li_start.power_cut(0)).unwrap();
        for _ in 0..2 {
            sync(&mut wang, &mut relay);
            sync(&mut li, &mut relay);
        }
        assert_eq!(wang.status().unsent, 0, "dies_after {dies_after}");
        assert_eq!(wang.status().documents, 4);
        let all = exported(&mut wang);
        assert_eq!(all, exported(&mut li), "dies_after {dies_after}");
        assert_eq!(all.matches("到户走访").count(), 1);
        let conflicts = wang.conflicts(None).unwrap();
        assert_eq!(conflicts.len(), 1);
        assert_eq!(conflicts[0].path, ["phone"]);
    }
}

#[test]
fn a_full_disk_refuses_and_the_device_goes_on_once_there_is_room() {
    let disk = prepared();
    let mut device = open(&disk).unwrap();
    device.edit(&set("h1", "remark", "1")).unwrap();
    disk.set_full(true);
    let refused = Problem::from(device.edit(&set("h1", "remark", "2")).unwrap_err());
    assert_eq!(refused.code, "device_full");
    assert!(device.edit(&set("h1", "remark", "3")).is_err());
    disk.set_full(false);
    assert_eq!(
        device.json(&h1()).unwrap()["remark"],
        "1",
        "what was refused is not shown"
    );
    device.edit(&set("h1", "remark", "4")).unwrap();
    drop(device);
    let mut found = open(&disk.power_cut(0)).unwrap();
    assert_eq!(found.json(&h1()).unwrap()["remark"], "4");
    assert_eq!(found.status().unsent, 3);
}

#[test]
fn a_wipe_destroys_the_key_first_and_goes_on_after_a_power_cut() {
    let start = prepared();
    let whole = start.power_cut(0);
    let mut device = open(&whole).unwrap();
    let opened = whole.ops();
    device.wipe().unwrap();
    assert!(matches!(device.json(&h1()), Err(DeviceError::Wiped)));
    drop(device);
    let ops = whole.ops() - opened;
    for dies_after in 0..=ops {
        let disk = start.power_cut(0);
        let mut device = open(&disk).unwrap();
        disk.dies_after(dies_after);
        let done = device.wipe().is_ok();
        drop(device);
        match open(&disk.power_cut(dies_after)) {
            // Nothing has happened yet: the order is given again.
            Ok(mut device) => {
                assert!(!done);
                assert_eq!(device.json(&h1()).unwrap()["householder"], "沈清华");
                assert_eq!(device.standing().unwrap(), Standing::Waiting);
            }
            Err(DeviceError::Store(_)) => {}
            Err(error) => panic!("dies_after {dies_after}: {error}"),
        }
    }
}
