//! The gateway as operators run it: the built program, in a process of its own, over the files of a test.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry, File, OpenOptions};
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::process::{ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::sleep;

use super::files;
use crate::client::Client;
use crate::patience::patiently;

/// The words before the address on its standard output.
const ANNOUNCEMENT: &str = "listening on http://";

/// A free port on loopback.
const LOOPBACK: &str = "127.0.0.1:0";

/// The file of its log, in a folder that nothing is read from: the gateway looks at each change beside its configuration.
const LOG: &str = "logs/gateway";

/// The rest between two looks at its log.
const LOOKS_AGAIN: Duration = Duration::from_millis(5);

/// What is wrong if it cannot be run.
const BUILT: &str = "`jackfield` is built beside this test";

/// A running `jackfield serve`. It is killed when this is dropped.
pub struct Process {
    child: Child,
    url: String,
    folder: Arc<TempDir>,
    /// Kept open, because a log that cannot be written is another story.
    log: Option<Lines<BufReader<ChildStderr>>>,
}

/// How it is started, besides its configuration.
#[derive(Clone, Copy)]
pub struct Launch<'a> {
    /// Where it listens, unless a socket is handed over.
    pub listen: &'a str,
    /// The listener that it gets, as from a service manager (`sd_listen_fds`).
    pub socket: Option<&'a TcpListener>,
    /// Variables of its environment.
    pub variables: &'a [(&'a str, &'a str)],
}

// === impl Launch ===

impl Default for Launch<'_> {
    fn default() -> Self {
        Self {
            listen: LOOPBACK,
            socket: None,
            variables: &[],
        }
    }
}

// === impl Process ===

impl Process {
    /// Starts it with this configuration, as [`Gateway::start`](super::Gateway::start) does.
    pub async fn start(config: &str) -> Self {
        Self::start_as(config, Launch::default()).await
    }

    /// The same, started in this way.
    pub async fn start_as(config: &str, launch: Launch<'_>) -> Self {
        Self::start_over(Arc::new(files::folder(config)), launch).await
    }

    /// Another one over the same files, while this one runs.
    pub async fn successor(&self, launch: Launch<'_>) -> Self {
        Self::start_over(Arc::clone(&self.folder), launch).await
    }

    async fn start_over(folder: Arc<TempDir>, launch: Launch<'_>) -> Self {
        let (child, url) = serve(&folder, launch).await;
        Self {
            child,
            url,
            folder,
            log: None,
        }
    }

    /// Starts it, sends SIGHUP while it starts, and waits until it serves.
    pub async fn start_with_hang_up(config: &str) -> Self {
        let folder = Arc::new(files::folder(config));
        let mut child = command(&folder, Launch::default())
            .stderr(Stdio::piped())
            .spawn()
            .expect(BUILT);
        let stderr = child.stderr.take().expect("its log is piped");
        let mut log = BufReader::new(stderr).lines();
        // Logged after the first thing that a start does, and before plugins are loaded.
        while let Some(line) = patiently("the first lines of the log", log.next_line())
            .await
            .expect("its log")
        {
            if line.contains("descriptors") {
                break;
            }
        }
        let mut started = Self {
            child,
            url: String::new(),
            folder,
            log: None,
        };
        started.hang_up();
        started.url = announced(&mut started.child).await;
        started.log = Some(log);
        started
    }

    /// What it says on stderr when it cannot start listening on this address, and its exit code.
    pub async fn refusal(config: &str, listen: &str) -> (String, Option<i32>) {
        let folder = files::folder(config);
        let launch = Launch {
            listen,
            ..Launch::default()
        };
        let output = command(&folder, launch).stderr(Stdio::piped()).output();
        let output = patiently("the program to end", output).await.expect(BUILT);
        (
            String::from_utf8_lossy(&output.stderr).into_owned(),
            output.status.code(),
        )
    }

    /// Starts it again over the same files, on another port. If it still runs, it is killed first.
    pub async fn start_again(&mut self) {
        self.kill().await;
        (self.child, self.url) = serve(&self.folder, Launch::default()).await;
    }

    /// Kills it as the kernel does when memory runs out: it can do nothing more.
    pub async fn kill(&mut self) {
        let killed = patiently("the program to die", self.child.kill()).await;
        killed.expect("it can be killed");
    }

    /// Runs another command, such as `["user", "list"]`, with the same configuration and returns its output.
    pub async fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments, &[]).await;
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).expect("its output is UTF-8")
    }

    /// The exit code of another command with the same configuration and these variables, and what it says on stderr.
    pub async fn outcome(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let output = self.output(arguments, variables).await;
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), complaint)
    }

    async fn output(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments).arg("--config").arg(self.config_dir());
        command.envs(variables.iter().copied()).kill_on_drop(true);
        let output = patiently("a command to end", command.output()).await;
        output.expect("`jackfield` is built beside this test")
    }

    /// The folder of its configuration, with one file, `config.yaml`.
    pub fn config_dir(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// Its address, without a path.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::new(self.url.clone())
    }

    /// Replaces its configuration as an editor does.
    pub fn put_config(&self, config: &str) {
        let place = self.config_dir().join("config.yaml");
        files::put(&place, files::completed(config).as_bytes());
    }

    /// Its resident memory in bytes: `VmRSS` in proc(5).
    pub fn resident_bytes(&self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// Its threads that serve connections, in their order: their ids.
    pub fn workers(&self) -> Vec<String> {
        let folder = format!("/proc/{}/task", self.pid().as_raw_nonzero());
        let threads = fs::read_dir(folder).expect("the process is ours").flatten();
        let name = |thread: &DirEntry| fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        let named = threads.map(|thread| (name(&thread), thread.file_name().to_string_lossy().into_owned()));
        let workers: BTreeMap<String, String> = named.filter(|(name, _)| name.starts_with("worker-")).collect();
        workers.into_values().collect()
    }

    /// The most that it had since [`Self::forget_peak`]: `VmHWM` in proc(5).
    pub fn peak_bytes(&self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    /// Makes what it has now the most that it had (`clear_refs` in proc(5)).
    pub fn forget_peak(&self) {
        let file = format!("/proc/{}/clear_refs", self.pid().as_raw_nonzero());
        fs::write(file, "5").expect("the process is ours");
    }

    fn status_bytes(&self, name: &str) -> u64 {
        let file = format!("/proc/{}/status", self.pid().as_raw_nonzero());
        let status = fs::read_to_string(file).expect("the process lives");
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kilobytes: u64 = kilobytes.and_then(|n| n.parse().ok()).expect("a number");
        kilobytes * 1024
    }

    /// The lines of its log, once these words are among them: it writes them a moment after they were said.
    pub async fn logged(&self, words: &str) -> String {
        patiently(words, async {
            loop {
                let lines = self.lines();
                if lines.contains(words) {
                    return lines;
                }
                sleep(LOOKS_AGAIN).await;
            }
        })
        .await
    }

    /// The lines that are in its log so far. What is only half written is not one yet.
    fn lines(&self) -> String {
        let mut log = fs::read(self.folder.path().join(LOG)).expect("its log can be read");
        let end = log.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        log.truncate(end);
        String::from_utf8(log).expect("its log is UTF-8")
    }

    /// Reloads, as `kill -HUP` does.
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// Begins to shut down, as `kill` does.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Its exit status.
    pub async fn ended(&mut self) -> ExitStatus {
        let ended = patiently("the program to end", self.child.wait()).await;
        ended.expect("it can be waited for")
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("the process lives");
    }

    /// The number of the process.
    pub fn pid(&self) -> Pid {
        let id = self.child.id().expect("the process lives");
        Pid::from_raw(i32::try_from(id).expect("a process's id")).expect("no id is zero")
    }
}

/// Starts serving these files and waits until it prints its address.
async fn serve(folder: &TempDir, launch: Launch<'_>) -> (Child, String) {
    let mut child = command(folder, launch).spawn().expect(BUILT);
    let url = announced(&mut child).await;
    (child, url)
}

fn command(folder: &TempDir, launch: Launch<'_>) -> Command {
    let mut command = Command::new(program());
    command
        .arg("serve")
        .arg("--config")
        .arg(folder.path().join("config"))
        .arg("--plugins")
        .arg(folder.path().join("plugins"))
        .args(["--listen", launch.listen])
        .env("XDG_CACHE_HOME", files::root().join("target/test-code"))
        .envs(launch.variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(log(folder))
        .kill_on_drop(true);
    if let Some(socket) = launch.socket {
        fcntl_setfd(socket, FdFlags::empty()).expect("a socket that children inherit");
        let number = socket.as_raw_fd().to_string();
        command.envs([("LISTEN_FDS", "1"), ("LISTEN_FDS_FIRST_FD", &number)]);
    }
    command
}

/// Where it logs to; a second start goes on in the same file.
fn log(folder: &TempDir) -> File {
    let file = folder.path().join(LOG);
    let parent = file.parent().expect("it is in a folder");
    fs::create_dir_all(parent).expect("a writable folder");
    let opened = OpenOptions::new().create(true).append(true).open(file);
    opened.expect("a file for its log")
}

/// The URL that it prints once it serves.
async fn announced(child: &mut Child) -> String {
    let stdout = child.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(stdout).lines();
    let line = patiently("the program to listen", lines.next_line()).await;
    let line = line.expect("its output").unwrap_or_default();
    let address = line.split(ANNOUNCEMENT).nth(1);
    let address = address.unwrap_or_else(|| panic!("it does not listen: {line:?}"));
    format!("http://{address}")
}

/// The program that cargo built beside this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    // target/PROFILE/deps/TEST, or target/PROFILE/PROGRAM.
    let folders = test.ancestors().skip(1).take(2);
    let found = folders
        .map(|folder| folder.join("jackfield"))
        .find(|file| file.exists());
    found.expect(BUILT)
}
