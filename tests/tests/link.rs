//! The line that the figures are measured through: what it counts, where it cuts, how long it takes.
//!
//! Times are only ever checked from below: a busy machine makes a line slower, never faster than its profile.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use qiao_tests::harness::link::{Link, Profile};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const FAR: Profile = Profile {
    rtt: Duration::from_millis(80),
    handshake: true,
    ..Profile::LAN
};
const NARROW: Profile = Profile {
    down_bits_per_second: Some(400_000),
    ..Profile::LAN
};

/// Bytes that differ from their neighbours, so that a swap or a gap shows.
fn pattern(size_bytes: usize) -> Vec<u8> {
    (0..size_bytes as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

/// Sends back whatever it gets, to the end of the stream.
async fn echo_server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut reads, mut writes) = socket.into_split();
                let _ = tokio::io::copy(&mut reads, &mut writes).await;
            });
        }
    });
    address
}

/// Sends `answer` as soon as it is connected, and reads without end.
async fn talkative_server(answer: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let (mut reads, mut writes) = socket.into_split();
                let read = async { tokio::io::copy(&mut reads, &mut tokio::io::sink()).await };
                let write = async {
                    let result = writes.write_all(&answer).await;
                    drop(writes);
                    result
                };
                let _ = tokio::join!(read, write);
            });
        }
    });
    address
}

async fn read_to_end(socket: &mut (impl AsyncReadExt + Unpin)) -> Vec<u8> {
    let mut bytes = Vec::new();
    socket
        .read_to_end(&mut bytes)
        .await
        .expect("a cut ends the stream, it does not reset it");
    bytes
}

#[tokio::test]
async fn bytes_arrive_intact_and_are_counted_each_way() {
    let link = Link::start(echo_server().await, Profile::LAN);
    let sent = pattern(300_000);
    let (mut reads, mut writes) = TcpStream::connect(link.address()).await.unwrap().into_split();
    let (received, ()) = tokio::join!(read_to_end(&mut reads), async {
        writes.write_all(&sent).await.unwrap();
        writes.shutdown().await.unwrap();
    });
    assert!(received == sent, "what came back differs from what went out");
    let counts = link.counts();
    assert_eq!(
        (counts.up, counts.down, counts.connections),
        (300_000, 300_000, 1)
    );
    link.reset();
    assert_eq!(link.counts().total(), 0);
}

#[tokio::test]
async fn a_shaped_line_delivers_the_same_bytes() {
    let profile = Profile {
        rtt: Duration::from_millis(10),
        up_bits_per_second: Some(4_000_000),
        down_bits_per_second: Some(8_000_000),
        handshake: true,
    };
    let link = Link::start(echo_server().await, profile);
    let sent = pattern(60_001);
    let (mut reads, mut writes) = TcpStream::connect(link.address()).await.unwrap().into_split();
    let (received, ()) = tokio::join!(read_to_end(&mut reads), async {
        writes.write_all(&sent).await.unwrap();
        writes.shutdown().await.unwrap();
    });
    assert!(received == sent, "what came back differs from what went out");
    assert_eq!(link.counts().total(), 120_002);
}

#[tokio::test]
async fn a_cut_falls_on_the_exact_byte() {
    let answer = pattern(100_000);
    for at in [1, 1_459, 1_460, 1_461, 54_321, 99_999] {
        let link = Link::start(talkative_server(answer.clone()).await, Profile::LAN);
        link.cut_after(at);
        let mut socket = TcpStream::connect(link.address()).await.unwrap();
        let received = read_to_end(&mut socket).await;
        assert!(
            received == answer[..at as usize],
            "cut at {at}, received {}",
            received.len()
        );
        assert_eq!(link.counts().total(), at);
        assert!(!link.online());
    }
}

#[tokio::test]
async fn a_cut_counts_both_directions_together() {
    let link = Link::start(talkative_server(pattern(400_000)).await, Profile::LAN);
    link.cut_after(123_457);
    let (mut reads, mut writes) = TcpStream::connect(link.address()).await.unwrap().into_split();
    let upload = pattern(400_000);
    let (received, _) = tokio::join!(read_to_end(&mut reads), writes.write_all(&upload));
    let counts = link.counts();
    assert_eq!(counts.total(), 123_457);
    assert_eq!(
        counts.down,
        received.len() as u64,
        "every byte counted as delivered can be read"
    );
}

#[tokio::test]
async fn a_cut_ends_all_connections_and_no_other_is_taken_until_the_line_heals() {
    let link = Link::start(echo_server().await, Profile::LAN);
    let mut first = TcpStream::connect(link.address()).await.unwrap();
    let mut second = TcpStream::connect(link.address()).await.unwrap();
    for socket in [&mut first, &mut second] {
        socket.write_all(b"hello").await.unwrap();
        socket.read_exact(&mut [0; 5]).await.unwrap();
    }
    link.set_online(false);
    assert_eq!(read_to_end(&mut first).await, b"");
    assert_eq!(read_to_end(&mut second).await, b"");

    let mut refused = TcpStream::connect(link.address()).await.unwrap();
    let _ = refused.write_all(b"hello").await;
    assert_eq!(refused.read(&mut [0; 5]).await.unwrap_or(0), 0);
    assert_eq!(
        link.counts().connections,
        2,
        "a refused connection is not counted"
    );

    link.heal();
    let mut third = TcpStream::connect(link.address()).await.unwrap();
    third.write_all(b"again").await.unwrap();
    third.read_exact(&mut [0; 5]).await.unwrap();
    assert_eq!(link.counts().total(), 30);
}

#[tokio::test]
async fn a_server_that_is_gone_ends_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = Link::start(listener.local_addr().unwrap(), Profile::LAN);
    let mut socket = TcpStream::connect(link.address()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    server.set_zero_linger().unwrap();
    drop(server);
    assert_eq!(socket.read(&mut [0; 1]).await.unwrap_or(0), 0);

    drop(listener);
    let mut socket = TcpStream::connect(link.address()).await.unwrap();
    assert_eq!(socket.read(&mut [0; 1]).await.unwrap_or(0), 0);

    link.set_upstream(echo_server().await);
    let mut socket = TcpStream::connect(link.address()).await.unwrap();
    socket.write_all(b"back").await.unwrap();
    socket.read_exact(&mut [0; 4]).await.unwrap();
}

#[tokio::test]
async fn an_answer_takes_a_round_trip_and_a_new_connection_one_more() {
    let server = echo_server().await;
    for (profile, round_trips) in [(FAR, 2), (FAR.without_handshake(), 1)] {
        let link = Link::start(server, profile);
        let start = Instant::now();
        let mut socket = TcpStream::connect(link.address()).await.unwrap();
        socket.write_all(b"?").await.unwrap();
        socket.read_exact(&mut [0; 1]).await.unwrap();
        assert!(
            start.elapsed() >= round_trips * FAR.rtt,
            "{round_trips} round trips in {:?}",
            start.elapsed()
        );

        let start = Instant::now();
        socket.write_all(b"?").await.unwrap();
        socket.read_exact(&mut [0; 1]).await.unwrap();
        assert!(
            start.elapsed() >= FAR.rtt,
            "a round trip in {:?}",
            start.elapsed()
        );
    }
}

#[tokio::test]
async fn connections_share_the_bandwidth_of_the_line() {
    let link = Link::start(talkative_server(pattern(10_000)).await, NARROW);
    let start = Instant::now();
    let read = |address| async move { read_to_end(&mut TcpStream::connect(address).await.unwrap()).await };
    let (first, second) = tokio::join!(read(link.address()), read(link.address()));
    assert_eq!((first.len(), second.len()), (10_000, 10_000));
    // 20,000 bytes at 400 kbit/s.
    assert!(
        start.elapsed() >= Duration::from_millis(400),
        "{:?}",
        start.elapsed()
    );
}
