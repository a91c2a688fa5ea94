//! A process that the benchmark started: where it listens, what memory it holds, and its end.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long a process may take to listen.
const START: Duration = Duration::from_mins(1);

/// How long a process may take to exit when asked to.
const END: Duration = Duration::from_secs(2);

/// How often to poll a process that is starting or exiting.
const POLL: Duration = Duration::from_millis(10);

/// The words before a process's address on its standard output.
const ANNOUNCEMENT: &str = "listening on http://";

/// A running process. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Whether its workers are in a group of its own, and end with it even if it does not end them.
    leads: bool,
    /// Open as long as we run: an upstream ends when it closes, even if we are killed.
    _stdin: Option<ChildStdin>,
}

/// Why a process cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("{0} does not start: {1}")]
    Spawn(String, io::Error),
    #[error("{0} ended before it listened ({1})")]
    Ended(String, ExitStatus),
    #[error("{0} did not listen within {START:?}")]
    Silent(String),
    #[error("{0} failed ({1}): {2}")]
    Failed(String, ExitStatus, String),
    #[error("the gateway is not built: `make build` builds it")]
    NotBuilt,
    #[error("{0}")]
    Io(#[from] io::Error),
}

// === impl Process ===

impl Process {
    /// Starts a program that prints its address on standard output.
    ///
    /// # Errors
    /// If it does not start, exits, or prints nothing.
    pub(super) fn announced(mut command: Command) -> Result<(Self, SocketAddr), ProcessError> {
        let name = name(&command);
        command.stdout(Stdio::piped());
        let mut process = Self::spawn(command)?;
        let (tell, told) = mpsc::channel();
        if let Some(stdout) = process.child.stdout.take() {
            thread::spawn(move || {
                let lines = BufReader::new(stdout).lines();
                // Read to the end, whatever comes: a full pipe would stop the process.
                for line in lines.map_while(Result::ok) {
                    if let Some(address) = announcement(&line) {
                        let _ = tell.send(address);
                    }
                }
            });
        }
        match told.recv_timeout(START) {
            Ok(address) => Ok((process, address)),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(ProcessError::Silent(name)),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(ProcessError::Ended(name, process.child.wait()?)),
        }
    }

    /// Starts a program that has been told where to listen.
    ///
    /// # Errors
    /// If it does not start, exits, or refuses connections.
    pub(super) fn listening(command: Command, address: SocketAddr) -> Result<Self, ProcessError> {
        let name = name(&command);
        let mut process = Self::spawn(command)?;
        let patience = Instant::now() + START;
        while TcpStream::connect(address).is_err() {
            if let Some(status) = process.child.try_wait()? {
                return Err(ProcessError::Ended(name, status));
            }
            if Instant::now() > patience {
                return Err(ProcessError::Silent(name));
            }
            thread::sleep(POLL);
        }
        Ok(process)
    }

    /// Starts a program with all that it starts in a group of their own.
    ///
    /// # Errors
    /// If it does not start.
    pub(super) fn leading(mut command: Command) -> Result<Self, ProcessError> {
        command.process_group(0);
        let mut process = Self::spawn(command)?;
        process.leads = true;
        Ok(process)
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    fn spawn(mut command: Command) -> Result<Self, ProcessError> {
        command.stdin(Stdio::piped());
        let spawned = command.spawn();
        let mut child = spawned.map_err(|error| ProcessError::Spawn(name(&command), error))?;
        let stdin = child.stdin.take();
        Ok(Self {
            child,
            leads: false,
            _stdin: stdin,
        })
    }

    fn signal(&self, signal: Signal) {
        let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else {
            return;
        };
        // Refused if nobody is there any more, which is what is wanted.
        let _ = if self.leads {
            kill_process_group(pid, signal)
        } else {
            kill_process(pid, signal)
        };
    }

    /// Whether it ends in time.
    fn ends(&mut self) -> bool {
        let patience = Instant::now() + END;
        while Instant::now() < patience {
            if self.ended().is_some() {
                return true;
            }
            thread::sleep(POLL);
        }
        false
    }

    /// The memory that the process and its workers hold, in bytes; `None` where there is no `/proc`.
    ///
    /// Source: `VmRSS` in proc(5).
    pub(super) fn resident_bytes(&self) -> Option<u64> {
        resident_bytes(self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Asked first, because nginx's master ends its worker only then.
        self.signal(Signal::TERM);
        if !self.ends() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if self.leads {
            self.signal(Signal::KILL);
        }
    }
}

/// Runs a program to its end and returns its output.
///
/// # Errors
/// If it does not start or fails.
pub(super) fn output(mut command: Command) -> Result<String, ProcessError> {
    let name = name(&command);
    let output = command
        .output()
        .map_err(|error| ProcessError::Spawn(name.clone(), error))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let complaint = text(&output.stderr);
    Err(ProcessError::Failed(name, output.status, complaint))
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn announcement(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.split_once(ANNOUNCEMENT)?;
    address.split_whitespace().next()?.parse().ok()
}

fn resident_bytes(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    // Absent from some kernels; then there is only the process itself.
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children = children.unwrap_or_default();
    let workers = children
        .split_whitespace()
        .filter_map(|pid| resident_bytes(pid.parse().ok()?));
    Some(kib * 1024 + workers.sum::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_the_line_that_announces_it() {
        let line = "jackfield is listening on http://127.0.0.1:8080";
        assert_eq!(announcement(line), "127.0.0.1:8080".parse().ok());
        assert_eq!(announcement("  curl -s http://127.0.0.1:8080/v1"), None);
    }

    #[test]
    fn a_program_that_ends_before_it_listens_is_named() {
        let error = Process::announced(Command::new("true")).unwrap_err();
        assert!(matches!(error, ProcessError::Ended(name, _) if name == "true"));
        let error = Process::announced(Command::new("/none")).unwrap_err();
        assert!(matches!(error, ProcessError::Spawn(name, _) if name == "/none"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_a_leader_started_ends_with_it() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' TERM; sleep 60 & echo $!; wait"])
            .stdout(Stdio::piped());
        let mut process = Process::leading(command).unwrap();
        let mut line = String::new();
        let stdout = process.child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let worker: u32 = line.trim().parse().unwrap();
        assert!(resident_bytes(worker).is_some());
        drop(process);
        // Whoever inherits it takes note of its end a moment later.
        let patience = Instant::now() + END;
        while resident_bytes(worker).is_some() && Instant::now() < patience {
            thread::sleep(POLL);
        }
        assert_eq!(resident_bytes(worker), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_running_process_holds_memory_and_one_that_is_not_there_none() {
        let process = Process::spawn(Command::new("cat")).unwrap();
        let child = process.resident_bytes().unwrap();
        assert!(child > 0);
        assert_eq!(resident_bytes(u32::MAX), None);
    }
}
