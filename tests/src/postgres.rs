//! A throwaway PostgreSQL in a folder of its own, which a test can stop and start at will.

use std::env;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::patience::patiently;

/// Where Debian keeps the programs, in one folder per version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The users to run the server as if the tests run as root, which it refuses: the first that exists.
const OWNERS: [&str; 2] = ["postgres", "nobody"];

/// Where `initdb` makes its own children write, whatever its output is.
const NULL: &str = "/dev/null";

/// The server's settings: it listens only on a socket in its folder, and it is fast. It need not survive a crash of the
/// machine. Commits do survive a crash of the server, because it writes before it answers.
const SETTINGS: [&str; 6] = [
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=100",
    "shared_buffers=16MB",
    "log_min_messages=warning",
];

/// How often to poll it while it starts or exits.
const POLL: Duration = Duration::from_millis(10);

/// How long it may take to exit before it is killed.
const END: Duration = Duration::from_secs(10);

/// A running PostgreSQL with one empty database. Dropping it stops the server and deletes the data.
#[derive(Debug)]
pub struct Postgres {
    // Before the folder, so that it is gone when its files go.
    running: Option<Running>,
    programs: Programs,
    owner: Option<Owner>,
    folder: TempDir,
}

/// The server's process. It ends when this is dropped.
#[derive(Debug)]
struct Running(Child);

/// The two programs that are needed.
#[derive(Debug, PartialEq, Eq)]
struct Programs {
    initdb: PathBuf,
    postgres: PathBuf,
}

/// A user of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owner {
    uid: u32,
    gid: u32,
}

// === impl Postgres ===

impl Postgres {
    /// Starts one, as the user `postgres` with no password.
    pub async fn start() -> Self {
        let programs = Programs::find(&path(), Path::new(DEBIAN));
        let mut postgres = Self {
            running: None,
            programs: programs.expect(
                "these tests start PostgreSQL: install Debian's package postgresql, \
                 or another with initdb and postgres in PATH",
            ),
            owner: geteuid().is_root().then(Owner::find),
            folder: TempDir::new().expect("a temporary folder"),
        };
        postgres.make_database().await;
        postgres.start_again().await;
        postgres
    }

    /// Where it listens. The same after a restart.
    pub fn url(&self) -> String {
        let folder = self.folder.path().display();
        format!("postgres:///postgres?host={folder}&user=postgres")
    }

    /// Stops it the way a crash would: connections break, and nothing is cleaned up.
    pub async fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.crash();
            let ended = patiently("PostgreSQL to end", running.0.wait()).await;
            ended.expect("it can be waited for");
        }
    }

    /// Starts it with its existing data and waits until it serves.
    pub async fn start_again(&mut self) {
        self.stop().await;
        let log = self.folder.path().join("log");
        let log_file = fs::File::create(&log).expect("its log can be written");
        let mut command = self.command(&self.programs.postgres);
        command.arg("-D").arg(self.data());
        command.arg("-k").arg(self.folder.path());
        command.args(SETTINGS.iter().flat_map(|setting| ["-c", *setting]));
        let spawned = command.stderr(log_file).spawn();
        let mut running = Running(spawned.expect("postgres can be started"));
        let starting = async {
            while !self.is_ready() {
                let ended = running.0.try_wait().expect("it can be waited for");
                if let Some(status) = ended {
                    let log = fs::read_to_string(&log).unwrap_or_default();
                    panic!("PostgreSQL ended before it served ({status}):\n{log}");
                }
                sleep(POLL).await;
            }
        };
        patiently("PostgreSQL to serve", starting).await;
        self.running = Some(running);
    }

    async fn make_database(&self) {
        if let Some(Owner { uid, gid }) = self.owner {
            chown(self.folder.path(), Some(uid), Some(gid)).expect("root may give its folder away");
            open_null_to_all();
        }
        let mut command = self.command(&self.programs.initdb);
        command.arg("-D").arg(self.data());
        command.args(["--username=postgres", "--auth=trust"]);
        command.args(["--encoding=UTF8", "--no-locale", "--no-sync"]);
        let output = command.stderr(Stdio::piped()).output();
        let output = patiently("initdb", output).await;
        let Output { status, stderr, .. } = output.expect("initdb can be started");
        let stderr = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "initdb failed ({status}):\n{stderr}");
    }

    /// A program that runs in the folder, as its owner.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        if let Some(Owner { uid, gid }) = self.owner {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Whether it takes connections. Source: PostgreSQL's `miscadmin.h`, `LOCK_FILE_LINE_PM_STATUS`, which its own
    /// `pg_ctl` reads.
    fn is_ready(&self) -> bool {
        let status = fs::read_to_string(self.data().join("postmaster.pid"));
        let status = status.unwrap_or_default();
        status.lines().nth(7).map(str::trim) == Some("ready")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }
}

// === impl Running ===

impl Running {
    /// "Immediate shutdown": it ends its workers, which SIGKILL would leave behind.
    fn crash(&self) {
        let id = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = id.and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::QUIT);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.crash();
        let patience = Instant::now() + END;
        while let Ok(None) = self.0.try_wait()
            && Instant::now() < patience
        {
            thread::sleep(POLL);
        }
    }
}

// === impl Programs ===

impl Programs {
    /// Those of the first folder that has both, or else the newest of Debian's.
    fn find(folders: &[PathBuf], debian: &Path) -> Option<Self> {
        let found = folders.iter().find_map(|folder| Self::within(folder));
        found.or_else(|| {
            let versions = fs::read_dir(debian).ok()?.flatten();
            let numbered = versions.filter_map(|version| {
                let number: u32 = version.file_name().to_str()?.parse().ok()?;
                Some((number, Self::within(&version.path().join("bin"))?))
            });
            let newest = numbered.max_by_key(|(number, _)| *number);
            newest.map(|(_, programs)| programs)
        })
    }

    fn within(folder: &Path) -> Option<Self> {
        let (initdb, postgres) = (folder.join("initdb"), folder.join("postgres"));
        (initdb.is_file() && postgres.is_file()).then_some(Self { initdb, postgres })
    }
}

// === impl Owner ===

impl Owner {
    fn find() -> Self {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let owner = OWNERS.iter().find_map(|name| Self::named(name, &users));
        owner.expect("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
    }

    /// Source: passwd(5).
    fn named(name: &str, users: &str) -> Option<Self> {
        users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [own, _, uid, gid, ..] = fields[..] else {
                return None;
            };
            let (uid, gid) = (uid.parse().ok()?, gid.parse().ok()?);
            (own == name).then_some(Self { uid, gid })
        })
    }
}

/// In some fresh containers only root may write to [`NULL`], and `initdb`, which does not run as root, fails. This
/// restores the mode that it has on every other machine.
fn open_null_to_all() {
    let mode = fs::metadata(NULL).map(|null| null.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o222 != 0o222) {
        // If even root may not, initdb reports what is wrong.
        let _ = fs::set_permissions(NULL, fs::Permissions::from_mode(0o666));
    }
}

fn path() -> Vec<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests;
