//! A throwaway PostgreSQL server for the tests of one process, with a separate database per test.

use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AnyConnection, Connection, Executor};

/// Runs a server in its own folder, prints where it listens, and removes everything when its standard input closes,
/// which happens however the tests end. It listens only on a socket in that folder.
const SCRIPT: &str = r#"
trap '' INT TERM
folder=$(mktemp -d) || exit 1
cd "$folder"
"$1/initdb" --pgdata=data --username=test --auth=trust --no-sync >log 2>&1 &&
"$1/pg_ctl" --pgdata=data --log=log --wait --silent \
    --options="-k $folder -c listen_addresses= -c fsync=off -c max_connections=200" start >>log 2>&1 ||
    { cat log >&2; rm -rf "$folder"; exit 1; }
echo "$folder"
read -r _
"$1/pg_ctl" --pgdata=data --mode=immediate --silent stop >>log 2>&1
cd / && rm -rf "$folder"
"#;

/// The advice if PostgreSQL is not installed.
const MISSING: &str = "these tests need PostgreSQL's initdb and pg_ctl in the PATH or in \
    /usr/lib/postgresql/*/bin: apt-get install postgresql";

/// A server. Its process ends when this process does.
struct Server {
    folder: String,
    _process: Child,
    _output: BufReader<ChildStdout>,
}

/// The URL of a new, empty database.
pub(crate) async fn database() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(Server::start);
    let name = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&server.url("postgres")).await.unwrap();
    let create = format!("CREATE DATABASE {name}");
    connection.execute(create.as_str()).await.unwrap();
    connection.close().await.unwrap();
    server.url(&name)
}

// === impl Server ===

impl Server {
    fn start() -> Self {
        let mut command = shell();
        command.args(["-c", SCRIPT, "sh"]).arg(programs());
        let mut process = command
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut folder = String::new();
        output.read_line(&mut folder).unwrap();
        assert!(!folder.is_empty(), "PostgreSQL did not start; see above");
        Self {
            folder: folder.trim().to_owned(),
            _process: process,
            _output: output,
        }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=test", self.folder)
    }
}

/// A shell that is not root's, because PostgreSQL refuses to run as root.
fn shell() -> Command {
    let root = Command::new("id").arg("-u").output().unwrap();
    if root.stdout != b"0\n" {
        return Command::new("sh");
    }
    open_null_to_all();
    let has_user = Command::new("id").arg("postgres").output().unwrap();
    let user = if has_user.status.success() {
        "postgres"
    } else {
        "nobody"
    };
    let mut command = Command::new("runuser");
    command.args(["-u", user, "--", "sh"]);
    command
}

/// In some fresh containers only root can write to `/dev/null`, and `initdb`, whose children do so, fails as another
/// user. This restores the usual mode.
fn open_null_to_all() {
    let mode = std::fs::metadata("/dev/null").map(|null| null.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o222 != 0o222) {
        // If even root may not change it, initdb reports the problem.
        let _ = std::fs::set_permissions("/dev/null", Permissions::from_mode(0o666));
    }
}

/// The folder of PostgreSQL's programs: Debian keeps them out of the PATH.
fn programs() -> PathBuf {
    let path = Command::new("sh").args(["-c", "command -v initdb"]).output();
    let path = path.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let in_path = path.ok().map(PathBuf::from);
    let in_path = in_path.and_then(|initdb| Some(initdb.parent()?.to_owned()));
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = versions.flatten().map(|version| version.path().join("bin"));
    let found = in_path.into_iter().chain(debian);
    let mut found = found.filter(|folder| folder.join("initdb").is_file());
    found.next().expect(MISSING)
}
