//! Starts a peer: its own script, in an environment that names nothing but loopback addresses.

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::super::process::Process;
use super::Places;
use super::manifest::Peer;
use super::server::Server;

/// How long a peer may take from its start to its first right reply.
const START: Duration = Duration::from_mins(2);

/// How often to ask a peer that is starting.
const POLL: Duration = Duration::from_millis(200);

/// Nothing listens there, so a peer that wants to call home reaches nobody.
const NOWHERE: &str = "http://127.0.0.1:9";

/// How much of what a peer said before it ended is told.
const TOLD_BYTES: usize = 300;

/// Starts a peer in front of `upstream` and waits for its first right reply.
///
/// # Errors
/// Why it does not start, in words.
pub(super) async fn start(peer: &Peer, places: &Places, upstream: SocketAddr) -> Result<Server, String> {
    let installed = places.installed.join(&peer.name);
    if !installed.join("installed").exists() {
        return Err("it is not installed".to_owned());
    }
    let folder = installed.join("run");
    let mut server = spawn(peer, places, &folder, upstream).map_err(|error| error.to_string())?;
    let patience = Instant::now() + START;
    loop {
        let Err(error) = server.answers().await else {
            return Ok(server);
        };
        if let Some(status) = server.process.as_mut().and_then(Process::ended) {
            return Err(format!("it ended ({status}): {}", last_words(&folder)));
        }
        if Instant::now() > patience {
            return Err(format!("no right reply came within {START:?}: {error}"));
        }
        tokio::time::sleep(POLL).await;
    }
}

fn spawn(peer: &Peer, places: &Places, folder: &Path, upstream: SocketAddr) -> io::Result<Server> {
    // What an earlier run left there must not make this one faster.
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let [address, metrics] = free_addresses()?;
    let upstream_v1 = format!("http://{upstream}/v1");
    let log = File::create(folder.join("log"))?;
    let mut command = Command::new(places.peers.join(&peer.name).join("start"));
    command
        .current_dir(folder)
        .env_clear()
        .envs(std::env::vars_os().filter(|(name, _)| name == "PATH"))
        .env("HOME", folder)
        .env("INSTALLED", places.installed.join(&peer.name))
        .env("UPSTREAM", format!("http://{upstream}"))
        .env("UPSTREAM_V1", &upstream_v1)
        .env("PORT", address.port().to_string())
        .env("METRICS_PORT", metrics.port().to_string())
        .env(
            "CORES",
            thread::available_parallelism().map_or(1, usize::from).to_string(),
        )
        .envs(["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"].map(|name| (name, NOWHERE)))
        .envs(["NO_PROXY", "no_proxy"].map(|name| (name, "127.0.0.1,localhost")))
        .stdout(Stdio::from(log.try_clone()?))
        .stderr(Stdio::from(log));
    let process = Process::leading(command).map_err(|error| io::Error::other(error.to_string()))?;
    let headers = peer.headers.iter();
    Ok(Server {
        process: Some(process),
        address,
        model: peer.model.clone(),
        headers: headers
            .map(|(name, value)| (name.clone(), value.replace("UPSTREAM_V1", &upstream_v1)))
            .collect(),
    })
}

/// Two ports that were free a moment ago. Both are held until both are known, or they could be the same.
fn free_addresses() -> io::Result<[SocketAddr; 2]> {
    let one = TcpListener::bind("127.0.0.1:0")?;
    let other = TcpListener::bind("127.0.0.1:0")?;
    Ok([one.local_addr()?, other.local_addr()?])
}

/// The end of what a peer printed, on one line.
fn last_words(folder: &Path) -> String {
    let log = fs::read(folder.join("log")).unwrap_or_default();
    let end = &log[log.len().saturating_sub(TOLD_BYTES)..];
    let words: Vec<_> = String::from_utf8_lossy(end)
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A peer whose start is that script.
    fn peer(folder: &Path, script: &str) -> (Peer, Places) {
        let places = Places {
            peers: folder.join("peers"),
            installed: folder.join("installed"),
        };
        fs::create_dir_all(places.peers.join("p")).unwrap();
        fs::create_dir_all(places.installed.join("p")).unwrap();
        let file = places.peers.join("p/start");
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        let peer = Peer {
            name: "p".to_owned(),
            title: "P".to_owned(),
            version: "1".to_owned(),
            model: "m".to_owned(),
            headers: Vec::new(),
        };
        (peer, places)
    }

    async fn refused(script: &str, installed: bool) -> String {
        let folder = tempfile::tempdir().unwrap();
        let (peer, places) = peer(folder.path(), script);
        if installed {
            fs::write(places.installed.join("p/installed"), "").unwrap();
        }
        start(&peer, &places, ([127, 0, 0, 1], 9).into()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_peer_that_is_not_installed_is_not_started() {
        assert_eq!(refused("exit 0", false).await, "it is not installed");
    }

    #[tokio::test]
    async fn a_peer_that_ends_is_told_with_its_last_words() {
        let told = refused("echo cannot find my; echo configuration >&2; exit 3", true).await;
        assert_eq!(told, "it ended (exit status: 3): cannot find my configuration");
    }

    #[tokio::test]
    async fn a_peer_sees_nothing_of_our_environment_but_the_path() {
        let told = refused("env | cut -d= -f1 | sort | tr '\\n' ' '; exit 1", true).await;
        for name in ["CARGO_MANIFEST_DIR", "USER", "LANG"] {
            assert!(!told.contains(name), "{told}");
        }
        for name in ["HTTPS_PROXY", "NO_PROXY", "UPSTREAM", "PORT"] {
            assert!(told.contains(name), "{told}");
        }
    }
}
