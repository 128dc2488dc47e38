//! The commands as an operator runs them: exit codes, output, and nothing made where nothing was.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{World, sql};

fn qiao(data: &Path, args: &[&str], input: &str) -> Output {
    use std::io::Write;
    let mut child = Command::new(env!("CARGO_BIN_EXE_qiao"))
        .arg("--data")
        .arg(data)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read has gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn exit_codes_say_whether_all_is_well() {
    let world = World::new().await;
    world.village().await;
    let dir = world.close().await;
    let data = dir.path().join("data");
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();

    let verified = qiao(&data, &["verify", "--json"], "");
    assert!(verified.status.success(), "{}", text(&verified.stderr));
    let outcome: serde_json::Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(
        (&outcome["documents"], &outcome["problems"]),
        (&serde_json::json!(19), &serde_json::json!([]))
    );
    assert!(qiao(&data, &["rebuild", "--check"], "").status.success());

    let bare = qiao(&data, &["backup", "--to", &file("b")], "");
    assert!(!bare.status.success() && text(&bare.stderr).contains("--key-file"));
    let passphrase = "一个足够长的备份口令，不要忘记\n";
    let made = qiao(
        &data,
        &["backup", "--to", &file("b"), "--passphrase-stdin"],
        passphrase,
    );
    assert!(made.status.success(), "{}", text(&made.stderr));
    let keyed = qiao(&data, &["backup-key", "--to", &file("k")], "");
    std::fs::write(file("k.pub"), &keyed.stdout).unwrap();
    let made = qiao(
        &data,
        &["backup", "--to", &file("c"), "--key-file", &file("k.pub")],
        "",
    );
    assert!(made.status.success(), "{}", text(&made.stderr));
    let new = dir.path().join("new");
    assert!(
        !qiao(&new, &["restore", "--from", &file("b")], "")
            .status
            .success()
    );
    assert!(
        !qiao(
            &new,
            &["restore", "--from", &file("b"), "--passphrase-stdin"],
            "一个足够长但是错误的口令\n"
        )
        .status
        .success()
    );
    let back = qiao(
        &new,
        &["restore", "--from", &file("b"), "--passphrase-stdin"],
        passphrase,
    );
    assert!(back.status.success(), "{}", text(&back.stderr));
    assert!(text(&back.stdout).contains("revoke again"));
    assert!(qiao(&new, &["verify"], "").status.success());
    assert!(
        !qiao(
            &new,
            &["restore", "--from", &file("b"), "--passphrase-stdin"],
            passphrase
        )
        .status
        .success()
    );

    sql(
        &data,
        "UPDATE households SET members = 99; UPDATE feeds SET digest = zeroblob(16)",
    )
    .await;
    let verified = qiao(&data, &["verify"], "");
    assert_eq!(verified.status.code(), Some(1));
    assert!(text(&verified.stdout).contains("feed_digest_differs"));
    let checked = qiao(&data, &["rebuild", "--check"], "");
    assert_eq!(checked.status.code(), Some(1));
    assert!(text(&checked.stdout).contains("households: 6 rows differ"));
    assert!(qiao(&data, &["rebuild"], "").status.success());
    assert!(qiao(&data, &["rebuild", "--check"], "").status.success());
    assert!(qiao(&data, &["verify"], "").status.success());
}

#[tokio::test]
async fn a_register_is_imported_from_the_command_line() {
    let world = World::new().await;
    let dir = world.close().await;
    let data = dir.path().join("data");
    let register = dir.path().join("r.csv");
    std::fs::write(
        &register,
        "户编号,户主姓名,姓名,与户主关系\r\n0001,王某,王某,户主\r\n0002,李某,李某,户主\r\n,,孤行,子\r\n",
    )
    .unwrap();
    let register = register.to_str().unwrap();
    let said = |args: &[&str]| {
        let out = qiao(
            &data,
            &[
                &["import", "households", register, "--village", "v1", "--json"],
                args,
            ]
            .concat(),
            "",
        );
        assert!(out.status.success(), "{}", text(&out.stderr));
        let said: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        (said["created"].clone(), said["unchanged"].clone())
    };
    assert_eq!(said(&["--dry-run"]), (2.into(), 0.into()));
    assert_eq!(said(&[]), (2.into(), 0.into()));
    assert_eq!(said(&["--update"]), (0.into(), 2.into()));
    let out = dir.path().join("out.json");
    assert!(
        qiao(&data, &["export", "--to", out.to_str().unwrap()], "")
            .status
            .success()
    );
    assert_eq!(
        std::fs::read_to_string(out).unwrap().lines().count(),
        5,
        "two households and the village, between brackets"
    );
}

#[test]
fn nothing_is_made_where_nothing_was() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("typo");
    for args in [
        &["verify"][..],
        &["rebuild"],
        &["export", "--to", "x"],
        &["backup", "--to", "x", "--unencrypted"],
    ] {
        let out = qiao(&data, args, "");
        assert_eq!(out.status.code(), Some(1), "{args:?}");
        assert!(text(&out.stderr).contains("no database"), "{args:?}");
    }
    assert!(!data.exists());
}
