//! Upstreams on this machine, each of which answers rightly or has its fault.

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::fault::Fault;
use super::rehearsal::{Addresses, Part};
use super::replies::{Answer, answer};

/// The most bytes of a request that are read.
const MAX_REQUEST: usize = 1 << 20;

/// How long connecting to an own address takes at most, if nobody else has.
const AT_ONCE: Duration = Duration::from_secs(2);

/// How many addresses are tried where others connect: whoever looks for a server that had the same port.
const TRIES: usize = 5;

/// The addresses, and who answers there.
pub(super) struct Stage {
    listener: Arc<TcpListener>,
    /// It is bound and does not listen.
    refusing: TcpSocket,
    /// Its queue holds one connection that is never accepted; Linux then drops the first packet of every further one
    /// (listen(2), `tcp_abort_on_overflow` in tcp(7)).
    silent: TcpListener,
    _waiting: TcpStream,
    addresses: Addresses,
    haste: u32,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What a request says that matters here.
struct Asked {
    case: usize,
    place: usize,
    stream: bool,
}

// === impl Stage ===

impl Stage {
    /// Opens the addresses.
    pub(super) async fn open(haste: u32) -> io::Result<Self> {
        let bound = || {
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
            Ok::<_, io::Error>(socket)
        };
        let listener = bound()?.listen(1_024)?;
        let refusing = bound()?;
        let (silent, waiting) = silence(bound).await?;
        let addresses = Addresses {
            upstream: listener.local_addr()?,
            refusing: refusing.local_addr()?,
            silent: silent.local_addr()?,
        };
        Ok(Self {
            listener: Arc::new(listener),
            refusing,
            silent,
            _waiting: waiting,
            addresses,
            haste,
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    pub(super) fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Begins to answer, each provider as its part says.
    pub(super) fn serve(&self, parts: BTreeMap<(usize, usize), Part>) {
        let (listener, stop, tasks) = (Arc::clone(&self.listener), self.stop.clone(), self.tasks.clone());
        let (parts, haste) = (Arc::new(parts), self.haste);
        self.tasks.spawn(async move {
            while let Some(Ok((stream, _))) = stop.run_until_cancelled(listener.accept()).await {
                let (parts, stop) = (Arc::clone(&parts), stop.clone());
                tasks.spawn(async move {
                    // Whatever goes wrong with a connection is what the other side makes of it.
                    let _ = stop.run_until_cancelled(play(stream, &parts, haste)).await;
                });
            }
        });
    }

    /// Ends all of it.
    pub(super) fn close(self) {
        self.stop.cancel();
        drop((self.refusing, self.silent));
    }
}

/// An address where connecting neither succeeds nor fails, and the connection that keeps it so.
///
/// # Errors
/// What the system says; or that strangers take the place of that connection each time.
async fn silence(bound: impl Fn() -> io::Result<TcpSocket>) -> io::Result<(TcpListener, TcpStream)> {
    for _ in 0..TRIES {
        let silent = bound()?.listen(0)?;
        if let Ok(waiting) = timeout(AT_ONCE, TcpStream::connect(silent.local_addr()?)).await {
            return Ok((silent, waiting?));
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// Reads one request, and answers it as the part says.
async fn play(mut stream: TcpStream, parts: &BTreeMap<(usize, usize), Part>, haste: u32) -> io::Result<()> {
    let Some(asked) = read(&mut stream).await? else {
        return Ok(());
    };
    let Some(part) = parts.get(&(asked.case, asked.place)) else {
        return refuse(&mut stream, "404 Not Found", "").await;
    };
    let good = answer(&part.adapter, asked.stream);
    match part.fault {
        Fault::None | Fault::Refused | Fault::SilentConnect => whole(&mut stream, &good).await,
        Fault::SlowFirstByte => {
            sleep(Duration::from_secs(Fault::SLOW.into()) / haste).await;
            whole(&mut stream, &good).await
        }
        Fault::Silent => gone(&mut stream).await,
        Fault::RateLimited => {
            // Whole seconds are all that the header can say.
            let pause = Fault::SLOW.div_ceil(haste);
            let header = format!("retry-after: {pause}\r\n");
            refuse(&mut stream, "429 Too Many Requests", &header).await
        }
        Fault::ServerError => refuse(&mut stream, "500 Internal Server Error", "").await,
        Fault::Unavailable => refuse(&mut stream, "503 Service Unavailable", "").await,
        Fault::Cut => half(&mut stream, &good).await,
        Fault::Stall => {
            half(&mut stream, &good).await?;
            gone(&mut stream).await
        }
        Fault::BrokenChunk => {
            half(&mut stream, &good).await?;
            stream.write_all(b"no length\r\n").await
        }
    }
}

/// Answers rightly.
async fn whole(stream: &mut TcpStream, good: &Answer) -> io::Result<()> {
    half(stream, good).await?;
    chunk(stream, &good.rest).await?;
    stream.write_all(b"0\r\n\r\n").await
}

/// Answers the first half.
async fn half(stream: &mut TcpStream, good: &Answer) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        good.media_type
    );
    stream.write_all(head.as_bytes()).await?;
    chunk(stream, &good.begin).await
}

async fn chunk(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(format!("{:x}\r\n", bytes.len()).as_bytes()).await?;
    stream.write_all(bytes).await?;
    stream.write_all(b"\r\n").await
}

async fn refuse(stream: &mut TcpStream, status: &str, headers: &str) -> io::Result<()> {
    let body = r#"{"error":{"message":"selftest","type":"server_error"}}"#;
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\n{headers}content-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    );
    stream.write_all(answer.as_bytes()).await
}

/// Waits until the other side gives up.
async fn gone(stream: &mut TcpStream) -> io::Result<()> {
    let mut rest = [0; 256];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

/// Reads a request; `None` if it is none, or too large.
async fn read(stream: &mut TcpStream) -> io::Result<Option<Asked>> {
    let mut bytes = Vec::new();
    loop {
        if let Some((head, body)) = String::from_utf8_lossy(&bytes).split_once("\r\n\r\n")
            && is_complete(head, body)
        {
            return Ok(asked(head, body));
        }
        if bytes.len() > MAX_REQUEST || stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

fn is_complete(head: &str, body: &str) -> bool {
    let header = |name: &str| {
        let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value.trim()))
    };
    match header("content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => body.len() >= length,
        None if header("transfer-encoding").is_some() => body.ends_with("0\r\n\r\n"),
        None => true,
    }
}

/// What the path and the body say: `/CASE/PROVIDER/…`, and whether a stream is wanted.
fn asked(head: &str, body: &str) -> Option<Asked> {
    let path = head.split(' ').nth(1)?;
    let mut parts = path.split('/').skip(1);
    let body: String = body.split_whitespace().collect();
    Some(Asked {
        case: parts.next()?.parse().ok()?,
        place: parts.next()?.parse().ok()?,
        stream: path.contains("stream") || body.contains("\"stream\":true"),
    })
}
