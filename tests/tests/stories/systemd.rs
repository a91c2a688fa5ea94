//! The program under a service manager: what it is told, where it keeps its state, and how it is asked for its health.

use std::collections::BTreeSet;
use std::fs;

use jackfield_tests::gateway::{Launch, Process};
use jackfield_tests::patience::patiently;
use tempfile::TempDir;
use tokio::net::UnixDatagram;

const CONFIG: &str = "providers:\n  e: { adapter: echo }\n";

/// The service manager's end of the socket on which it is notified (`sd_notify`).
struct Manager {
    socket: UnixDatagram,
    folder: TempDir,
}

// === impl Manager ===

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        Self { socket, folder }
    }

    fn address(&self) -> String {
        self.folder.path().join("notify").to_str().unwrap().to_owned()
    }

    /// The next message with this line.
    async fn told(&self, line: &str) -> String {
        self.told_if(line, |told| told == line).await
    }

    /// The next message that says a change was rejected.
    async fn told_of_a_rejection(&self) -> String {
        self.told_if("a rejection", |told| told.contains("rejected")).await
    }

    async fn told_if(&self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        patiently(what, async {
            loop {
                let mut message = [0; 1024];
                let length = self.socket.recv(&mut message).await.unwrap();
                let message = String::from_utf8_lossy(&message[..length]).into_owned();
                if message.lines().any(&is_it) {
                    return message;
                }
            }
        })
        .await
    }
}

#[tokio::test]
async fn the_manager_is_told_when_it_serves_reloads_and_stops() {
    let manager = Manager::new();
    let address = manager.address();
    let launch = Launch {
        variables: &[("NOTIFY_SOCKET", &address), ("WATCHDOG_USEC", "200000")],
        ..Launch::default()
    };
    let mut gateway = Process::start_as(CONFIG, launch).await;
    let ready = manager.told("READY=1").await;
    assert!(ready.contains("STATUS=serving on 127.0.0.1:"), "{ready}");
    manager.told("WATCHDOG=1").await;
    gateway.hang_up();
    let reloading = manager.told("RELOADING=1").await;
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    manager.told("READY=1").await;
    gateway.put_config("providers: { e: { adapter: echo, zebra: 1 } }\n");
    gateway.hang_up();
    let rejected = manager.told_of_a_rejection().await;
    assert!(rejected.contains("zebra: is not a known key"), "{rejected}");
    gateway.terminate();
    manager.told("STOPPING=1").await;
    assert!(gateway.ended().await.success());
}

#[tokio::test]
async fn what_is_written_is_in_the_state_directory_and_no_home_is_needed() {
    let state = tempfile::tempdir().unwrap();
    let launch = Launch {
        variables: &[
            ("STATE_DIRECTORY", state.path().to_str().unwrap()),
            ("HOME", ""),
            ("XDG_CACHE_HOME", ""),
        ],
        ..Launch::default()
    };
    let config = format!("{CONFIG}storage: {{ url: \"sqlite:jackfield.db\" }}\n");
    let mut gateway = Process::start_as(&config, launch).await;
    let names = |folder| -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names(gateway.config_dir()), BTreeSet::from(["config.yaml".to_owned()]));
    let kept = names(state.path().to_owned());
    for name in ["cache", "jackfield.db", "jackfield.journal", "serving.json"] {
        assert!(kept.contains(name), "{kept:?}");
    }
    gateway.terminate();
    assert!(gateway.ended().await.success());
}

#[tokio::test]
async fn the_program_itself_asks_for_its_health() {
    let gateway = Process::start(CONFIG).await;
    let address = gateway.url().strip_prefix("http://").unwrap();
    for further in [&[][..], &["--ready"]] {
        let arguments = [&["health", "--listen", address], further].concat();
        assert_eq!(gateway.run(&arguments).await, "");
    }
}

#[tokio::test]
async fn it_is_well_where_it_serves_whatever_was_written_into_its_files_since() {
    let state = tempfile::tempdir().unwrap();
    let variables = [("STATE_DIRECTORY", state.path().to_str().unwrap())];
    let launch = Launch {
        variables: &variables,
        ..Launch::default()
    };
    let mut gateway = Process::start_as(CONFIG, launch).await;
    for edit in ["server: { listen: \"127.0.0.1:9\" }\n", "server: { lsten: 1 }\n"] {
        gateway.put_config(&format!("{CONFIG}{edit}"));
        let health = gateway.outcome(&["health"], &variables).await;
        assert_eq!(health, (Some(0), String::new()), "{edit}");
    }
    gateway.kill().await;
    let (code, words) = gateway.outcome(&["health"], &variables).await;
    assert_eq!(code, Some(1));
    assert!(words.contains("does not answer: Connection refused"), "{words}");
}

#[tokio::test]
async fn a_database_that_is_away_is_no_fault_of_the_configuration() {
    let config = format!("{CONFIG}storage: {{ url: \"postgres://u:p@127.0.0.1:9/d\" }}\n");
    let (words, code) = Process::refusal(&config, "127.0.0.1:0").await;
    assert!(words.contains("storage.url: the database is not available"), "{words}");
    assert_eq!(code, Some(69));
    let (_, code) = Process::refusal(&config.replace("echo", "ehco: 1, x"), "127.0.0.1:0").await;
    assert_eq!(code, Some(78));
}

#[tokio::test]
async fn a_backup_is_taken_while_it_serves() {
    let gateway = Process::start(&format!(
        "{CONFIG}storage: {{ url: \"sqlite:jackfield.db\" }}\nplans: {{ free: {{ tiers: [free] }} }}\n"
    ))
    .await;
    gateway.run(&["user", "add", "ada", "--plan", "free"]).await;
    let file = gateway.config_dir().join("copy.db");
    let said = gateway.run(&["backup", file.to_str().unwrap()]).await;
    assert!(said.ends_with("bytes, checked\n"), "{said}");
    assert!(fs::metadata(file).unwrap().len() > 4096);
}
