//! A throwaway Redis on a socket in a folder of its own, which a test can stop and start at will.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{self, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::patience::patiently;

/// The programs to try, in this order.
const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];

/// It writes each change before it answers, so a restart loses nothing; a crash of the machine may.
const OPTIONS: [&str; 8] = [
    "--port",
    "0",
    "--save",
    "",
    "--appendonly",
    "yes",
    "--appendfsync",
    "no",
];

/// How often to poll it while it starts.
const POLL: Duration = Duration::from_millis(10);

/// A running Redis. Dropping it kills the server and deletes the data.
#[derive(Debug)]
pub struct Redis {
    // Before the folder, so that it is gone when its files go.
    running: Option<Child>,
    folder: TempDir,
}

// === impl Redis ===

impl Redis {
    /// Starts an empty one.
    pub async fn start() -> Self {
        let mut redis = Self {
            running: None,
            folder: TempDir::new().expect("a temporary folder"),
        };
        redis.start_again().await;
        redis
    }

    /// Where it listens. The same after a restart.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Kills it: connections break at once.
    pub async fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let killed = patiently("Redis to end", running.kill()).await;
            killed.expect("it can be killed");
        }
    }

    /// Starts it with its existing data and waits until it serves.
    pub async fn start_again(&mut self) {
        self.stop().await;
        let mut running = self.spawn();
        let starting = async {
            while self.ping().await.is_err() {
                let ended = running.try_wait().expect("it can be waited for");
                if let Some(status) = ended {
                    let log = fs::read_to_string(self.log()).unwrap_or_default();
                    panic!("Redis ended before it served ({status}):\n{log}");
                }
                sleep(POLL).await;
            }
        };
        patiently("Redis to serve", starting).await;
        self.running = Some(running);
    }

    fn spawn(&self) -> Child {
        for program in PROGRAMS {
            let mut command = Command::new(program);
            command.arg("--dir").arg(self.folder.path());
            command.arg("--unixsocket").arg(self.socket());
            command.arg("--logfile").arg(self.log());
            command.args(OPTIONS).kill_on_drop(true);
            command.stdin(Stdio::null()).stdout(Stdio::null());
            match command.spawn() {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                spawned => return spawned.expect("Redis can be started"),
            }
        }
        panic!(
            "these tests start Redis: install Debian's package redis-server, \
             or another with redis-server or valkey-server in PATH"
        )
    }

    /// Fails until it has loaded its data.
    async fn ping(&self) -> io::Result<()> {
        let mut connection = UnixStream::connect(self.socket()).await?;
        connection.write_all(b"PING\r\n").await?;
        let mut answer = [0; 7];
        connection.read_exact(&mut answer).await?;
        if &answer == b"+PONG\r\n" {
            Ok(())
        } else {
            Err(io::ErrorKind::WouldBlock.into())
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends a command and reads the line that answers it.
    async fn ask(redis: &Redis, command: &str) -> String {
        let mut connection = UnixStream::connect(redis.socket()).await.unwrap();
        let text = format!("{command}\r\nQUIT\r\n");
        connection.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let reading = connection.read_to_string(&mut answer);
        patiently("the answer", reading).await.unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn what_it_has_answered_survives_an_outage() {
        let mut redis = Redis::start().await;
        let url = redis.url();
        assert_eq!(ask(&redis, "INCRBY counter 41").await, ":41");
        redis.stop().await;
        assert!(redis.ping().await.is_err());
        redis.start_again().await;
        assert_eq!(redis.url(), url);
        assert_eq!(ask(&redis, "INCR counter").await, ":42");
    }

    #[tokio::test]
    async fn two_at_once_know_nothing_of_each_other() {
        let (one, other) = tokio::join!(Redis::start(), Redis::start());
        assert_eq!(ask(&one, "INCR counter").await, ":1");
        assert_eq!(ask(&other, "INCR counter").await, ":1");
    }

    #[tokio::test]
    async fn nothing_is_left_once_it_is_dropped() {
        let redis = Redis::start().await;
        let folder = redis.folder.path().to_owned();
        let mut connection = UnixStream::connect(redis.socket()).await.unwrap();
        drop(redis);
        let mut rest = Vec::new();
        let reading = connection.read_to_end(&mut rest);
        let _ = patiently("the connection to break", reading).await;
        assert!(!folder.exists());
    }
}
