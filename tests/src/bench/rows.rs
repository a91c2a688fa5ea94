//! The rows of the table: each a server of its own in front of the same upstream.

use std::fmt::{self, Display, Formatter};
use std::net::SocketAddr;

use super::gateway::{Adapter, Isolation, Noted, Parameters, Running, Setup};
use super::process::{Process, ProcessError};
use super::stage::Stage;

/// One row: a running server and how to call it.
#[derive(Debug)]
pub(super) struct Row {
    /// What it is.
    pub(super) kind: Kind,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// The model to ask it for.
    pub(super) model: &'static str,
    /// The key to send; `None` if none is required.
    pub(super) key: Option<String>,
    /// The server's process; `None` for the upstream.
    pub(super) process: Option<Process>,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The upstream itself.
    Direct,
    /// nginx in front of it.
    Nginx,
    /// A proxy of the gateway's libraries alone.
    Bare,
    /// The gateway in front of it.
    Gateway(Setup),
}

// === impl Row ===

impl Row {
    /// Whether each of its requests has parameters of its own.
    pub(super) fn is_asked_uniquely(&self) -> bool {
        matches!(self.kind, Kind::Gateway(setup) if setup.parameters != Parameters::Same)
    }

    /// Starts everything that is measured on that stage.
    ///
    /// # Errors
    /// If a server does not start.
    pub(super) fn all(stage: &Stage) -> Result<Vec<Self>, ProcessError> {
        let mut rows = vec![Self::new(Kind::Direct, stage.ground.upstream, None)];
        if let Some((process, address)) = stage.start_nginx()? {
            rows.push(Self::new(Kind::Nginx, address, Some(process)));
        }
        let (process, address) = stage.ground.start_bare()?;
        rows.push(Self::new(Kind::Bare, address, Some(process)));
        for setup in setups() {
            if stage.wants(setup)
                && let Some(running) = stage.start_gateway(setup)?
            {
                rows.push(Self::of(setup, running));
            }
        }
        Ok(rows)
    }

    fn of(setup: Setup, running: Running) -> Self {
        let Running { process, address, key } = running;
        Self {
            key,
            ..Self::new(Kind::Gateway(setup), address, Some(process))
        }
    }

    fn new(kind: Kind, address: SocketAddr, process: Option<Process>) -> Self {
        let model = match kind {
            Kind::Direct | Kind::Nginx | Kind::Bare => "upstream",
            Kind::Gateway(setup) => setup.adapter.name(),
        };
        Self {
            kind,
            address,
            model,
            key: None,
            process,
        }
    }
}

// === impl Kind ===

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("upstream called directly"),
            Self::Nginx => f.write_str("nginx `proxy_pass`, 1 worker"),
            Self::Bare => f.write_str("hyper alone, bytes passed on"),
            Self::Gateway(setup) => write!(f, "jackfield, {setup}"),
        }
    }
}

/// The gateway's rows in the order of the table.
fn setups() -> [Setup; 10] {
    [
        Setup::of(Adapter::Openai, Isolation::Request),
        Setup::with_accounts(),
        Setup::with_shaper(),
        Setup::noting(Noted::Nothing),
        Setup::noting(Noted::Traces),
        Setup::asked(Parameters::Unique),
        Setup::asked(Parameters::UniqueUnkept),
        Setup::of(Adapter::Openai, Isolation::Shared),
        Setup::of(Adapter::Anthropic, Isolation::Request),
        Setup::of(Adapter::Anthropic, Isolation::Shared),
    ]
}
