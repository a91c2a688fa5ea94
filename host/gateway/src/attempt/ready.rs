//! An exchange that an adapter has prepared, checked once and for all requests that it will be used for.

use std::time::Duration;

use bytes::Bytes;
use jackfield_sandbox::contract::Exchange;

use super::failure::plugin_fault;
use super::outgoing::Checked;
use super::reach::Reach;
use crate::error::Failure;
use crate::upstream::credential::Credential;
use crate::upstream::framing::Framing;

/// An exchange, ready but for the body and the credential of one request.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(super) request: Checked,
    pub(super) framing: Framing,
    /// The dialect of the reply; `None` if the plugin decodes it.
    pub(super) dialect: Option<String>,
    /// The state for the calls that follow.
    pub(super) state: Vec<u8>,
    pub(super) delay: Duration,
    /// What the plugin says besides.
    pub(super) more: Vec<u8>,
}

// === impl Ready ===

impl Ready {
    /// Checks an exchange, which will be sent with this credential or another of the provider's. `body` takes the place of
    /// its own.
    ///
    /// # Errors
    /// As [`Checked::new`], and of class plugin for an unknown framing.
    pub(super) fn new(
        by: (&Reach, &Credential),
        exchange: Exchange,
        body: Option<Vec<Bytes>>,
    ) -> Result<Self, Failure> {
        let framing = exchange
            .framing
            .parse()
            .map_err(|_| plugin_fault(format!("requested the unknown framing {:?}", exchange.framing)))?;
        let mut request = Checked::new(by, exchange.request)?;
        if let Some(body) = body {
            request.set_body(body.into());
        }
        Ok(Self {
            request,
            framing,
            dialect: exchange.dialect,
            state: exchange.state,
            delay: Duration::from_millis(exchange.delay_ms.into()),
            more: exchange.more,
        })
    }

    /// About how much memory it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.request.bytes() + self.state.len() + self.more.len()
    }
}
