//! A Redis server per test, on a socket in a temporary folder, stopped and started at will.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tokio::net::UnixListener;

/// A Redis server. Dropping it kills it and removes its data.
pub(super) struct Server {
    folder: TempDir,
    options: Vec<String>,
    running: Option<Child>,
}

// === impl Server ===

impl Server {
    /// Starts one that keeps nothing across a restart.
    pub(super) fn start() -> Self {
        Self::with(&["--save", ""])
    }

    /// Starts one that persists each change.
    pub(super) fn durable() -> Self {
        Self::with(&["--appendonly", "yes", "--appendfsync", "no"])
    }

    /// Starts one with these command-line options.
    pub(super) fn with(options: &[&str]) -> Self {
        let mut server = Self {
            folder: TempDir::new().unwrap(),
            options: options.iter().map(ToString::to_string).collect(),
            running: None,
        };
        server.start_again();
        server
    }

    /// Starts it with what it kept, and waits until it listens.
    pub(super) fn start_again(&mut self) {
        let mut child = Command::new("redis-server")
            .args(["--port", "0", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(self.folder.path())
            .args(&self.options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("these tests start redis-server: install Debian's package redis-server, or another with it");
        let mut log = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("ready to accept connections") {
            line.clear();
            let read = log.read_line(&mut line).unwrap();
            assert!(read > 0, "redis-server ended before it was ready");
        }
        // It logs little from now on; the pipe stays open and has room for that.
        child.stdout = Some(log.into_inner());
        self.running = Some(child);
    }

    /// Kills it as a failing machine would.
    pub(super) fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Sends it a signal, such as STOP.
    pub(super) fn signal(&self, name: &str) {
        let id = self.running.as_ref().unwrap().id();
        let kill = format!("kill -{name} {id}");
        let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(status.success());
    }

    /// Listens in its place while it is stopped, and hangs up on the next `times` connections.
    pub(super) async fn hang_up(&self, times: usize) {
        let path = self.socket();
        // A killed server leaves its socket behind.
        std::fs::remove_file(&path).unwrap();
        let listener = UnixListener::bind(&path).unwrap();
        for _ in 0..times {
            drop(listener.accept().await.unwrap());
        }
    }

    pub(super) fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
