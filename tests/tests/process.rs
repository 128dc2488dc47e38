//! The real server as a process: it starts, is stopped, is killed, and comes back where devices look for it.

use qiao_tests::harness::process::{Server, qiao};

#[test]
fn a_server_that_is_asked_to_stop_ends_well_and_comes_back_at_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(&folder.path().join("data"), &[]);
    let address = server.address();
    assert!(server.is_healthy() && server.pid().is_some());

    assert!(server.terminate().success(), "{}", server.log());
    assert!(!server.is_healthy() && server.pid().is_none());

    server.restart();
    assert_eq!(server.address(), address);
    assert!(server.is_healthy());
}

#[test]
fn a_server_that_is_killed_comes_back_at_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(&folder.path().join("data"), &[]);
    let address = server.address();
    for _ in 0..5 {
        server.kill9();
        assert!(!server.is_healthy());
        server.restart();
        assert_eq!(server.address(), address);
    }
}

#[test]
fn a_server_that_cannot_use_its_folder_ends_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    std::fs::write(&file, "not a folder").unwrap();
    let output = qiao([
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        file.to_str().unwrap(),
    ]);
    assert!(!output.status.success());
    assert!(!output.stderr.is_empty(), "a refusal to start says why");
}
