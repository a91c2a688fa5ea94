//! The gateway under test: the real host in this process, with its own port and its own files.

mod files;
mod logs;
mod process;

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};

use jackfield_config::Environment;
use jackfield_gateway::{App, Places, Reload};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::files::{built_plugin, install_adapters, put};
pub use self::process::{Launch, Process};

use self::files::completed;
use crate::client::Client;
use crate::patience::patiently;

/// The price of a free model, which a configuration must state.
pub const FREE: &str = "pricing: { input_per_million: 0, output_per_million: 0 }";

/// A free port on loopback.
const LOOPBACK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// A running gateway. It is stopped when this is dropped.
pub struct Gateway {
    address: SocketAddr,
    operators: Option<SocketAddr>,
    scrapers: Option<SocketAddr>,
    folder: TempDir,
    changes: watch::Receiver<u64>,
    reload: Reload,
    stop: CancellationToken,
    serving: TaskTracker,
}

/// An environment that contains only what a test sets.
struct Variables(BTreeMap<String, String>);

// === impl Gateway ===

impl Gateway {
    /// Starts one with this configuration. The adapters that the configuration names are put into its plugins
    /// folder; without a `server` section, authentication is off. Operators have a listener of their own.
    pub async fn start(config: &str) -> Self {
        Self::start_with(config, &[]).await
    }

    /// The same with environment variables.
    pub async fn start_with(config: &str, variables: &[(&str, &str)]) -> Self {
        let folder = files::folder(config);
        let places = places(&folder, "config", "plugins", variables);
        Self::serve(folder, places, LOOPBACK, Some(LOOPBACK)).await
    }

    /// The same with a cache of compiled code that no other has: `code` in [`Self::folder`].
    pub async fn start_with_own_cache(config: &str) -> Self {
        let folder = files::folder(config);
        let places = Places {
            code_cache: Some(folder.path().join("code")),
            shipped_code: None,
            ..places(&folder, "config", "plugins", &[])
        };
        Self::serve(folder, places, LOOPBACK, Some(LOOPBACK)).await
    }

    /// The same with one listener, for clients and operators, on a free port on loopback.
    pub async fn start_without_operators(config: &str) -> Self {
        Self::start_on(LOOPBACK, config).await
    }

    /// The same with one listener, on this address.
    pub async fn start_on(listen: SocketAddr, config: &str) -> Self {
        let folder = files::folder(config);
        let places = Places {
            listen: Some(listen),
            ..places(&folder, "config", "plugins", &[])
        };
        Self::serve(folder, places, listen, None).await
    }

    /// Starts one over files that the test has laid out itself: `config` and `plugins` are paths in `folder`.
    pub async fn start_in(folder: TempDir, config: &str, plugins: &str) -> Self {
        let places = places(&folder, config, plugins, &[]);
        Self::serve(folder, places, LOOPBACK, Some(LOOPBACK)).await
    }

    /// The error with which a gateway refuses to start with this configuration on this address.
    pub async fn refusal(config: &str, listen: SocketAddr) -> String {
        let folder = files::folder(config);
        let places = Places {
            listen: Some(listen),
            ..places(&folder, "config", "plugins", &[])
        };
        match App::start(places).await {
            Ok(_) => panic!("the gateway starts"),
            Err(error) => error.to_string(),
        }
    }

    /// The same with a listener of its own for scrapes, on this address, besides those for clients and operators.
    pub async fn start_with_scrapers(config: &str, scrapers: SocketAddr) -> Self {
        let folder = files::folder(config);
        let places = places(&folder, "config", "plugins", &[]);
        let app = start(places).await;
        let (listener, address) = listen(scrapers).await;
        let mut gateway = Self::run(app.with_scrapers(listener), folder, LOOPBACK, Some(LOOPBACK)).await;
        gateway.scrapers = Some(address);
        gateway
    }

    async fn serve(folder: TempDir, places: Places, public: SocketAddr, operators: Option<SocketAddr>) -> Self {
        Self::run(start(places).await, folder, public, operators).await
    }

    async fn run(app: App, folder: TempDir, public: SocketAddr, operators: Option<SocketAddr>) -> Self {
        let (listener, address) = listen(public).await;
        let operators = match operators {
            Some(address) => Some(listen(address).await),
            None => None,
        };
        let (operators, operators_address) = operators.unzip();
        let (stop, serving) = (CancellationToken::new(), TaskTracker::new());
        let (changes, reload) = (app.changes(), app.reload());
        let served = app.serve(listener, operators, stop.clone());
        serving.spawn(async move { served.await.expect("the gateway serves") });
        Self {
            address,
            operators: operators_address,
            scrapers: None,
            folder,
            changes,
            reload,
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

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A client of the operators' listener.
    pub fn operator(&self) -> Client {
        let operators = self.operators.expect("a gateway with operators");
        Client::new(format!("http://{operators}"))
    }

    /// Where scrapes are answered.
    pub fn scrape_address(&self) -> SocketAddr {
        self.scrapers.expect("a gateway with a listener for scrapes")
    }

    /// A client of the listener for scrapes.
    pub fn scraper(&self) -> Client {
        Client::new(format!("http://{}", self.scrape_address()))
    }

    /// The folder in which its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
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
        self.after(|gateway| {
            let file = gateway.config_dir().join("config.yaml");
            put(&file, completed(config).as_bytes());
        })
        .await;
    }

    /// Puts a built plugin into the plugins folder as NAME.wasm, and waits until the gateway has noticed.
    pub async fn install(&mut self, built: &str, name: &str) {
        let bytes = fs::read(built_plugin(built)).expect("a built plugin");
        self.put_plugin(name, &bytes).await;
    }

    /// Puts these bytes into the plugins folder as NAME.wasm, and waits until the gateway has noticed.
    pub async fn put_plugin(&mut self, name: &str, bytes: &[u8]) {
        let file = self.plugins_dir().join(format!("{name}.wasm"));
        self.after(|_| put(&file, bytes)).await;
    }

    /// Asks for a reload, as SIGHUP does, and waits for it.
    pub async fn reload(&mut self) {
        let reload = self.reload.clone();
        self.after(|_| reload.now()).await;
    }

    /// Changes files, and waits until the gateway has accepted or rejected them.
    pub async fn after(&mut self, change: impl FnOnce(&Self)) {
        self.changes.mark_unchanged();
        change(self);
        self.changed().await;
    }

    /// Waits until the gateway's snapshot is as it should be, checking after each change that it accepts or rejects.
    pub async fn until(&mut self, what: impl Fn(&Value) -> bool) -> Value {
        loop {
            self.changes.mark_unchanged();
            let snapshot = self.snapshot().await;
            if what(&snapshot) {
                return snapshot;
            }
            self.changed().await;
        }
    }

    async fn changed(&mut self) {
        patiently("a change to be noticed", self.changes.changed())
            .await
            .expect("it still runs");
    }

    /// The answer of `/admin/snapshot`.
    pub async fn snapshot(&self) -> Value {
        self.operator().get("/admin/snapshot").await.json()
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

async fn start(places: Places) -> App {
    logs::capture();
    let app = App::start(places).await;
    app.unwrap_or_else(|error| panic!("the gateway does not start:\n{error}"))
}

/// A listener and the address at which this machine reaches it.
async fn listen(on: SocketAddr) -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(on).await.expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    (listener, (Ipv4Addr::LOCALHOST, port).into())
}

fn places(folder: &TempDir, config: &str, plugins: &str, variables: &[(&str, &str)]) -> Places {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Places {
        config: folder.path().join(config),
        plugins_dir: Some(folder.path().join(plugins)),
        listen: None,
        code_cache: Some(files::root().join("target/test-code")),
        shipped_code: None,
        plugin_store: Some(folder.path().join("cache/plugins")),
        environment: Box::new(Variables(variables.iter().map(own).collect())),
        rehearsal: None,
    }
}
