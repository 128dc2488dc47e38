//! The store as a file, and files of edits.

use std::io::BufReader;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use qiao_device::cli::edits::{Applied, apply};
use qiao_device::device::{Device, DeviceError};
use qiao_device::key::DeviceKey;
use qiao_device::store::{Store, StoreError};
use sync_core::engine::Identity;
use sync_core::id::DocId;

fn clock() -> qiao_device::device::Clock {
    Box::new(|| 1_795_216_450_000)
}

fn create(dir: &Path) -> Device {
    let key = DeviceKey::generate();
    let identity = Identity {
        deployment: "test".into(),
        device: key.device(),
        server_public_key: vec![],
        app_version: "1".into(),
    };
    Device::create(Store::create(dir, &[]).unwrap(), key, identity, clock()).unwrap()
}

fn open(dir: &Path) -> Device {
    Device::open(Store::open(dir).unwrap(), clock()).unwrap()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn the_directory_is_its_owners_alone_and_one_process_at_a_time_opens_it() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("a/phone");
    let device = create(&dir);
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("device.redb")), 0o600);
    assert_eq!(
        std::fs::read_dir(&dir).unwrap().count(),
        1,
        "no draft is left behind"
    );
    assert!(matches!(Store::open(&dir), Err(StoreError::InUse)));
    assert!(matches!(Store::create(&dir, &[]), Err(StoreError::Exists)));
    let id = device.id();
    drop(device);
    assert_eq!(open(&dir).id(), id, "key and identity are the same again");
}

#[test]
fn a_directory_without_a_device_and_a_file_that_is_none_are_told_apart() {
    let temp = tempfile::tempdir().unwrap();
    assert!(matches!(Store::open(temp.path()), Err(StoreError::Missing)));
    std::fs::write(temp.path().join("device.redb"), b"not a database at all").unwrap();
    assert!(matches!(Store::open(temp.path()), Err(StoreError::Damaged)));
}

#[test]
fn after_a_wipe_the_file_is_gone_and_the_directory_says_so() {
    let temp = tempfile::tempdir().unwrap();
    let mut device = create(temp.path());
    let id = device.id();
    device.wipe().unwrap();
    drop(device);
    assert!(matches!(Store::open(temp.path()), Err(StoreError::Wiped)));
    assert!(!temp.path().join("device.redb").exists());
    let again = create(temp.path());
    assert_ne!(again.id(), id, "another key is another device");
    drop(again);
    open(temp.path());
}

#[test]
fn a_wipe_that_was_cut_off_is_finished_when_the_device_is_opened() {
    let temp = tempfile::tempdir().unwrap();
    drop(create(temp.path()));
    // As it is left when the process dies while it overwrites the file.
    std::fs::write(temp.path().join("wiped"), b"").unwrap();
    let size = temp.path().join("device.redb").metadata().unwrap().len();
    std::fs::write(
        temp.path().join("device.redb"),
        vec![0u8; usize::try_from(size).unwrap()],
    )
    .unwrap();
    assert!(matches!(Store::open(temp.path()), Err(StoreError::Wiped)));
    assert!(!temp.path().join("device.redb").exists());
}

const LINES: &str = r#"{"new":"household","village":"v1","id":"h1","value":{"householder":"沈清华","members":[{"name":"沈清华"}]}}

{"doc":"h1","at":1795216450,"ops":[{"op":"set","path":["phone"],"value":"13515926038"}]}
{"doc":"h1","ops":[{"op":"set","path":["remark"],"value":"one"},{"op":"set","path":["no_such_field"],"value":"two"}]}
{"doc":"h1","ops":[{"op":"set","path":["land_mu"],"value":"many"}]}
not json 沈清华
{"doc":"nobody","ops":[{"op":"set","path":["phone"],"value":"13515926038"}]}
{"doc":"h1","ops":"all"}
{"doc":"h1","ops":[{"op":"add","path":["members"],"key":"m2","value":{"name":"沈小明"}}]}
{"doc":"h1","ops":[{"op":"delete","path":["members","m2"]}]}"#;

fn codes(applied: &Applied) -> Vec<(u64, &str, String)> {
    let failed = applied.failed.iter();
    failed
        .map(|failed| {
            (
                failed.line,
                failed.problem.code.as_str(),
                failed.problem.path.join("/"),
            )
        })
        .collect()
}

#[test]
fn bad_lines_are_named_by_line_and_path_and_the_others_are_applied() {
    let temp = tempfile::tempdir().unwrap();
    let mut device = create(temp.path());
    let applied = apply(&mut device, &mut BufReader::new(LINES.as_bytes()));
    assert_eq!(applied.applied, 4);
    assert!(applied.stopped.is_none());
    assert_eq!(
        codes(&applied),
        [
            (4, "unknown_field", "no_such_field".to_owned()),
            (5, "wrong_type", "land_mu".to_owned()),
            (6, "bad_json", String::new()),
            (7, "no_such_document", String::new()),
            (8, "bad_edit", "ops".to_owned()),
        ]
    );
    let shown = serde_json::to_string(&applied).unwrap();
    assert!(
        !shown.contains("沈清华") && !shown.contains("many"),
        "values are not quoted"
    );
    // What returned is on the disk: nothing is closed in order here but the lock.
    drop(device);
    let mut device = open(temp.path());
    let h1 = device.json(&DocId::parse("h1").unwrap()).unwrap();
    assert_eq!(h1["phone"], "13515926038");
    assert!(h1.get("remark").is_none(), "nothing of a bad line is applied");
    assert_eq!(h1["members"].as_object().unwrap().len(), 1);
    assert_eq!(device.status().unsent, 4, "one change for each line");
}

#[test]
fn thousands_of_edits_are_applied_in_batches_and_all_are_there() {
    let temp = tempfile::tempdir().unwrap();
    let mut device = create(temp.path());
    let mut lines = String::new();
    for n in 0..1_000 {
        lines.push_str(&format!(
            "{{\"new\":\"household\",\"village\":\"v1\",\"id\":\"h{n}\",\"value\":{{\"householder\":\"户{n}\"}}}}\n"
        ));
    }
    for n in 0..1_000 {
        lines.push_str(&format!(
            "{{\"doc\":\"h{n}\",\"ops\":[{{\"op\":\"set\",\"path\":[\"remark\"],\"value\":\"{n}\"}}]}}\n"
        ));
    }
    let applied = apply(&mut device, &mut BufReader::new(lines.as_bytes()));
    assert_eq!((applied.applied, applied.failed.len()), (2_000, 0));
    drop(device);
    let mut device = open(temp.path());
    assert_eq!(device.status().unsent, 2_000);
    let found = device.find("户999", None).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(device.list(None, false).unwrap().len(), 1_000);
    let last = device.json(&DocId::parse("h999").unwrap()).unwrap();
    assert_eq!(last["remark"], "999");
}

#[test]
fn a_device_that_never_enrolled_its_key_with_a_server_is_no_device_yet() {
    let temp = tempfile::tempdir().unwrap();
    drop(Store::create(temp.path(), &[("x/key", b"half an enrolment")]).unwrap());
    let opened = Device::open(Store::open(temp.path()).unwrap(), clock());
    assert!(matches!(opened, Err(DeviceError::Store(StoreError::Missing))));
}
