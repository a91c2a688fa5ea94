//! The whole gateway as a function of its parts: listeners, stop signal and files are passed in.

mod retention;
mod services;
mod start_error;

use std::io;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::batches;
use crate::cache::Cache;
use crate::edge::{self, AdminAccess, Operators, OwnListener};
use crate::listen;
use crate::request::Gateway;
use crate::snapshot::{self, Builder, Current, Model, Rehearsal, Reload};
use crate::sources::{Store, Supply};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::sinks::RequestLog;
use crate::tls::Door;
use jackfield_config::{Config, Environment};
use jackfield_sandbox::{CodeCache, Engine, Ticker};
use services::Services;
pub use start_error::{Blame, StartError};

/// How long the first build may take. Many plugins may have to be compiled, each for seconds.
const LONGEST_START: Duration = Duration::from_mins(10);

/// How long a start waits for plugins that have to be fetched.
const LONGEST_FETCH: Duration = Duration::from_mins(1);

/// Where the gateway finds its files.
pub struct Places {
    /// The folder or file of the configuration.
    pub config: PathBuf,
    /// Overrides `plugins.dir` of the configuration.
    pub plugins_dir: Option<PathBuf>,
    /// Overrides `server.listen` of the configuration.
    pub listen: Option<SocketAddr>,
    /// Where compiled plugins are cached; if `None`, they are not cached.
    pub code_cache: Option<PathBuf>,
    /// Where compiled plugins are found besides, such as those of an image; only read.
    pub shipped_code: Option<PathBuf>,
    /// Where plugins are kept that were fetched or in force; if `None`, only in memory.
    pub plugin_store: Option<PathBuf>,
    /// Resolves `${env:…}`.
    pub environment: Box<dyn Environment + Send + Sync>,
    /// Changes each configuration that was read: for rehearsals, which are to reach nobody. `None` leaves it as it is.
    pub rehearsal: Option<Rehearsal>,
}

/// A gateway that has loaded its files and is ready to serve.
pub struct App {
    gateway: Arc<Gateway>,
    builder: Arc<Builder>,
    reload: Reload,
    watching: TaskTracker,
    stop_watching: CancellationToken,
    services: Services,
    scrapers: Option<TcpListener>,
    batches: Option<batches::Running>,
    _ticker: Ticker,
}

// === impl App ===

impl App {
    /// Loads and checks all files and starts watching them. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]: at startup there is no previous snapshot to fall back on.
    pub async fn start(places: Places) -> Result<Self, StartError> {
        let engine = Engine::new()?;
        let ticker = Ticker::start(&engine);
        let builder = Arc::new(builder(engine, places));
        prefetch(&builder).await;
        let building = Arc::clone(&builder);
        // Compiling plugins takes seconds, in which signals are to be heard.
        let first = timeout(LONGEST_START, spawn_blocking(move || building.build(None))).await;
        let first = first
            .map_err(|_| StartError::Slow)?
            .unwrap_or_else(|gone| resume_unwind(gone.into_panic()))?;
        snapshot::report::loaded(&first, None);
        let (services, metering, sinks) = Services::open(&first.config).await?;
        let cache = Cache::open(&first.config.cache).map_err(|error| StartError::Cache(error.to_string()))?;
        let metrics = &first.config.metrics;
        let metrics = metrics.enabled.then(|| Arc::new(Metrics::new(metrics.max_series)));
        let request_log = open_request_log(&first.config)?;
        let sinks = sinks.with_metrics(metrics).with_request_log(request_log);
        let current = Arc::new(Current::new(first));
        services.follow(Arc::clone(&current), metering.limits.clone());
        let stop_watching = CancellationToken::new();
        let supply = Arc::clone(&builder.supply);
        let (reload, watch) = snapshot::watch(Arc::clone(&builder), Arc::clone(&current), stop_watching.clone())?;
        let watching = TaskTracker::new();
        let told = reload.clone();
        watching.spawn(supply.run(move || told.look(), stop_watching.clone()));
        watching.spawn(watch);
        watching.spawn(snapshot::keep_checking(Arc::clone(&current), stop_watching.clone()));
        let gateway = Gateway::new(
            current,
            services.accounts(),
            Arc::clone(&services.live),
            metering,
            sinks,
            cache,
        );
        gateway.traces.follow(Arc::clone(&gateway.current));
        let batches = begin_batches(&gateway)?;
        Ok(Self {
            gateway,
            builder,
            reload,
            watching,
            stop_watching,
            services,
            scrapers: None,
            batches,
            _ticker: ticker,
        })
    }

    /// Counts the file changes that were accepted or rejected.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.gateway.current.changes()
    }

    /// Says what is wrong with the last change of the files, if that was rejected.
    pub fn rejection(&self) -> impl Fn() -> Option<String> + Send + use<> {
        let current = Arc::clone(&self.gateway.current);
        move || Some(current.rejected()?.faults.0.first()?.to_string())
    }

    /// The id of the first model with a provider that is on; `None` if every provider is off.
    #[must_use]
    pub fn first_live_model(&self) -> Option<Arc<str>> {
        let snapshot = self.gateway.current.load();
        let is_live = |model: &&Arc<Model>| model.chain.targets.iter().any(|target| target.provider.is_some());
        let model = snapshot.named_models().find(is_live)?;
        Some(Arc::clone(&model.id))
    }

    /// A handle for requesting a reload.
    #[must_use]
    pub fn reload(&self) -> Reload {
        self.reload.clone()
    }

    /// From now on, a shutdown leaves new connections to another process that has the listeners too, and serves what comes
    /// on the present ones.
    pub fn hand_over(&self) {
        self.gateway.drain.hand_over();
    }

    /// Serves `/metrics` on a listener of its own, too.
    #[must_use]
    pub fn with_scrapers(mut self, listener: TcpListener) -> Self {
        self.scrapers = Some(listener);
        self
    }

    /// Serves clients on `public`. Serves operators on `admin`, or on `public` if `admin` is `None`. Returns once
    /// `stop` is cancelled and all in-flight requests have ended.
    ///
    /// # Errors
    /// If a listener's local address cannot be read, or threads cannot be started.
    pub async fn serve(
        mut self,
        public: TcpListener,
        admin: Option<TcpListener>,
        stop: CancellationToken,
    ) -> io::Result<()> {
        // Whoever forwards clients to this machine forwards them to loopback, so that it proves nothing here.
        let batches = self.batches.as_ref().map(batches::Running::batches);
        let files = (self.reload.clone(), Arc::clone(&self.builder));
        let controls = edge::controls(&self.gateway, batches.clone(), files, stop.clone());
        let operators = match &admin {
            Some(admin) => Operators::At(admin.local_addr()?),
            None => Operators::Here((AdminAccess::OfClients, controls.clone())),
        };
        let router = edge::public(&self.gateway, batches, operators);
        let public = (Door::Public, public);
        let serving = listen::serve(Arc::clone(&self.gateway), public, router, stop.clone());
        let mut others = Vec::new();
        if let Some(admin) = admin {
            let router = edge::admin(&self.gateway, (access(&admin)?, controls));
            others.push(((Door::Admin, admin), router));
        }
        if let Some(scrapers) = self.scrapers.take() {
            let loopback = is_loopback(&scrapers)?;
            let router = edge::metrics(&self.gateway, OwnListener { loopback });
            others.push(((Door::Metrics, scrapers), router));
        }
        let others = others
            .into_iter()
            .map(|(listener, router)| listen::serve(Arc::clone(&self.gateway), listener, router, stop.clone()));
        tokio::try_join!(serving, try_join_all(others))?;
        self.stop_watching.cancel();
        self.watching.close();
        self.watching.wait().await;
        if let Some(batches) = self.batches {
            batches.close().await;
        }
        tokio::join!(self.services.close(), self.gateway.traces.close());
        if let Some(file) = self.gateway.sinks.request_log().cloned() {
            // What could not be joined is lost with the process.
            let _ = spawn_blocking(move || file.close()).await;
        }
        Ok(())
    }
}

/// The builder of this gateway's snapshots. `jackfield check` uses it too.
#[must_use]
pub fn builder(engine: Engine, places: Places) -> Builder {
    Builder {
        engine,
        cache: open_cache(places.code_cache.as_deref(), places.shipped_code.as_deref()),
        supply: Arc::new(Supply::new(Store::open(places.plugin_store))),
        state_dir: places.code_cache.clone(),
        config_path: places.config,
        plugins_dir: places.plugins_dir,
        listen: places.listen,
        environment: places.environment,
        rehearsal: places.rehearsal,
    }
}

/// Opens the file with a line of each request, if there is to be one.
fn open_request_log(config: &Config) -> Result<Option<Arc<RequestLog>>, StartError> {
    let Some(wanted) = &config.log.requests else {
        return Ok(None);
    };
    let failed = |error| StartError::RequestLog(wanted.file.clone(), error);
    Ok(Some(Arc::new(RequestLog::open(wanted).map_err(failed)?)))
}

/// Goes on with the batches of earlier processes, if there is a folder for them.
fn begin_batches(gateway: &Arc<Gateway>) -> Result<Option<batches::Running>, StartError> {
    let snapshot = gateway.current.load();
    let dir = snapshot.config.batches.dir.as_deref();
    let begun = dir.map(|dir| batches::start(gateway, dir)).transpose();
    begun.map_err(StartError::Batches)
}

/// Fetches what the first snapshot is to be built from and what is not kept from an earlier start. What is not there in
/// time is fetched later, and its providers are off until then.
async fn prefetch(builder: &Arc<Builder>) {
    let reading = Arc::clone(builder);
    // The first look notes what is missing. Its faults are those of the first build, which looks again.
    let looked = spawn_blocking(move || reading.note_sources()).await;
    if looked.is_ok() {
        let _ = timeout(LONGEST_FETCH, builder.supply.fetch_once()).await;
    }
}

fn open_cache(dir: Option<&Path>, shipped: Option<&Path>) -> CodeCache {
    let own = dir.map_or_else(CodeCache::disabled, |dir| {
        CodeCache::open(dir).unwrap_or_else(|error| {
            tracing::warn!(dir = %dir.display(), "compiled plugins are not cached: {error}");
            CodeCache::disabled()
        })
    });
    let Some(shipped) = shipped else { return own };
    own.clone().with_shipped(shipped).unwrap_or_else(|error| {
        tracing::warn!(dir = %shipped.display(), "the compiled plugins there are not used: {error}");
        own
    })
}

fn access(listener: &TcpListener) -> io::Result<AdminAccess> {
    Ok(if is_loopback(listener)? {
        AdminAccess::Open
    } else {
        AdminAccess::Closed
    })
}

fn is_loopback(listener: &TcpListener) -> io::Result<bool> {
    Ok(listener.local_addr()?.ip().is_loopback())
}
