//! A plugin in a sandbox of its own, outside any gateway, and what may be asked of it.

use std::sync::Arc;
use std::time::Duration;

use jackfield_config::{PluginLimits, PluginsConfig};
use jackfield_gateway::framing::Event;
use jackfield_sandbox::contract::{self, Decoded, Failure, Prepared, Step};
use jackfield_sandbox::{AdapterPlugin, CallError, Parking, Ticker};

use crate::case::{CaseCall, CaseReply};
use crate::verbatim::Verbatim;

/// The deadline of a call whose time does not matter: a machine that compiles is busy.
const PATIENT: Duration = Duration::from_secs(10);

/// The function of the contract whose answers differ.
const FACTS: &[u8] = b"request-facts";

/// A loaded plugin, and the clock that ends its calls.
pub struct Sandboxed {
    /// The plugin.
    pub plugin: AdapterPlugin,
    /// Whether it may ask for what differs from one request to the next.
    pub asks_for_facts: bool,
    ticker: Arc<Ticker>,
}

/// Why a call has no result.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The plugin says so.
    Failure(Failure),
    /// The sandbox ended the call.
    Sandbox(CallError),
}

// === impl Sandboxed ===

impl Sandboxed {
    /// An adapter that was loaded from these bytes, and the clock of its engine.
    pub(crate) fn new(plugin: AdapterPlugin, bytes: &[u8], ticker: Ticker) -> Self {
        Self {
            plugin,
            asks_for_facts: asks_for_facts(bytes),
            ticker: Arc::new(ticker),
        }
    }

    /// The same plugin, whose calls may take as long as they like.
    #[must_use]
    pub fn patient(&self) -> Self {
        self.limited(patient(self.plugin.limits))
    }

    /// The same plugin with other limits.
    #[must_use]
    pub fn limited(&self, limits: PluginLimits) -> Self {
        Self {
            plugin: self.plugin.with_limits(limits),
            asks_for_facts: self.asks_for_facts,
            ticker: Arc::clone(&self.ticker),
        }
    }

    /// Calls `prepare`.
    ///
    /// # Errors
    /// The plugin's failure, or the sandbox's error.
    pub fn prepare(&self, call: &CaseCall) -> Result<Prepared, Fault> {
        Ok(self.plugin.prepare(&call.wire(), &call.request)??)
    }

    /// Calls `decode` with a reply, and with `state` unless the reply brings its own.
    ///
    /// # Errors
    /// The plugin's failure, or the sandbox's error.
    pub fn decode(&self, call: &CaseCall, reply: &CaseReply, state: &[u8]) -> Result<Step, Fault> {
        let headers = reply.wire_headers();
        let own = reply.state.as_ref().map(Verbatim::bytes);
        let reply = contract::Reply {
            status: reply.status,
            headers: &headers.iter().collect::<Vec<_>>(),
            body: &reply.body.bytes(),
            state: own.as_deref().unwrap_or(state),
            more: &[],
        };
        Ok(self
            .plugin
            .decode(&call.wire(), &call.request, &reply, &Parking::default())??)
    }

    /// Calls `decode-events`.
    ///
    /// # Errors
    /// The plugin's failure, or the sandbox's error.
    pub fn decode_events(&self, call: &CaseCall, state: &[u8], events: &[Event], last: bool) -> Result<Decoded, Fault> {
        let names: Vec<_> = events.iter().map(Event::name).collect();
        let events: Vec<_> = std::iter::zip(&names, events)
            .map(|(name, event)| contract::Event {
                name,
                data: &event.data,
            })
            .collect();
        let within = self.plugin.limits.deadline;
        let decoded = self
            .plugin
            .decode_events(&call.wire(), &call.request, state, &events, last, within)?;
        Ok(decoded?)
    }

    /// The state that `prepare` sets for a call with a request; empty without one.
    ///
    /// # Errors
    /// As [`Sandboxed::prepare`].
    pub fn state(&self, call: &CaseCall) -> Result<Vec<u8>, Fault> {
        if call.request.body.is_empty() {
            return Ok(Vec::new());
        }
        Ok(match self.prepare(call)? {
            Prepared::Exchange(exchange) => exchange.state,
            Prepared::Answer(_) => Vec::new(),
        })
    }
}

/// Whether the plugin in these bytes may ask for facts that differ: what a module imports stands in it by name, and what
/// it does not use is not imported.
pub(crate) fn asks_for_facts(bytes: &[u8]) -> bool {
    bytes.windows(FACTS.len()).any(|window| window == FACTS)
}

/// The same limits with a deadline for calls whose time does not matter.
pub(crate) fn patient(limits: PluginLimits) -> PluginLimits {
    PluginLimits {
        deadline: PATIENT,
        ..limits
    }
}

/// The limits of a plugin of which a configuration says nothing.
pub fn default_limits(name: &str) -> PluginLimits {
    PluginsConfig::default().limits_for(name)
}

// === impl Fault ===

impl Fault {
    /// The fault as a predicate whose subject is the plugin.
    pub fn predicate(&self) -> String {
        match self {
            Self::Failure(failure) => format!("failed with {}: {}", failure.class, failure.message),
            Self::Sandbox(error) => error.to_string(),
        }
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<CallError> for Fault {
    fn from(error: CallError) -> Self {
        Self::Sandbox(error)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failure(failure) => write!(f, "{}: {}", failure.class, failure.message),
            Self::Sandbox(error) => write!(f, "the plugin {error}"),
        }
    }
}
