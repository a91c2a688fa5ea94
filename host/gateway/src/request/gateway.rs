//! The state that all requests share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::body_budget::BodyBudget;
use super::drain::Drain;
use super::heavy::Turns;
use super::live::Live;
use super::metering::Metering;
use super::recent_items::RecentItems;
use crate::cache::Cache;
use crate::error::{ErrorKind, GatewayError};
use crate::snapshot::{Current, Offers, Snapshot};
use crate::telemetry::sinks::Sinks;
use crate::telemetry::traces::Tracing;
use jackfield_accounting::callers::secret::SecretHash;
use jackfield_accounting::callers::{Caller, Directory, DirectoryUnavailable, KeyRefused};
use jackfield_accounting::ledger::table::Table;
use jackfield_config::{OnUnwritable, StorageConfig};

/// The gateway's state, shared by all requests and connections.
pub(crate) struct Gateway {
    /// Points to the snapshot in force.
    pub(crate) current: Arc<Current>,
    /// What the upstreams behind patterns offer.
    pub(crate) offers: Arc<Offers>,
    /// Counts in-flight requests.
    pub(crate) drain: Drain,
    /// The requests in flight, for operators.
    pub(crate) live: Arc<Live>,
    /// Counts the bytes of request bodies.
    pub(crate) bodies: Arc<BodyBudget>,
    /// The items of recent answers.
    pub(crate) recent: Arc<RecentItems>,
    /// Answers that are kept for equal requests.
    pub(crate) cache: Arc<Cache>,
    /// Lets a few requests at a time do heavy work away from their workers.
    pub(crate) turns: Turns,
    /// Looks up keys and users; `None` without a database.
    pub(crate) directory: Option<Arc<Directory>>,
    /// The rows of requests; `None` without a database.
    pub(crate) table: Option<Arc<Table>>,
    /// Takes quota and credits from users before their requests are routed.
    pub(crate) metering: Metering,
    /// Which requests get spans.
    pub(crate) traces: Arc<Tracing>,
    /// Read the record of each request.
    pub(crate) sinks: Sinks,
    /// Whether another process still has the folder of files and batches.
    pub(crate) awaits_batches: AtomicBool,
}

// === impl Gateway ===

impl Gateway {
    /// A gateway that serves from `current`, with the database's directory and table if there is one. `live` has its
    /// requests in flight.
    #[must_use]
    pub(crate) fn new(
        current: Arc<Current>,
        (directory, table): (Option<Arc<Directory>>, Option<Arc<Table>>),
        live: Arc<Live>,
        metering: Metering,
        sinks: Sinks,
        cache: Cache,
    ) -> Arc<Self> {
        Arc::new(Self {
            current,
            offers: Arc::default(),
            drain: Drain::default(),
            live,
            bodies: Arc::default(),
            recent: Arc::default(),
            cache: Arc::new(cache),
            turns: Turns::default(),
            directory,
            table,
            metering,
            traces: Arc::default(),
            sinks,
            awaits_batches: AtomicBool::new(false),
        })
    }

    /// The holder of the key with this hash, from the configuration or else from the database, or why it is refused.
    ///
    /// # Errors
    /// If the database cannot be asked.
    pub(crate) async fn holder(
        &self,
        snapshot: &Snapshot,
        hash: SecretHash,
    ) -> Result<Result<Arc<Caller>, KeyRefused>, DirectoryUnavailable> {
        if let Some(caller) = snapshot.keys.find(&hash) {
            return Ok(Ok(caller));
        }
        match &self.directory {
            Some(directory) => directory.find_key(hash).await,
            None => Ok(Err(KeyRefused::Unknown)),
        }
    }

    /// Refuses requests while their rows would not be kept, unless the configuration says otherwise.
    ///
    /// # Errors
    /// `OVERLOADED`.
    pub(crate) fn check_durable(&self, storage: &StorageConfig) -> Result<(), GatewayError> {
        if storage.on_unavailable == OnUnwritable::Allow || self.sinks.are_durable() {
            return Ok(());
        }
        let message = "Requests cannot be recorded at the moment, because the journal has no room; try again.";
        Err(GatewayError::new(ErrorKind::Overloaded, message))
    }
}
