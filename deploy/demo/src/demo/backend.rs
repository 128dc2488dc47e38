//! The real `qiao` program: the server as a process of its own, and its commands on the same data.

use std::fs::{File, OpenOptions};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A server that has not said where it listens after this time is not going to.
const START_MAX: Duration = Duration::from_secs(60);
/// A server that is asked to stop finishes what it has begun; longer than this it hangs.
const STOP_MAX: Duration = Duration::from_secs(30);
/// What the server prints before its address.
const LISTENING: &str = "listening on ";

/// The program and the data it works on.
#[derive(Clone, Debug)]
pub(super) struct Backend {
    pub(super) program: PathBuf,
    pub(super) data: PathBuf,
}

/// The running server. Killed when dropped.
#[derive(Debug)]
pub(super) struct Running {
    process: Child,
    pub(super) url: String,
}

impl Backend {
    /// The program named, or the one built beside this one.
    pub(super) fn find(named: Option<PathBuf>, data: PathBuf) -> Result<Backend> {
        let beside = || -> Option<PathBuf> { Some(std::env::current_exe().ok()?.with_file_name("qiao")) };
        let program = named
            .or_else(beside)
            .context("this program does not know where it is")?;
        ensure!(
            program.is_file(),
            "没有找到 {0}，请先构建 / there is no {0}: build it with `cargo build --release -p qiao-server`, or use `make demo`",
            program.display()
        );
        Ok(Backend { program, data })
    }

    /// Runs one command to its end and reads its JSON answer, if it gives one.
    pub(super) async fn command(&self, args: &[&str]) -> Result<Value> {
        let output = self.base().args(args).stdin(Stdio::null()).output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success(),
            "qiao {} ends with {}: {said}{}",
            args.first().unwrap_or(&""),
            output.status,
            String::from_utf8_lossy(&output.stdout)
        );
        if output.stdout.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&output.stdout).context("qiao answers in JSON")
    }

    /// Starts the server and waits until it says where it listens.
    pub(super) async fn serve(&self, listen: SocketAddr) -> Result<Running> {
        let listen = if TcpListener::bind(listen).is_ok() {
            listen
        } else {
            SocketAddr::new(listen.ip(), 0)
        };
        let log = self.log_file()?;
        let mut process = self
            .base()
            .args(["serve", "--log", "warn", "--deployment-name", "桥 · 演示 demo", "--listen"])
            .arg(listen.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            // Ctrl-C in the terminal is for the demonstration, which stops its server last.
            .process_group(0)
            .spawn()?;
        let stdout = process.stdout.take().context("stdout was asked for")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(url) = line.strip_prefix(LISTENING) {
                    return Ok::<_, anyhow::Error>(url.trim().to_owned());
                }
            }
            bail!("it ended")
        };
        let url = timeout(START_MAX, address)
            .await
            .map_err(anyhow::Error::from)
            .flatten()
            .with_context(|| format!("the server did not start: see {}", self.log_path().display()))?;
        // Read on, so that the server never waits for somebody to read what it prints.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Running { process, url })
    }

    fn base(&self) -> Command {
        let mut command = Command::new(&self.program);
        // A demonstration does not take the settings of a deployment that is run from the same shell.
        command
            .env_clear()
            .kill_on_drop(true)
            .arg("--data")
            .arg(&self.data);
        command
    }

    pub(super) fn log_path(&self) -> PathBuf {
        self.data.with_extension("log")
    }

    fn log_file(&self) -> Result<File> {
        Ok(OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.log_path())?)
    }
}

impl Running {
    /// Asks it to stop and waits until it has.
    pub(super) async fn stop(mut self) -> Result<()> {
        let id = self.process.id().context("the server ended by itself")?;
        // `kill` is built into every shell; a program of that name need not be installed.
        let asked = Command::new("sh")
            .args(["-c", "kill -TERM \"$1\"", "sh", &id.to_string()])
            .status()
            .await?;
        ensure!(asked.success(), "the server could not be asked to stop");
        let status = timeout(STOP_MAX, self.process.wait())
            .await
            .context("the server does not stop when asked to")??;
        ensure!(status.success(), "the server ends with {status}");
        Ok(())
    }
}

/// A folder for this demonstration alone: made new; what an earlier one left is removed, anything else is not touched.
pub(super) fn fresh_folder(dir: &Path) -> Result<PathBuf> {
    const MARK: &str = ".qiao-demo";
    if dir.exists() {
        let empty = std::fs::read_dir(dir)?.next().is_none();
        ensure!(
            empty || dir.join(MARK).exists(),
            "{0} 不是演示目录，不会清空 / {0} was not made by a demonstration and is left alone: name another folder with DEMO_DIR",
            dir.display()
        );
        std::fs::remove_dir_all(dir)?;
    }
    std::fs::create_dir_all(dir)?;
    std::fs::write(
        dir.join(MARK),
        "演示数据，可删除 / made by `make demo`, may be deleted\n",
    )?;
    Ok(dir.canonicalize()?)
}
