//! The story from its beginning to its end, all of it real: server process, REST, enrolment, exchanges, live lines.
//!
//! ```text
//!  backend  qiao serve, qiao admin, qiao verify      administrator  REST: places, people, invitations, decisions
//!  cast     who has a phone                          phone          a native device on a folder
//!  history  years of edits, played quickly           lives          wandering, sitting in an office
//!  board    what is known, drawn                     check          replicas are compared with each other and the server
//! ```

mod administrator;
mod backend;
mod board;
mod cast;
mod check;
mod history;
mod lives;
mod phone;
mod text;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use qiao_demo::generator::{Spec, township};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use administrator::{Administrator, LOGIN};
use backend::{Backend, Running, fresh_folder};
use board::{Board, Link, print};
use cast::{Cast, Part};
use lives::World;
use phone::{Phone, now_s};

/// A phone is lost after this long, or after a third of a shorter story.
const LOST_AFTER: Duration = Duration::from_secs(20);
/// The first colleague joins after this long, the others one after the other.
const JOIN_AFTER: Duration = Duration::from_secs(4);
/// What whoever finds the lost phone writes on it.
const EDITS_OF_THE_FINDER: usize = 4;
/// Assistance units.
const UNITS: usize = 2;

/// What the demonstration is told.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) seconds: Option<u64>,
    pub(crate) dir: PathBuf,
    pub(crate) villages: usize,
    pub(crate) households: usize,
    pub(crate) seed: u64,
    pub(crate) listen: SocketAddr,
    pub(crate) qiao: Option<PathBuf>,
}

/// Runs it. `false` when replicas differ at the end.
///
/// # Errors
/// When it cannot be carried to its end.
pub(crate) fn run(settings: Settings) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let told = listen_to_signals()?;
        let mut once = told.clone();
        let mut twice = told.clone();
        let stage = tokio::select! {
            stage = Stage::set(settings) => stage?,
            _ = once.wait_for(|times| *times >= 1) => bail!("已中止 / it was stopped"),
        };
        tokio::select! {
            equal = stage.play(told) => equal,
            _ = twice.wait_for(|times| *times >= 2) => bail!("已中止，未核对 / it was stopped before the comparison"),
        }
    })
}

/// How often somebody has asked to stop.
fn listen_to_signals() -> Result<watch::Receiver<u32>> {
    let (tell, told) = watch::channel(0);
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            tell.send_modify(|times| *times += 1);
        }
    });
    Ok(told)
}

/// A loaded township with its phones let in: everything before the story begins.
struct Stage {
    settings: Settings,
    dir: PathBuf,
    world: Arc<World>,
    cast: Cast,
    backend: Backend,
    server: Running,
    administrator: Arc<Mutex<Administrator>>,
    by_hand: String,
    phones: Vec<Arc<Phone>>,
}

impl Stage {
    async fn set(settings: Settings) -> Result<Stage> {
        let backend = Backend::find(settings.qiao.clone(), PathBuf::new())?;
        let dir = fresh_folder(&settings.dir)?;
        let backend = Backend {
            program: backend.program.canonicalize()?,
            data: dir.join("server"),
        };
        let spec = Spec {
            seed: settings.seed,
            villages: settings.villages,
            households_per_village: settings.households,
            units: UNITS,
            now_s: now_s(),
        };
        let township = tokio::task::spawn_blocking(move || township(&spec)).await?;
        print(&format!(
            "桥 Qiao · 演示 demo：{}，{} 个村 villages × {} 户 households，全部人物与数据均为生成 / nobody in it exists\n",
            township.name, settings.villages, settings.households
        ));
        let account = [
            "admin",
            "create-account",
            "--login",
            LOGIN,
            "--name",
            "演示管理员",
            "--no-totp",
            "--json",
        ];
        let account = backend.command(&account).await?;
        let password = account["password"]
            .as_str()
            .context("a new account has a password")?;
        let server = backend.serve(settings.listen).await?;
        let mut administrator = Administrator::sign_in(&server.url, password).await?;
        administrator.set_up(&township).await?;

        let cast = Cast::of(&township);
        let board = Arc::new(Board::new(&cast.parts));
        let (by_hand, code) = by_hand(&server.url, password, &backend, &mut administrator, &cast).await?;
        print(&format!("{by_hand}{code}\n"));
        let administrator = Arc::new(Mutex::new(administrator));

        let mut phones = Vec::new();
        for part in &cast.parts[..cast.first] {
            let phone = Phone::enrol(part, &folder_of(&dir, part), &administrator, &board).await?;
            phones.push(Arc::new(phone));
        }
        board.news(format!(
            "已入网 let in: {} 部设备，逐一核对验证词 / devices, each after comparing its six words",
            phones.len()
        ));
        let turns = history::Turns::of(&township, &cast)?;
        turns.play(&phones, &board).await?;
        let pace = settings
            .seconds
            .map_or(1.0, |seconds| (seconds as f64 / 30.0).clamp(0.25, 1.0));
        let world = World {
            township,
            board,
            seed: settings.seed,
            pace,
        };
        Ok(Stage {
            settings,
            dir,
            world: Arc::new(world),
            cast,
            backend,
            server,
            administrator,
            by_hand,
            phones,
        })
    }

    /// The story, and the proof at its end.
    async fn play(self, mut told: watch::Receiver<u32>) -> Result<bool> {
        let board = Arc::clone(&self.world.board);
        let started = Instant::now();
        board.watch();
        let (go_home, stop) = watch::channel(false);
        let mut lives: Vec<JoinHandle<Result<()>>> = Vec::new();
        // The last village's phone is the one that will be lost.
        let lost = self.phones[self.settings.villages - 1].part.number;
        let (give_up, is_lost) = watch::channel(false);
        for phone in &self.phones {
            let (world, phone) = (Arc::clone(&self.world), Arc::clone(phone));
            lives.push(if phone.part.is_desk() {
                tokio::spawn(lives::sit(world, phone, stop.clone()))
            } else if phone.part.number == lost {
                tokio::spawn(lives::wander(world, phone, is_lost.clone()))
            } else {
                tokio::spawn(lives::wander(world, phone, stop.clone()))
            });
        }
        let life_of_lost = lives.remove(lost);
        let phone = Arc::clone(&self.phones[lost]);
        let loss = tokio::spawn(lose(
            self.loss_after(),
            Arc::clone(&self.world),
            phone,
            Arc::clone(&self.administrator),
            give_up,
            life_of_lost,
            stop.clone(),
        ));
        let joining = tokio::spawn(join(
            self.cast.parts[self.cast.first..].to_vec(),
            self.dir.clone(),
            Arc::clone(&self.world),
            Arc::clone(&self.administrator),
            stop.clone(),
        ));

        let end = self.settings.seconds.map(Duration::from_secs);
        let each = Duration::from_millis(if board.is_terminal() { 400 } else { 3_000 });
        while end.is_none_or(|end| started.elapsed() < end) && !joined_early(&lives) {
            if board.is_terminal() {
                board.draw(started.elapsed());
            } else {
                board.line(started.elapsed());
            }
            let left = end.map_or(each, |end| end.saturating_sub(started.elapsed()).min(each));
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                _ = told.wait_for(|times| *times >= 1) => break,
            }
        }

        board.news("收队：全部同步并核对 / everybody comes home, exchanges, and is compared");
        // A sender nobody listens to any more: all lives have ended by themselves.
        let _ = go_home.send(true);
        for life in lives {
            life.await??;
        }
        let quarantined = loss.await??;
        let mut phones: Vec<Arc<Phone>> = self
            .phones
            .iter()
            .filter(|phone| phone.part.number != lost)
            .cloned()
            .collect();
        phones.extend(joining.await??);
        self.prove(&phones, quarantined, started).await
    }

    async fn prove(self, phones: &[Arc<Phone>], quarantined: u64, started: Instant) -> Result<bool> {
        check::come_home(phones).await?;
        let board = &self.world.board;
        for phone in phones {
            board.link(phone.part.number, Link::InRange);
        }
        if board.is_terminal() {
            board.draw(started.elapsed());
        } else {
            board.line(started.elapsed());
        }
        let mut differences = check::replicas(&self.world.township, phones)?;
        let listen = self.server.url.trim_start_matches("http://").to_owned();
        self.server.stop().await?;
        differences.extend(check::server(&self.world.township, phones, &self.backend, &self.dir).await?);
        if quarantined == 0 {
            differences
                .push("遗失手机的修改没有进入隔离 / no change of the lost phone is in quarantine".to_owned());
        }
        print(&self.by_hand);
        print(&format!(
            "服务器已停止，再次启动 / the server has stopped; start it again:\n  {} serve --data {} --listen {listen}\n",
            self.backend.program.display(),
            self.backend.data.display(),
        ));
        for difference in &differences {
            print(&format!("× {difference}\n"));
        }
        let totals = board.totals();
        let counts = format!(
            "conflicts={} quarantined={quarantined} relayed={} sent={} returned={} diverged={} live_p50_ms={:.1} live_p95_ms={:.1}",
            totals.conflicts,
            totals.relayed,
            totals.sent,
            totals.rejected,
            totals.diverged,
            totals.p50_ms,
            totals.p95_ms
        );
        if differences.is_empty() {
            let villages = self.world.township.villages.len();
            print(&format!(
                "✓ 各端一致 replicas are equal: {} 部设备 devices, {villages} 个村 villages, 服务器 server; {counts}\n",
                phones.len()
            ));
        } else {
            print(&format!(
                "× 不一致 replicas DIFFER in {} ways; {counts}\n",
                differences.len()
            ));
        }
        Ok(differences.is_empty())
    }

    fn loss_after(&self) -> Duration {
        let third = self
            .settings
            .seconds
            .map(|seconds| Duration::from_secs(seconds) / 3);
        third.map_or(LOST_AFTER, |third| third.min(LOST_AFTER))
    }
}

/// A life that ends before its time has failed; why is said when it is awaited.
fn joined_early(lives: &[JoinHandle<Result<()>>]) -> bool {
    lives.iter().any(JoinHandle::is_finished)
}

/// A phone is lost, reported, and found by somebody who writes on it. Returns how many changes came into quarantine.
async fn lose(
    after: Duration,
    world: Arc<World>,
    phone: Arc<Phone>,
    administrator: Arc<Mutex<Administrator>>,
    give_up: watch::Sender<bool>,
    life: JoinHandle<Result<()>>,
    mut stop: watch::Receiver<bool>,
) -> Result<u64> {
    let (board, number) = (&world.board, phone.part.number);
    tokio::select! {
        () = tokio::time::sleep(after) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
    // A life that has failed already says so below.
    let _ = give_up.send(true);
    life.await??;
    board.link(number, Link::Lost);
    administrator.lock().await.report_lost(&phone.id).await?;
    board.news(format!(
        "遗失：{}，管理员已停用 / lost: the administrator ends it",
        phone.part.label
    ));
    let mut daily = qiao_demo::generator::daily::Daily::new(world.seed, number + 1_000, &phone.part.person);
    let households = &world.township.villages[world.township.villages.len() - 1].households;
    for _ in 0..EDITS_OF_THE_FINDER {
        let household = &households[daily.index(households.len())].id;
        phone.write(&daily.remark(household, now_s()))?;
        // Short, so that a story which ends now does not wait.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (report, problem) = phone.sync().await;
    let quarantined = report.verdicts.quarantined;
    if report.wiped {
        board.link(number, Link::Wiped);
    }
    match problem {
        Some(problem) => board.news(format!("遗失设备 lost device: {} / {}", problem.zh, problem.en)),
        None => board.news(format!(
            "遗失设备再次联网：{quarantined} 条修改进入隔离，本机数据已销毁 / it came online: its changes are quarantined, its data destroyed"
        )),
    }
    Ok(quarantined)
}

/// Colleagues join one after the other, each with an empty phone, and live like the others until it is time to go home.
async fn join(
    parts: Vec<Part>,
    dir: PathBuf,
    world: Arc<World>,
    administrator: Arc<Mutex<Administrator>>,
    mut stop: watch::Receiver<bool>,
) -> Result<Vec<Arc<Phone>>> {
    let mut lives = Vec::new();
    let mut phones = Vec::new();
    for part in parts {
        tokio::select! {
            () = tokio::time::sleep(JOIN_AFTER.mul_f64(world.pace)) => {}
            _ = stop.wait_for(|stop| *stop) => break,
        }
        let (started, folder) = (Instant::now(), folder_of(&dir, &part));
        let phone = tokio::select! {
            phone = Phone::enrol(&part, &folder, &administrator, &world.board) => Arc::new(phone?),
            // Not let in before the end: it takes no part.
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let documents = qiao_device::http::lock(&phone.device).status().documents;
        world.board.news(format!(
            "新手机入网：{}，{:.1} 秒得到 {documents} 份文档 / a new phone has the village",
            part.label,
            started.elapsed().as_secs_f64()
        ));
        phones.push(Arc::clone(&phone));
        lives.push(tokio::spawn(lives::wander(
            Arc::clone(&world),
            phone,
            stop.clone(),
        )));
    }
    for life in lives {
        life.await??;
    }
    Ok(phones)
}

fn folder_of(dir: &Path, part: &Part) -> PathBuf {
    dir.join("phones")
        .join(format!("{:02}-{}", part.number + 1, part.person.id))
}

/// Addresses, sign-in data and an invitation, for whoever wants to try by hand; and the invitation as a QR code.
async fn by_hand(
    url: &str,
    password: &str,
    backend: &Backend,
    administrator: &mut Administrator,
    cast: &Cast,
) -> Result<(String, String)> {
    let text = format!(
        "\n服务器 server       {url}   日志 log {}\n接口说明 interface  {url}/api/v1/openapi.json\n管理员 administrator 登录名 login {LOGIN}   口令 password {password}   （仅供演示，无动态码 / demo only, no one-time codes）\n管理页面 desk        {url}/desk/\n",
        backend.log_path().display()
    );
    let Some(spare) = &cast.spare else {
        return Ok((text, String::new()));
    };
    let invitation = administrator.invite(&spare.id).await?;
    let (program, data) = (backend.program.display(), backend.data.display());
    let home = backend.data.with_file_name("my-phone");
    let home = home.display();
    let text = text
        + &format!(
            "邀请 invitation     {}   邀请码 code {}\n手机应用 phone app   用浏览器打开上面的链接，或扫描二维码 / open this link in a browser, or scan the code\n自己试一部手机 try a phone yourself, without a browser:\n  {program} device --home {home} enrol --invite '{}'\n  {program} --data {data} admin devices --status pending\n  {program} --data {data} admin approve DEVICE --words-compared\n  {program} device --home {home} sync\n",
            invitation.link, invitation.code, invitation.link
        );
    Ok((text, text::qr(&invitation.link)?))
}
