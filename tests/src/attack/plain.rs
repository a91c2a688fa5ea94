//! A plain proxy that reads each request, sends it to the same upstreams and passes the answer on, and does nothing else.
//! What a bystander suffers there under an attack is the machine's doing, not the gateway's.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use http_body_util::{BodyExt, Either, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rustix::process::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::alone::go_before_attackers;

/// The argument with which a program that can be attacked serves as the plain proxy; the upstreams' addresses follow.
pub const ARGUMENT: &str = "plain";

/// A running plain proxy, in a process of its own. It is killed when this is dropped.
pub struct Plain {
    /// Where it listens.
    pub address: SocketAddr,
    _child: Child,
}

/// Where the plain proxy sends requests.
#[derive(Clone, Copy, Debug)]
pub struct Upstreams {
    /// The one that answers whoever asks for `good`.
    pub good: SocketAddr,
    /// The one that answers all others.
    pub hostile: SocketAddr,
}

type Forwarder = Client<HttpConnector, Full<Bytes>>;
type Answer = Response<Either<Incoming, Empty<Bytes>>>;

// === impl Plain ===

impl Plain {
    /// Starts this very program as the plain proxy.
    pub async fn start(upstreams: Upstreams) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.args([ARGUMENT, &upstreams.good.to_string(), &upstreams.hostile.to_string()]);
        command.stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("this program runs again");
        let stdout = child.stdout.take().expect("its output is piped");
        let line = BufReader::new(stdout).lines().next_line().await.expect("its output");
        let id = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        go_before_attackers(id.expect("it lives"));
        let address = line.and_then(|line| line.parse().ok());
        Self {
            address: address.expect("its address"),
            _child: child,
        }
    }
}

// === impl Upstreams ===

impl Upstreams {
    /// Those that the arguments behind [`ARGUMENT`] name.
    pub fn of(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut address = || arguments.next()?.parse().ok();
        Some(Self {
            good: address()?,
            hostile: address()?,
        })
    }

    /// Where a request with this body goes.
    fn of_body(self, body: &[u8]) -> SocketAddr {
        let good = memchr::memmem::find(body, br#""model":"good""#).is_some();
        if good { self.good } else { self.hostile }
    }
}

/// Prints the address, and serves until the process ends.
pub async fn serve(upstreams: Upstreams) -> ! {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    println!("{}", listener.local_addr().expect("its address"));
    let client: Forwarder = Client::builder(TokioExecutor::new()).build_http();
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Its attackers may have taken every descriptor for a while.
            sleep(Duration::from_millis(1)).await;
            continue;
        };
        let client = client.clone();
        connections.spawn(async move {
            let builder = Builder::new(TokioExecutor::new());
            let answer = |request| forward(client.clone(), upstreams, request);
            let served = builder.serve_connection(TokioIo::new(stream), service_fn(answer));
            // An attacker may do what it likes.
            let _ = served.await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Passes the request on whole and the answer as it comes.
async fn forward(client: Forwarder, upstreams: Upstreams, request: Request<Incoming>) -> Result<Answer, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let url = format!("http://{}{}", upstreams.of_body(&body), head.uri.path());
    let request = Request::builder().method(head.method).uri(url).body(Full::from(body));
    let answer = match request {
        Ok(request) => client.request(request).await.ok(),
        Err(_) => None,
    };
    let answer = answer.map_or_else(
        || {
            let mut refused = Response::new(Either::Right(Empty::new()));
            *refused.status_mut() = StatusCode::BAD_GATEWAY;
            refused
        },
        |answer| answer.map(Either::Left),
    );
    Ok(answer)
}
