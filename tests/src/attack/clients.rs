//! Clients who do their worst. Each attack goes on until its time is over; what the gateway does to them is its right.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::frames;
use super::stage::{UPSTREAM_ATTACKS, Victim, ask};
use super::upstreams::COMMON;

const CHAT: &str = "/v1/chat/completions";

/// How much an attacker hands to the system at once. Some kernels finish a call before anybody else gets its core: with
/// megabytes, a bystander's time would tell how long that takes.
const PIECE: usize = 16 << 10;

/// What one client of an attack does, once.
#[derive(Clone, Copy, Debug)]
pub enum Attack {
    /// Half a head, and nothing more.
    SlowHeads,
    /// A stream whose events nobody reads.
    UnreadStreams,
    /// A body of megabytes.
    HugeBodies,
    /// A body with a hundred thousand brackets.
    DeepBodies,
    /// A body that never comes to its end.
    UnfinishedBodies,
    /// One request after another, without reading the answers.
    Floods,
    /// A question whose answer nobody waits for.
    HangUps,
    /// Streams of HTTP/2 whose windows stay closed.
    ClosedWindows,
    /// Questions of a user who cannot pay.
    SpentUsers,
    /// A question to this model, read for a while: what its upstream or its plugin does is the attack.
    Model(&'static str),
}

/// Each attack of clients.
pub const CLIENT_ATTACKS: [Attack; 9] = [
    Attack::SlowHeads,
    Attack::UnreadStreams,
    Attack::HugeBodies,
    Attack::DeepBodies,
    Attack::UnfinishedBodies,
    Attack::Floods,
    Attack::HangUps,
    Attack::ClosedWindows,
    Attack::SpentUsers,
];

// === impl Attack ===

impl Attack {
    /// The name in a report.
    pub fn name(self) -> String {
        match self {
            Self::Model(name) => name.to_owned(),
            of_clients => {
                let mut words = String::new();
                for c in format!("{of_clients:?}").chars() {
                    if c.is_uppercase() && !words.is_empty() {
                        words.push('-');
                    }
                    words.push(c.to_ascii_lowercase());
                }
                words
            }
        }
    }

    /// How many clients do it at once.
    pub fn clients(self) -> usize {
        match self {
            Self::SlowHeads => 200,
            Self::UnreadStreams | Self::SpentUsers | Self::Floods => 20,
            Self::HangUps | Self::ClosedWindows | Self::Model(_) => 8,
            Self::HugeBodies | Self::DeepBodies | Self::UnfinishedBodies => 4,
        }
    }

    /// Whether a proxy without users and plugins can be attacked like this.
    pub fn is_plain(self) -> bool {
        match self {
            Self::Model(name) => UPSTREAM_ATTACKS.contains(&name),
            Self::SpentUsers => false,
            _ => true,
        }
    }

    /// How often one client begins it at most. The plugin that takes its time is asked fifty times a second.
    fn interval(self) -> Duration {
        match self {
            Self::Model("burn") => Duration::from_secs(1) * 8 / 50,
            _ => Duration::ZERO,
        }
    }

    /// Does it again and again.
    pub async fn run(self, victim: &Victim, end: Instant) {
        while Instant::now() < end {
            let began = Instant::now();
            // Whatever happens to an attacker is no failure.
            let _ = timeout_at(end, self.once(victim, end)).await;
            // One who is refused at once must leave the others a core to measure with.
            let rest = (began + self.interval()).max(Instant::now() + Duration::from_millis(2));
            sleep_until(end.min(rest)).await;
        }
    }

    async fn once(self, victim: &Victim, end: Instant) -> io::Result<()> {
        let mut stream = victim.connect().await?;
        match self {
            Self::SlowHeads => {
                let half = ["P", "PRI * HTTP/2.0\r\n\r\n", "POST / HTTP/1.1\r\nhost: loc"];
                stream
                    .write_all(fastrand::choice(half).unwrap_or("P").as_bytes())
                    .await?;
                drain(&mut stream).await
            }
            Self::UnreadStreams => {
                stream
                    .write_all(&post(&victim.attacker, &ask("endless-chunks", true).to_string()))
                    .await?;
                sleep_until(end).await;
                Ok(())
            }
            Self::HugeBodies => huge(stream, &victim.attacker).await,
            Self::DeepBodies => {
                let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
                let body = ask(COMMON, false).to_string().replace("\"hello\"", &deep);
                send(&mut stream, &post(&victim.attacker, &body)).await?;
                drain(&mut stream).await
            }
            Self::UnfinishedBodies => unfinished(stream, &victim.spent, end).await,
            Self::Floods => {
                let list = format!(
                    "GET /v1/models HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\r\n",
                    victim.spent
                );
                stream.write_all(list.repeat(100).as_bytes()).await
            }
            Self::HangUps => {
                let stream_it = fastrand::bool();
                stream
                    .write_all(&post(&victim.attacker, &ask(COMMON, stream_it).to_string()))
                    .await?;
                let some = Instant::now() + Duration::from_micros(fastrand::u64(0..5000));
                let _ = timeout_at(some, drain(&mut stream)).await;
                Ok(())
            }
            Self::ClosedWindows => closed_windows(stream, victim, end).await,
            Self::SpentUsers => {
                stream
                    .write_all(&post(&victim.spent, &ask(COMMON, false).to_string()))
                    .await?;
                drain(&mut stream).await
            }
            Self::Model(name) => {
                // Whoever is charged absurdly cannot pay for the other attacks.
                let absurd = name == "absurd-usage";
                let key = if absurd { &victim.careless } else { &victim.attacker };
                let question = ask(name, fastrand::bool()).to_string();
                stream.write_all(&post(key, &question)).await?;
                drain(&mut stream).await
            }
        }
    }
}

/// Sends this, piece by piece.
async fn send(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    for piece in bytes.chunks(PIECE) {
        stream.write_all(piece).await?;
    }
    Ok(())
}

/// A question of twenty-four megabytes.
async fn huge(mut stream: TcpStream, key: &str) -> io::Result<()> {
    let question = ask(COMMON, false).to_string();
    let (before, after) = question.split_once("hello").unwrap_or_default();
    let long = 24 << 20;
    let head = head(key, before.len() + long + after.len());
    stream.write_all(format!("{head}{before}").as_bytes()).await?;
    send_long(&mut stream, long).await?;
    stream.write_all(after.as_bytes()).await?;
    drain(&mut stream).await
}

/// Sends so many bytes of a word. There is only one piece of it: who asks the system for megabytes takes cores as well.
async fn send_long(stream: &mut TcpStream, bytes: usize) -> io::Result<()> {
    for _ in 0..bytes / PIECE {
        stream.write_all(&[b'x'; PIECE]).await?;
    }
    Ok(())
}

/// Thirty megabytes of a body that says it is thirty-one, and then nothing.
async fn unfinished(mut stream: TcpStream, key: &str, end: Instant) -> io::Result<()> {
    let length = 31 << 20;
    stream.write_all(head(key, length).as_bytes()).await?;
    send_long(&mut stream, 30 << 20).await?;
    sleep_until(end).await;
    Ok(())
}

/// A hundred streams on one connection, none of which may send a byte of its answer.
async fn closed_windows(mut stream: TcpStream, victim: &Victim, end: Instant) -> io::Result<()> {
    let mut bytes = frames::opening_without_window();
    bytes.extend(frames::settings_ack());
    let body = ask(COMMON, true).to_string();
    for number in 0..100 {
        bytes.extend(frames::post(2 * number + 1, CHAT, &victim.attacker, &body));
    }
    bytes.extend(frames::head(201, CHAT, &victim.attacker, false));
    stream.write_all(&bytes).await?;
    sleep_until(end).await;
    Ok(())
}

/// Reads until the other side closes.
async fn drain(stream: &mut TcpStream) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

fn head(key: &str, length: usize) -> String {
    format!(
        "POST {CHAT} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
}

fn post(key: &str, body: &str) -> Vec<u8> {
    [head(key, body.len()).as_bytes(), body.as_bytes()].concat()
}
