//! A TCP link between a device and a server that is as slow, as far and as unreliable as a test asks for.
//!
//! Owns the shaping (latency, bandwidth), the exact count of payload bytes delivered each way, and cuts at an
//! exact byte. It never looks into the bytes. It does not model loss, slow start or packet headers: what it
//! counts is what TCP hands to the receiver, which is what two protocols can be compared by.
//!
//! One virtual line per direction is shared by all connections. A segment of n bytes occupies the line for
//! n·8/bandwidth, begins when the line is free, and arrives half a round trip after its last bit was sent.
//! A segment is read from its sender only shortly before its turn, so that what is under way never exceeds
//! the line's own capacity; the rest waits in the sender's socket, as behind a real modem.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// Bytes read at a time: the payload of one segment on an ordinary path.
const SEGMENT_BYTES_MAX: usize = 1_460;
/// How long before its turn a segment may be read. Covers the timer's coarseness, so that a fast line is not
/// left idle between two segments.
const READ_AHEAD: Duration = Duration::from_millis(5);
/// Segments under way at most; on a shaped line the read-ahead keeps far below it.
const SEGMENTS_UNDER_WAY_MAX: usize = 1_024;
/// How long a cut connection still swallows what its ends send, before it is closed for good.
const DRAIN_AFTER_CUT: Duration = Duration::from_secs(2);

/// What a line is like. Bandwidths count payload bits; `None` does not limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The time a byte and its answer need, without queueing.
    pub rtt: Duration,
    /// From the server to the device.
    pub down_bits_per_second: Option<u64>,
    /// From the device to the server.
    pub up_bits_per_second: Option<u64>,
    /// Whether a new connection first costs a round trip, as TCP's handshake does.
    pub handshake: bool,
}

impl Profile {
    /// No shaping: the loopback as it is.
    pub const LAN: Profile = Profile {
        rtt: Duration::ZERO,
        down_bits_per_second: None,
        up_bits_per_second: None,
        handshake: false,
    };
    /// A good day in the village: 60 ms, 5 Mbit/s both ways.
    pub const G4: Profile = Profile {
        rtt: Duration::from_millis(60),
        down_bits_per_second: Some(5_000_000),
        up_bits_per_second: Some(5_000_000),
        handshake: true,
    };
    /// An ordinary day behind the hill: 600 ms, 100 kbit/s down, 50 kbit/s up.
    pub const EDGE: Profile = Profile {
        rtt: Duration::from_millis(600),
        down_bits_per_second: Some(100_000),
        up_bits_per_second: Some(50_000),
        handshake: true,
    };

    /// The same line without the round trip for opening a connection, to measure what comes after it.
    #[must_use]
    pub fn without_handshake(self) -> Profile {
        Profile {
            handshake: false,
            ..self
        }
    }
}

/// What has gone over the line since the start or the last [`Link::reset`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Payload bytes delivered to the server.
    pub up: u64,
    /// Payload bytes delivered to the device.
    pub down: u64,
    /// Connections taken.
    pub connections: u64,
}

impl Counts {
    /// Payload bytes both ways.
    pub fn total(&self) -> u64 {
        self.up + self.down
    }
}

/// A listening line to one server. Dropping it cuts what runs over it.
pub struct Link {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl Link {
    /// Opens a line to `upstream` on a free port of the loopback. Must be called within a tokio runtime.
    ///
    /// # Panics
    /// When the loopback has no free port.
    pub fn start(upstream: SocketAddr, profile: Profile) -> Link {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
        listener
            .set_nonblocking(true)
            .expect("a fresh listener takes its mode");
        let address = listener.local_addr().expect("a bound listener has an address");
        let listener = TcpListener::from_std(listener).expect("Link::start is called within a runtime");
        let shared = Arc::new(Shared {
            profile,
            state: Mutex::new(State {
                upstream,
                online: true,
                counts: Counts::default(),
                until_cut: None,
            }),
            lines: [Mutex::new(None), Mutex::new(None)],
            cuts: watch::Sender::new(0),
        });
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Link {
            address,
            shared,
            accepting,
        }
    }

    /// Where a device connects to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as the URL of a plain HTTP server.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was delivered so far.
    pub fn counts(&self) -> Counts {
        self.shared.state().counts
    }

    /// Counts from zero again. Connections that are open stay open.
    pub fn reset(&self) {
        self.shared.state().counts = Counts::default();
    }

    /// Sends later connections to another server, as after a restart on another port.
    pub fn set_upstream(&self, upstream: SocketAddr) {
        self.shared.state().upstream = upstream;
    }

    /// Lets `bytes_total` more payload bytes through, both ways together, then cuts every connection and goes
    /// offline. The bytes before the cut reach their receiver, who then reads an end of stream; whatever is
    /// under way is lost.
    pub fn cut_after(&self, bytes_total: u64) {
        let mut state = self.shared.state();
        state.until_cut = Some(bytes_total);
        if bytes_total == 0 {
            self.shared.cut(&mut state);
        }
    }

    /// Takes new connections again and forgets a cut that has not come yet.
    pub fn heal(&self) {
        self.set_online(true);
    }

    /// Signal or none. Without it every connection is cut and new ones are reset at once.
    pub fn set_online(&self, online: bool) {
        let mut state = self.shared.state();
        if online {
            state.until_cut = None;
            state.online = true;
        } else {
            self.shared.cut(&mut state);
        }
    }

    /// Whether the line takes connections: false from a cut to [`Link::heal`].
    pub fn online(&self) -> bool {
        self.shared.state().online
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.accepting.abort();
        self.set_online(false);
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("address", &self.address)
            .field("profile", &self.shared.profile)
            .field("counts", &self.counts())
            .finish()
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Up,
    Down,
}

struct Shared {
    profile: Profile,
    state: Mutex<State>,
    /// Per direction: when the last bit already accepted leaves the line.
    lines: [Mutex<Option<Instant>>; 2],
    /// Rises with every cut; a connection ends when it sees another number than it began with.
    cuts: watch::Sender<u64>,
}

struct State {
    upstream: SocketAddr,
    online: bool,
    counts: Counts,
    /// Bytes to deliver before the next cut.
    until_cut: Option<u64>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut(&self, state: &mut State) {
        state.online = false;
        state.until_cut = None;
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Puts a segment on the line. Returns when its last bit has left and when it arrives.
    fn transmit(&self, direction: Direction, size_bytes: usize) -> (Instant, Instant) {
        let now = Instant::now();
        let (line, bits_per_second) = match direction {
            Direction::Up => (&self.lines[0], self.profile.up_bits_per_second),
            Direction::Down => (&self.lines[1], self.profile.down_bits_per_second),
        };
        let sent = match bits_per_second {
            None => now,
            Some(rate) => {
                let duration = Duration::from_nanos(size_bytes as u64 * 8 * 1_000_000_000 / rate.max(1));
                let mut busy_until = line.lock().unwrap_or_else(PoisonError::into_inner);
                let sent = busy_until.map_or(now, |busy| busy.max(now)) + duration;
                *busy_until = Some(sent);
                sent
            }
        };
        (sent, sent + self.profile.rtt / 2)
    }

    /// Hands bytes to the receiver's kernel, as many as it takes and the cut allows. The lock is held over the
    /// (non-blocking) write: that makes a cut exact although both directions run at once.
    fn deliver(
        &self,
        to: &OwnedWriteHalf,
        direction: Direction,
        bytes: &[u8],
        cuts: u64,
    ) -> io::Result<usize> {
        let mut state = self.state();
        if *self.cuts.borrow() != cuts {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let allowed = state
            .until_cut
            .map_or(bytes.len(), |left| bytes.len().min(left as usize));
        let written = to.try_write(&bytes[..allowed])?;
        match direction {
            Direction::Up => state.counts.up += written as u64,
            Direction::Down => state.counts.down += written as u64,
        }
        if let Some(left) = &mut state.until_cut {
            *left -= written as u64;
            if *left == 0 {
                self.cut(&mut state);
            }
        }
        Ok(written)
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((client, _)) = listener.accept().await else {
            // Out of descriptors: the test's own limit, and it may free some.
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (online, upstream, cuts) = {
            let mut state = shared.state();
            state.counts.connections += u64::from(state.online);
            (state.online, state.upstream, *shared.cuts.borrow())
        };
        if online {
            tokio::spawn(connect(client, upstream, shared.clone(), cuts));
        } else {
            refuse(&client);
        }
    }
}

/// Closes with a reset, which is how a refusal reaches a client that the kernel has already let in.
fn refuse(client: &TcpStream) {
    // A socket that cannot be told so is closed with an ordinary end, which the client cannot use either.
    let _ = client.set_zero_linger();
}

async fn connect(client: TcpStream, upstream: SocketAddr, shared: Arc<Shared>, cuts: u64) {
    if shared.profile.handshake {
        sleep(shared.profile.rtt).await;
    }
    let Ok(server) = TcpStream::connect(upstream).await else {
        refuse(&client);
        return;
    };
    for socket in [&client, &server] {
        // Without it the kernel, not the profile, would decide when a small segment leaves.
        if socket.set_nodelay(true).is_err() {
            return;
        }
    }
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    tokio::join!(
        pump(client_reads, server_writes, Direction::Up, &shared, cuts),
        pump(server_reads, client_writes, Direction::Down, &shared, cuts),
    );
}

/// Carries one direction of one connection to its end: the sender's, the receiver's or a cut.
async fn pump(mut from: OwnedReadHalf, to: OwnedWriteHalf, direction: Direction, shared: &Shared, cuts: u64) {
    let (segments, mut arriving) = mpsc::channel::<(Instant, Vec<u8>)>(SEGMENTS_UNDER_WAY_MAX);
    let mut cut = shared.cuts.subscribe();

    let send = async {
        let mut buffer = [0; SEGMENT_BYTES_MAX];
        // A reset from the sender and an end of stream look the same from the other side of a radio link.
        while let Ok(size_bytes @ 1..) = from.read(&mut buffer).await {
            let (sent, arrives) = shared.transmit(direction, size_bytes);
            let _ = segments.send((arrives, buffer[..size_bytes].to_vec())).await;
            if sent > Instant::now() + READ_AHEAD {
                sleep_until(sent - READ_AHEAD).await;
            }
        }
        // The end of the stream travels behind the last segment; the receiving side ends the pump.
        let (_, arrives) = shared.transmit(direction, 0);
        let _ = segments.send((arrives, Vec::new())).await;
        std::future::pending::<()>().await;
    };
    let receive = async {
        while let Some((arrives, bytes)) = arriving.recv().await {
            if arrives > Instant::now() {
                sleep_until(arrives).await;
            }
            if bytes.is_empty() {
                return;
            }
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                if to.writable().await.is_err() {
                    return;
                }
                match shared.deliver(&to, direction, rest, cuts) {
                    Ok(written) => rest = &rest[written..],
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    // A cut is dealt with below, a receiver that is gone ends the pump.
                    Err(_) if *shared.cuts.borrow() != cuts => std::future::pending().await,
                    Err(_) => return,
                }
            }
        }
    };
    let was_cut = async {
        // The sender lives in `shared`, so the wait can only end with a cut.
        let _ = cut.wait_for(|now| *now != cuts).await;
    };
    tokio::select! {
        biased;
        () = was_cut => {
            // Dropping the write half ends the stream behind the last delivered byte. Closing the socket at
            // once would answer late segments with a reset, and a reset throws away what the receiver has
            // been given but has not read yet.
            drop(to);
            let mut sink = [0; SEGMENT_BYTES_MAX];
            let drain = async { while let Ok(1..) = from.read(&mut sink).await {} };
            let _ = timeout(DRAIN_AFTER_CUT, drain).await;
        }
        // Ends with the stream or with the receiver; dropping the write half then closes it.
        () = receive => {}
        () = send => {}
    }
}
