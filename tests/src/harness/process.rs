//! The real `qiao` binary as processes: a server that can be killed and comes back, and command-line devices.
//!
//! Owns starting, stopping and killing them, and what they print. It never looks into their folders: what a
//! process has kept is asked of the process, as a person would. The line between the two is [`super::link`].

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A server that has not said where it listens after this time is not going to.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// A server that is asked to stop finishes what it has begun; longer than this it hangs.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// What the server prints before its address.
const LISTENING: &str = "listening on ";

static BINARY: OnceLock<PathBuf> = OnceLock::new();

/// Uses this `qiao` binary instead of building one. Without effect once [`qiao_binary`] has been asked.
pub fn use_qiao_binary(path: &Path) {
    // A binary that is in use already stays: two in one run would be compared with each other unnoticed.
    let _ = BINARY.set(path.to_owned());
}

/// The `qiao` binary of this build: built if it is not there or older than its sources, in the profile of the
/// caller, so that a benchmark measures a release build and a test never a forgotten one.
///
/// # Panics
/// When the build fails; the compiler's messages have then been printed.
pub fn qiao_binary() -> &'static Path {
    BINARY.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build
            .args([
                "build",
                "--locked",
                "--quiet",
                "--package",
                "qiao-server",
                "--bin",
                "qiao",
            ])
            .arg("--message-format=json-render-diagnostics")
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit());
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let output = build.output().expect("cargo runs");
        assert!(output.status.success(), "building the qiao binary failed");
        let text = String::from_utf8_lossy(&output.stdout);
        let messages = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut binaries = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
        binaries.next_back().expect("cargo names the binary it has built")
    })
}

/// Runs one command of `qiao` to its end.
pub fn qiao<'a>(args: impl IntoIterator<Item = &'a str>) -> Output {
    Command::new(qiao_binary())
        .args(args)
        .stdin(Stdio::null())
        .output()
        .expect("the qiao binary runs")
}

/// `qiao serve` on one data folder. Killed when dropped.
pub struct Server {
    data: PathBuf,
    args: Vec<String>,
    environment: Vec<(String, String)>,
    address: SocketAddr,
    process: Option<Child>,
}

impl Server {
    /// Starts a server on `data` (created when missing) with further arguments of `qiao serve`, on a free port
    /// of the loopback, and waits until it answers.
    ///
    /// # Panics
    /// When it ends or does not answer in time; the message holds what it printed.
    pub fn start(data: &Path, args: &[&str]) -> Server {
        Server::start_in(data, args, &[])
    }

    /// The same with variables in its environment: for what is put between the server and its system.
    ///
    /// # Panics
    /// As [`Server::start`].
    pub fn start_in(data: &Path, args: &[&str], environment: &[(&str, &str)]) -> Server {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut server = Server {
            data: data.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            environment: environment.iter().map(owned).collect(),
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            process: None,
        };
        server.restart();
        server
    }

    /// Starts it again, at the address it had: devices keep the address they were enrolled with. A process
    /// that still runs is killed first.
    pub fn restart(&mut self) {
        self.kill9();
        let mut process = Command::new(qiao_binary())
            .args(["serve", "--listen", &self.address.to_string(), "--data"])
            .arg(&self.data)
            .args(&self.args)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(self.open_log())
            .spawn()
            .expect("the qiao binary runs");
        let stdout = process.stdout.take().expect("stdout was asked for");
        let addresses = follow(stdout, self.open_log());
        self.process = Some(process);
        match addresses.recv_timeout(START_TIMEOUT) {
            Ok(address) => self.address = address,
            Err(_) => panic!("qiao serve did not say where it listens:\n{}", self.log()),
        }
        let start = Instant::now();
        while !self.is_healthy() {
            assert!(
                start.elapsed() < START_TIMEOUT,
                "qiao serve does not answer:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a power cut ends it: at once, whatever it is doing. Nothing happens when it does not run.
    pub fn kill9(&mut self) {
        if let Some(mut process) = self.process.take() {
            process
                .kill()
                .expect("a child that was not waited for can be killed");
            process.wait().expect("a killed child can be waited for");
        }
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    ///
    /// # Panics
    /// When it does not run, or does not stop in time.
    pub fn terminate(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("terminate is for a server that runs");
        // `kill` is built into every shell; a program of that name need not be installed.
        let asked = Command::new("sh")
            .args(["-c", "kill -TERM \"$1\"", "sh", &process.id().to_string()])
            .status();
        assert!(
            asked.is_ok_and(|status| status.success()),
            "the server could not be signalled"
        );
        let start = Instant::now();
        loop {
            if let Some(status) = process.try_wait().expect("a child can be waited for") {
                return status;
            }
            if start.elapsed() > STOP_TIMEOUT {
                // Not left behind: it would hold the folder and the port.
                let _ = process.kill();
                let _ = process.wait();
                panic!("qiao serve does not stop when asked to:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for it to end by itself. `None` when it still runs after this time.
    ///
    /// # Panics
    /// When it does not run at all.
    pub fn wait_for_end(&mut self, patience: Duration) -> Option<ExitStatus> {
        let process = self
            .process
            .as_mut()
            .expect("a server that runs can be waited for");
        let start = Instant::now();
        while start.elapsed() < patience {
            if let Some(status) = process.try_wait().expect("a child can be waited for") {
                self.process = None;
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    /// Where it listens. The same after a restart.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its data folder, for the commands of `qiao` that work on one.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The process number while it runs, to ask the system for its memory and time.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Everything it has printed since the first start.
    pub fn log(&self) -> String {
        std::fs::read(self.log_path())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// Whether `/healthz` answers with success.
    pub fn is_healthy(&self) -> bool {
        let ask = || -> std::io::Result<String> {
            let mut socket = TcpStream::connect_timeout(&self.address, Duration::from_secs(1))?;
            socket.set_read_timeout(Some(Duration::from_secs(5)))?;
            socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            socket.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    fn log_path(&self) -> PathBuf {
        let mut path = self.data.clone().into_os_string();
        path.push(".log");
        path.into()
    }

    fn open_log(&self) -> File {
        let path = self.log_path();
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("the folder of the data can be made");
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .expect("the log can be opened")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill9();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .field("pid", &self.pid())
            .finish_non_exhaustive()
    }
}

/// Copies what the server prints into its log, and picks the address out of it. Ends with the process.
fn follow(stdout: impl std::io::Read + Send + 'static, mut log: File) -> Receiver<SocketAddr> {
    let (found, addresses) = sync_channel(1);
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            let Ok(line) = line else { break };
            // A log that cannot be written (a full disk is one of the tests) must not stop the server's output.
            let _ = writeln!(log, "{line}");
            let address = line
                .split_once(LISTENING)
                .and_then(|(_, url)| url.trim().split_once("://"));
            if let Some(address) = address.and_then(|(_, address)| address.trim_end_matches('/').parse().ok())
            {
                // Told once; later lines find the channel full.
                let _ = found.try_send(address);
            }
        }
    });
    addresses
}

/// A device driven by its command line, one process a command, as a script would.
#[derive(Clone, Debug)]
pub struct Device {
    home: PathBuf,
}

/// A command of a device that did not succeed.
#[derive(Debug)]
pub struct CommandFailed {
    /// `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it printed for programs.
    pub stdout: String,
    /// What it printed for people.
    pub stderr: String,
}

impl fmt::Display for CommandFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {:?}: {}{}", self.code, self.stdout, self.stderr)
    }
}

impl std::error::Error for CommandFailed {}

impl Device {
    /// The device that lives in `home`; the first command creates it.
    pub fn new(home: &Path) -> Device {
        Device {
            home: home.to_owned(),
        }
    }

    /// Where it keeps its store.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Runs `qiao device --home HOME ARGS --json` and returns what it answers.
    ///
    /// # Panics
    /// When it succeeds without answering in JSON.
    pub fn run(&self, args: &[&str]) -> Result<Value, CommandFailed> {
        self.run_with_input(args, "")
    }

    /// The same with something on its standard input.
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Result<Value, CommandFailed> {
        let mut process = self.spawn(args);
        let mut stdin = process.stdin.take().expect("stdin was asked for");
        let output = std::thread::scope(|scope| {
            // Beside the reading: a command may answer while it is still being told.
            scope.spawn(move || stdin.write_all(input.as_bytes()));
            process.wait_with_output().expect("a child can be waited for")
        });
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(CommandFailed {
                code: output.status.code(),
                stdout,
                stderr,
            });
        }
        let answer = serde_json::from_str(&stdout);
        Ok(answer.unwrap_or_else(|error| {
            panic!("qiao device {args:?} --json printed no JSON ({error}): {stdout}")
        }))
    }

    /// Starts the same command without waiting for it: to talk to a session, or to kill it on the way.
    pub fn spawn(&self, args: &[&str]) -> Child {
        Command::new(qiao_binary())
            .args(["device", "--home"])
            .arg(&self.home)
            .args(args)
            .arg("--json")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the qiao binary runs")
    }
}
