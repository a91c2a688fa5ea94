//! The services that are opened once, at startup, and outlive snapshots: database, counters, and ledger journal.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{StartError, retention};
use crate::listen::worker_count;
use crate::request::live::Live;
use crate::request::metering::Metering;
use crate::snapshot::Current;
use crate::telemetry::sinks::Sinks;
use jackfield_accounting::callers::{Directory, Observer};
use jackfield_accounting::clock::unix_millis;
use jackfield_accounting::credits::balance::Balances;
use jackfield_accounting::credits::budget::Spendings;
use jackfield_accounting::ledger::table::{Holders, Table};
use jackfield_accounting::ledger::{Journal, Ledger, Writer};
use jackfield_accounting::limits::{Limits, OnUnavailable, PriorUsage, Streams, name_of_key};
use jackfield_accounting::store::{Spent, Store, User};
use jackfield_config::Config;

/// The open services and their background tasks.
pub(super) struct Services {
    pub(super) directory: Option<Arc<Directory>>,
    /// The ledger's table; `None` without a database.
    pub(super) table: Option<Arc<Table>>,
    /// The requests in flight, which end with the account or the key of their caller.
    pub(super) live: Arc<Live>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Passes what the directory reads on to balances, budgets, streams and requests in flight.
struct Listener {
    balances: Arc<Balances>,
    spendings: Arc<Spendings>,
    streams: Streams,
    live: Arc<Live>,
}

// === impl Services ===

impl Services {
    /// Opens the services that `config` names, catches up on what a previous process left in the journal, and restores
    /// the counters.
    ///
    /// # Errors
    /// If the database or the journal cannot be used.
    pub(super) async fn open(config: &Config) -> Result<(Self, Metering, Sinks), StartError> {
        let metering = Metering {
            limits: limits(config).await?,
            ..Metering::in_memory()
        };
        let mut services = Self {
            directory: None,
            table: None,
            live: Arc::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        let Some(journal) = config.storage.journal.as_deref() else {
            return Ok((services, metering, Sinks::default()));
        };
        let ledger = services.open_database(config, journal, &metering).await?;
        Ok((services, metering, Sinks::new(Some(ledger))))
    }

    async fn open_database(
        &mut self,
        config: &Config,
        journal: &Path,
        metering: &Metering,
    ) -> Result<Arc<Ledger>, StartError> {
        let created = config.create_state_dir();
        created.map_err(|error| StartError::State(config.state_dir().to_owned(), error))?;
        let store = Store::open(config.storage.url.expose(), Path::new("")).await?;
        let journal = Arc::new(Journal::open(journal, worker_count())?);
        let balances = Arc::clone(&metering.balances);
        let table = Arc::new(Table::open(store.clone())?);
        let mut writer = Writer::new(Arc::clone(&journal), Arc::clone(&table), balances);
        let writer = spawn_blocking(move || {
            if let Err(error) = writer.catch_up() {
                tracing::warn!("the ledger has not caught up with the journal: {error}");
            }
            writer
        });
        let writer = writer.await.unwrap_or_else(|gone| resume_unwind(gone.into_panic()));
        restore(&table, &metering.limits).await?;
        let listener = Listener {
            balances: Arc::clone(&metering.balances),
            spendings: Arc::clone(&metering.spendings),
            streams: metering.streams.clone(),
            live: Arc::clone(&self.live),
        };
        let directory = Arc::new(Directory::open(store, listener).await?);
        let (watched, stop) = (Arc::clone(&directory), self.stop.clone());
        self.tasks.spawn(watched.watch(stop.clone()));
        self.tasks.spawn_blocking(move || writer.run(&stop));
        self.directory = Some(directory);
        self.table = Some(table);
        Ok(Arc::new(Ledger::new(journal)))
    }

    /// Who calls, and what they did; `None` without a database.
    pub(super) fn accounts(&self) -> (Option<Arc<Directory>>, Option<Arc<Table>>) {
        (self.directory.clone(), self.table.clone())
    }

    /// Keeps the reloadable settings in step with the configuration in force.
    pub(super) fn follow(&self, current: Arc<Current>, limits: Limits) {
        if let Some(table) = self.table.clone() {
            self.tasks
                .spawn(retention::run(table, Arc::clone(&current), self.stop.clone()));
        }
        let (mut changes, stop) = (current.changes(), self.stop.clone());
        let follow = async move {
            while changes.changed().await.is_ok() {
                limits.set_on_unavailable(on_unavailable(&current.load().config));
            }
        };
        self.tasks.spawn(async move {
            stop.run_until_cancelled(follow).await;
        });
    }

    /// Writes the last rows to the database. Call it after the last request has ended.
    pub(super) async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        if let Some(directory) = &self.directory {
            directory.store().close().await;
        }
    }
}

// === impl Listener ===

impl Observer for Listener {
    fn read(&self, user: &User) {
        self.balances.refresh(&Arc::from(user.id.as_str()), user.balance);
    }

    fn killed(&self, user: &str, at: i64) {
        self.streams.kill_begun_by(user, at);
    }

    fn barred(&self, user: &str) {
        self.live.end_of(|caller| &*caller.user == user);
    }

    fn revoked(&self, key: &str) {
        self.live.end_of(|caller| caller.key.as_deref() == Some(key));
    }

    fn spent(&self, key: &Arc<str>, spent: Spent, now: i64) {
        self.spendings.refresh(key, spent, now);
    }
}

async fn limits(config: &Config) -> Result<Limits, StartError> {
    let Some(url) = &config.limits.url else {
        return Ok(Limits::in_memory());
    };
    let here = Handle::current();
    Ok(Limits::in_redis(url.expose(), on_unavailable(config), &here).await?)
}

fn on_unavailable(config: &Config) -> OnUnavailable {
    match config.limits.on_unavailable {
        jackfield_config::OnUnavailable::Deny => OnUnavailable::Deny,
        jackfield_config::OnUnavailable::Allow => OnUnavailable::Allow,
    }
}

/// Restores the counters of the current day, hour and minute from the ledger.
async fn restore(table: &Table, limits: &Limits) -> Result<(), StartError> {
    let now = SystemTime::now();
    for holders in [Holders::Users, Holders::Keys] {
        for counted in table.quota_usage(holders, unix_millis(now).cast_unsigned()).await? {
            let used = PriorUsage {
                day: counted.day,
                hour: counted.hour,
                seconds: counted.seconds,
            };
            let name = match holders {
                Holders::Users => counted.holder,
                Holders::Keys => name_of_key(&counted.holder),
            };
            limits.restore(&name, &used, now);
        }
    }
    Ok(())
}
