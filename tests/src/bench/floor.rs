//! The floor of S4: what the same deliveries cost a server that does nothing but write them to its sockets.
//!
//! Runs as a process of its own, so that its processor time is counted as the server's is: this program again, which
//! connects to the one that measures.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::machine;

/// What is delivered, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) readers: usize,
    pub(super) deliveries: usize,
    pub(super) every: Duration,
    pub(super) size_bytes: usize,
}

const PATIENCE: Duration = Duration::from_secs(60);

/// Processor time of one delivery, µs.
pub(super) async fn micros(load: Load) -> Result<f64> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut server = Command::new(std::env::current_exe()?)
        .arg("--floor")
        .arg(listener.local_addr()?.to_string())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let pid = server.id().context("the server runs")?;
    let mut sockets = Vec::new();
    while sockets.len() < load.readers {
        let (socket, _) = timeout(PATIENCE, listener.accept()).await??;
        socket.set_nodelay(true)?;
        sockets.push(socket);
    }
    let before = machine::cpu_time(pid)?;
    let mut reading = JoinSet::new();
    for mut socket in sockets {
        reading.spawn(async move {
            socket.write_u8(1).await?;
            let mut left = load.deliveries * load.size_bytes;
            let mut buffer = [0; 4096];
            while left > 0 {
                let read = socket.read(&mut buffer).await?;
                anyhow::ensure!(read > 0, "the server has ended");
                left -= read.min(left);
            }
            Ok(socket)
        });
    }
    let mut sockets = Vec::new();
    while let Some(socket) = timeout(PATIENCE, reading.join_next()).await? {
        sockets.push(socket??);
    }
    let used = machine::cpu_time(pid)?.saturating_sub(before);
    drop(sockets);
    timeout(PATIENCE, server.wait()).await??;
    Ok(used.as_secs_f64() * 1e6 / (load.readers * load.deliveries) as f64)
}

/// The other side: writes to everybody, every so often.
///
/// # Errors
/// When the one that measures has gone.
pub(super) async fn serve(measuring: SocketAddr, load: Load) -> Result<()> {
    let mut queues = Vec::new();
    let mut writing = JoinSet::new();
    for _ in 0..load.readers {
        let mut socket = TcpStream::connect(measuring).await?;
        socket.set_nodelay(true)?;
        let (queue, mut messages) = mpsc::channel::<Bytes>(32);
        queues.push(queue);
        writing.spawn(async move {
            socket.read_u8().await?;
            while let Some(message) = messages.recv().await {
                socket.write_all(&message).await?;
            }
            // Stays until whoever measures has looked.
            let _ = socket.read(&mut [0]).await;
            Ok::<_, std::io::Error>(())
        });
    }
    let message = Bytes::from(vec![0; load.size_bytes]);
    let mut ticks = interval(load.every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..load.deliveries {
        ticks.tick().await;
        for queue in &queues {
            queue.send(message.clone()).await?;
        }
    }
    drop(queues);
    while let Some(written) = writing.join_next().await {
        written??;
    }
    Ok(())
}
