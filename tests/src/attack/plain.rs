//! A plain server that reads each request and answers it, and does nothing else. What a bystander suffers there under an
//! attack is the machine's doing, not the gateway's.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::upstreams::good;

/// The argument with which a program that can be attacked serves as the plain server.
pub const ARGUMENT: &str = "plain";

/// A running plain server, in a process of its own. It is killed when this is dropped.
pub struct Plain {
    /// Where it listens.
    pub address: SocketAddr,
    _child: Child,
}

// === impl Plain ===

impl Plain {
    /// Starts this very program as the plain server.
    pub async fn start() -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.arg(ARGUMENT).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("this program runs again");
        let stdout = child.stdout.take().expect("its output is piped");
        let line = BufReader::new(stdout).lines().next_line().await.expect("its output");
        let address = line.and_then(|line| line.parse().ok());
        Self {
            address: address.expect("its address"),
            _child: child,
        }
    }
}

/// Prints the address, and serves until the process ends.
pub async fn serve() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    println!("{}", listener.local_addr().expect("its address"));
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(async move {
            let builder = Builder::new(TokioExecutor::new());
            let served = builder.serve_connection(TokioIo::new(stream), service_fn(answer));
            // An attacker may do what it likes.
            let _ = served.await;
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await;
    let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let streams = memchr::memmem::find(&body, b"\"stream\":true").is_some();
    let (kind, text) = good(streams);
    let response = Response::builder().header("content-type", kind).body(Full::from(text));
    Ok(response.unwrap_or_default())
}
