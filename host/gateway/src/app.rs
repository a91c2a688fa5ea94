//! The whole gateway as a function of its parts: listeners, stop signal and reload handle come in from outside.

mod services;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::edge::{self, AdminAccess};
use crate::listen;
use crate::request::Gateway;
use crate::snapshot::{self, Builder, Current, Model, Reload};
use jackfield_accounting::ledger::JournalError;
use jackfield_accounting::limits;
use jackfield_accounting::store::StoreError;
use jackfield_config::{Environment, Faults};
use jackfield_sandbox::{CodeCache, Engine, LoadError, Ticker};
use services::Services;

/// Where the gateway finds its files.
pub struct Places {
    /// The folder or file of the configuration.
    pub config: PathBuf,
    /// Goes before the configuration's `plugins.dir`.
    pub plugins_dir: Option<PathBuf>,
    /// Goes before the configuration's `server.listen`.
    pub listen: Option<SocketAddr>,
    /// Where compiled plugins are kept; none: nowhere.
    pub code_cache: Option<PathBuf>,
    /// What `${env:…}` sees.
    pub environment: Box<dyn Environment + Send + Sync>,
}

/// A gateway that has read its files and can serve.
pub struct App {
    gateway: Arc<Gateway>,
    reload: Reload,
    watching: TaskTracker,
    stop_watching: CancellationToken,
    services: Services,
    _ticker: Ticker,
}

/// Why the gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration or a plugin is wrong.
    #[error("{0}")]
    Faults(#[from] Faults),
    /// The machine cannot run plugins.
    #[error("{0}")]
    Engine(#[from] LoadError),
    /// The database cannot be used.
    #[error("storage.url: {0}")]
    Store(#[from] StoreError),
    /// The ledger's journal cannot be kept.
    #[error("storage.journal: {0}")]
    Journal(#[from] JournalError),
    /// The address of the shared counters is none.
    #[error("limits.url: {0}")]
    Limits(#[from] limits::UrlError),
    /// The system gives no file notification.
    #[error("files cannot be watched: {0}")]
    Watch(#[from] notify::Error),
}

// === impl App ===

impl App {
    /// Reads and checks everything, and begins to watch it. Must be called within a runtime.
    ///
    /// # Errors
    /// [`StartError`]; at the start there is no older snapshot to go on with.
    pub async fn start(places: Places) -> Result<Self, StartError> {
        let engine = Engine::new()?;
        let ticker = Ticker::start(&engine);
        let builder = Arc::new(builder(engine, places));
        let first = builder.build(None)?;
        first.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        let (services, metering, sinks) = Services::open(&first.config).await?;
        let current = Arc::new(Current::new(first));
        services.follow(Arc::clone(&current), metering.limits.clone());
        let stop_watching = CancellationToken::new();
        let (reload, watch) = snapshot::watch(builder, Arc::clone(&current), stop_watching.clone())?;
        let watching = TaskTracker::new();
        watching.spawn(watch);
        Ok(Self {
            gateway: Gateway::new(current, services.directory.clone(), metering, sinks),
            reload,
            watching,
            stop_watching,
            services,
            _ticker: ticker,
        })
    }

    /// Counts up with each change of files that was accepted or rejected.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.gateway.current.changes()
    }

    /// The id of the first model that could answer now; none if every provider is off.
    #[must_use]
    pub fn first_live_model(&self) -> Option<Arc<str>> {
        let snapshot = self.gateway.current.load();
        let is_live = |model: &&Arc<Model>| model.chain.targets.iter().any(|target| target.provider.is_some());
        let model = snapshot.models.values().find(is_live)?;
        Some(Arc::clone(&model.id))
    }

    /// Asks for a reload by hand.
    #[must_use]
    pub fn reload(&self) -> Reload {
        self.reload.clone()
    }

    /// Serves clients on `public`, and operators on `admin` if it is given, else on `public` too. Returns when
    /// `stop` was cancelled and everything under way has ended.
    ///
    /// # Errors
    /// If a listener does not know its own address, or threads cannot be started.
    pub async fn serve(
        self,
        public: TcpListener,
        admin: Option<TcpListener>,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let access = access(&public)?;
        let router = edge::public(&self.gateway, admin.is_none().then_some(access));
        let serving = listen::serve(Arc::clone(&self.gateway), public, router, stop.clone());
        match admin {
            Some(admin) => {
                let router = edge::admin(&self.gateway, self::access(&admin)?);
                let operators = listen::serve(Arc::clone(&self.gateway), admin, router, stop);
                tokio::try_join!(serving, operators)?;
            }
            None => serving.await?,
        }
        self.stop_watching.cancel();
        self.watching.close();
        self.watching.wait().await;
        self.services.close().await;
        Ok(())
    }
}

/// What builds this gateway's snapshots; also what `jackfield check` uses.
#[must_use]
pub fn builder(engine: Engine, places: Places) -> Builder {
    Builder {
        engine,
        cache: open_cache(places.code_cache.as_deref()),
        config_path: places.config,
        plugins_dir: places.plugins_dir,
        listen: places.listen,
        environment: places.environment,
    }
}

fn open_cache(dir: Option<&Path>) -> CodeCache {
    let Some(dir) = dir else {
        return CodeCache::disabled();
    };
    CodeCache::open(dir).unwrap_or_else(|error| {
        tracing::warn!(dir = %dir.display(), "compiled plugins are not cached: {error}");
        CodeCache::disabled()
    })
}

fn access(listener: &TcpListener) -> io::Result<AdminAccess> {
    let loopback = listener.local_addr()?.ip().is_loopback();
    Ok(if loopback {
        AdminAccess::Open
    } else {
        AdminAccess::Token
    })
}
