//! The life of a server: bind, serve, stop without losing anything.
//!
//! Owns sockets, TLS and the order of stopping: no new connections, live streams say good-bye,
//! requests under way end, long-lived tasks end, the database is closed. What is served is
//! [`crate::router`]'s.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum_server::Handle;
use axum_server::accept::{Accept, NoDelayAcceptor};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::limits;
use crate::router::router;

/// A server that is running in this process.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// `http://…` or `https://…`.
    pub url: String,
    /// Everything it depends on: for tests, and for the command line to look inside.
    pub app: App,
    handle: Handle<SocketAddr>,
    task: JoinHandle<io::Result<()>>,
}

/// Starts a server. With a listener given, the configured address is not bound: tests and socket activation bring
/// their own.
pub async fn serve(config: Config, clock: Clock, listener: Option<TcpListener>) -> anyhow::Result<Running> {
    let listener = match listener {
        Some(listener) => listener,
        None => {
            config.check_transport(config.listen)?;
            TcpListener::bind(config.listen)
                .map_err(|error| anyhow::anyhow!("cannot listen on {}: {error}", config.listen))?
        }
    };
    listener.set_nonblocking(true)?;
    let addr = listener.local_addr()?;
    config.check_transport(addr)?;
    let tls = match config.tls_files() {
        Some((cert, key)) => Some(read_tls(cert, key).await?),
        None => None,
    };
    crate::telemetry::metrics();
    let app = App::open(config, clock).await?;
    app.listens_at(addr);
    crate::registry::villages::all_in_step(&app).await?;
    let renewing = app.clone();
    app.tasks.spawn(async move {
        let renewed = tokio::select! {
            renewed = crate::ops::rebuild::renew(&renewing) => renewed,
            () = renewing.stopping.cancelled() => return,
        };
        if let Err(error) = renewed {
            tracing::error!(%error, "what lists are made from could not be written anew; `qiao rebuild` does it");
        }
    });

    app.tasks.spawn(crate::attachments::sweep::run(app.clone()));

    let handle = Handle::new();
    let header_timeout = Duration::from_secs(app.config.header_timeout_s);
    let acceptor = Bounded {
        at_a_time: Arc::new(Semaphore::new(app.config.connections_max)),
    };
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();

    let mut server = axum_server::from_tcp(listener)?
        .handle(handle.clone())
        .first_request_timeout(header_timeout);
    server.http_builder().http1().header_read_timeout(header_timeout);
    server
        .http_builder()
        .http2()
        .max_concurrent_streams(limits::HTTP2_STREAMS_MAX)
        .keep_alive_interval(Duration::from_secs(limits::HTTP2_KEEPALIVE_S))
        .keep_alive_timeout(Duration::from_secs(limits::HTTP2_KEEPALIVE_TIMEOUT_S));
    let scheme = if tls.is_some() { "https" } else { "http" };
    let task = match tls {
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls)
                .handshake_timeout(header_timeout)
                .acceptor(acceptor);
            tokio::spawn(server.acceptor(acceptor).serve(service))
        }
        None => tokio::spawn(server.acceptor(acceptor).serve(service)),
    };
    Ok(Running {
        addr,
        url: format!("{scheme}://{addr}"),
        app,
        handle,
        task,
    })
}

impl Running {
    /// Stops: what was accepted is finished, what is durable stays, the database is closed.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        let grace = Duration::from_secs(self.app.config.shutdown_grace_s);
        self.app.stopping.cancel();
        self.app.tasks.close();
        self.handle.graceful_shutdown(Some(grace));
        self.task.await??;
        if tokio::time::timeout(grace, self.app.tasks.wait()).await.is_err() {
            tracing::warn!(
                tasks = self.app.tasks.len(),
                "long-lived tasks did not end in time"
            );
        }
        self.app.listens_no_more();
        self.app.relay.stop().await;
        self.app.store.close().await;
        Ok(())
    }

    /// Ends when the process is told to, or when serving fails.
    pub async fn until_told(mut self) -> anyhow::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            ended = &mut self.task => {
                self.app.store.close().await;
                ended??;
                anyhow::bail!("the server ended by itself");
            }
        }
        tracing::info!("stopping");
        self.shutdown().await
    }
}

async fn read_tls(cert: &Path, key: &Path) -> anyhow::Result<RustlsConfig> {
    RustlsConfig::from_pem_file(cert, key).await.map_err(|error| {
        let kind = error.kind();
        anyhow::anyhow!(
            "cannot use tls_cert {} with tls_key {}: {kind}",
            cert.display(),
            key.display()
        )
    })
}

/// Takes a connection only while fewer than the bound are open; the others are closed at once.
#[derive(Debug, Clone)]
struct Bounded {
    at_a_time: Arc<Semaphore>,
}

impl<S: Send + 'static> Accept<tokio::net::TcpStream, S> for Bounded {
    type Stream = Counted;
    type Service = S;
    type Future = BoxFuture<'static, io::Result<(Counted, S)>>;

    fn accept(&self, stream: tokio::net::TcpStream, service: S) -> Self::Future {
        let permit = self.at_a_time.clone().try_acquire_owned();
        async move {
            let permit = permit.map_err(|_| io::Error::other("too many connections"))?;
            let (stream, service) = NoDelayAcceptor::new().accept(stream, service).await?;
            Ok((
                Counted {
                    stream,
                    _permit: permit,
                },
                service,
            ))
        }
        .boxed()
    }
}

/// A stream that holds its place for as long as it lives, also after it became a WebSocket.
#[derive(Debug)]
struct Counted {
    stream: tokio::net::TcpStream,
    _permit: OwnedSemaphorePermit,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
