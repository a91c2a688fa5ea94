//! The gateway under test: the real host in this process, on a port of its own, over files of its own.

mod logs;

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jackfield::app::{App, Places};
use jackfield::config::Environment;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::client::Client;
use crate::patience::patiently;

/// Folders in which built plugins lie, below the repository's root.
const BUILT: [&str; 2] = ["target/plugins", "target/test-plugins"];

/// A running gateway. It is stopped when this is dropped.
pub struct Gateway {
    address: SocketAddr,
    folder: TempDir,
    changes: watch::Receiver<u64>,
    stop: CancellationToken,
    serving: TaskTracker,
}

/// No environment but what a test gives.
struct Variables(BTreeMap<String, String>);

// === impl Gateway ===

impl Gateway {
    /// Starts one with this configuration. The adapters that the configuration names are put into its plugins
    /// folder; without a `server` section, authentication is off.
    pub async fn start(config: &str) -> Self {
        Self::start_with(config, &[]).await
    }

    /// The same with environment variables.
    pub async fn start_with(config: &str, variables: &[(&str, &str)]) -> Self {
        logs::capture();
        let folder = tempfile::tempdir().expect("a folder for the gateway");
        fs::create_dir(folder.path().join("config")).expect("a config folder");
        fs::create_dir(folder.path().join("plugins")).expect("a plugins folder");
        for file in built_plugins() {
            let name = file
                .file_stem()
                .expect("a plugin's name")
                .to_string_lossy()
                .into_owned();
            if config.contains(&format!("adapter: {name}")) {
                install(&file, &folder.path().join("plugins"), &name);
            }
        }
        fs::write(
            folder.path().join("config/config.yaml"),
            with_server(config),
        )
        .expect("a config");
        Self::serve(folder, variables).await
    }

    async fn serve(folder: TempDir, variables: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let app = App::start(Places {
            config: folder.path().join("config"),
            plugins_dir: Some(folder.path().join("plugins")),
            listen: None,
            code_cache: Some(root().join("target/test-code")),
            environment: Box::new(Variables(variables.iter().map(own).collect())),
        });
        let app = app.unwrap_or_else(|error| panic!("the gateway does not start:\n{error}"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (stop, serving) = (CancellationToken::new(), TaskTracker::new());
        let changes = app.gateway().current.changes();
        let served = app.serve(listener, None, stop.clone());
        serving.spawn(async move { served.await.expect("the gateway serves") });
        Self {
            address,
            folder,
            changes,
            stop,
            serving,
        }
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::new(self.url())
    }

    /// Its address, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The folder of its configuration, with one file, `config.yaml`.
    pub fn config_dir(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// Its plugins folder.
    pub fn plugins_dir(&self) -> PathBuf {
        self.folder.path().join("plugins")
    }

    /// Replaces `config.yaml` as an editor does, by renaming a new file over it, and waits until the gateway has
    /// accepted or rejected it.
    pub async fn reconfigure(&mut self, config: &str) {
        self.after(|gateway| gateway.put("config/config.yaml", with_server(config).as_bytes()))
            .await;
    }

    /// Puts a built plugin into the plugins folder as NAME.wasm, and waits until the gateway has taken note.
    pub async fn install(&mut self, built: &str, name: &str) {
        let bytes = fs::read(built_plugin(built)).expect("a built plugin");
        self.put_plugin(name, &bytes).await;
    }

    /// Puts these bytes into the plugins folder as NAME.wasm, and waits until the gateway has taken note.
    pub async fn put_plugin(&mut self, name: &str, bytes: &[u8]) {
        self.after(|gateway| gateway.put(&format!("plugins/{name}.wasm"), bytes))
            .await;
    }

    /// Changes files, and waits until the gateway has accepted or rejected them.
    pub async fn after(&mut self, change: impl FnOnce(&Self)) {
        self.changes.mark_unchanged();
        change(self);
        patiently("a change to be noticed", self.changes.changed())
            .await
            .expect("it still runs");
    }

    /// Writes a file beside its place and renames it into it.
    pub fn put(&self, file: &str, bytes: &[u8]) {
        let place = self.folder.path().join(file);
        let beside = place.with_extension("new");
        fs::write(&beside, bytes).expect("a file");
        fs::rename(beside, place).expect("a rename");
    }

    /// What `/admin/snapshot` says.
    pub async fn snapshot(&self) -> Value {
        self.client().get("/admin/snapshot").await.json()
    }

    /// Begins to shut down, as SIGTERM does.
    pub fn shut_down(&self) {
        self.stop.cancel();
    }

    /// Waits until it has shut down.
    pub async fn ended(&self) {
        self.serving.close();
        patiently("the gateway to end", self.serving.wait()).await;
    }

    /// Everything that gateways in this process have logged so far.
    pub fn logs(&self) -> String {
        logs::captured()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Environment for Variables {
    fn var(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

fn with_server(config: &str) -> String {
    let has_server = config.lines().any(|line| line.starts_with("server:"));
    if has_server {
        config.to_owned()
    } else {
        format!("server: {{ auth: off }}\n{config}")
    }
}

/// The built plugin of that name.
pub fn built_plugin(name: &str) -> PathBuf {
    let file = format!("{name}.wasm");
    let found = built_plugins()
        .into_iter()
        .find(|path| path.ends_with(&file));
    found.unwrap_or_else(|| panic!("{file} is not built; run `make test`"))
}

fn built_plugins() -> Vec<PathBuf> {
    let entries = BUILT
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)));
    let files = entries.flatten().flatten().map(|entry| entry.path());
    files
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .collect()
}

fn install(file: &Path, folder: &Path, name: &str) {
    fs::copy(file, folder.join(format!("{name}.wasm"))).expect("a copy of the plugin");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the repository's root")
        .to_owned()
}
