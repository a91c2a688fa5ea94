//! A gateway that runs, and how to ask it.

use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use memchr::memmem;

use super::super::connection::Connection;
use super::super::load::{LoadError, Pace, Tally, check, fire_each};
use super::super::measure::Load;
use super::super::process::Process;
use super::super::requests::Ask;

/// How long the reply to a single question may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A gateway, or the upstream itself.
#[derive(Debug)]
pub(super) struct Server {
    /// Its process; `None` for the upstream.
    pub(super) process: Option<Process>,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// The model to ask it for.
    pub(super) model: String,
    /// What it wants to read in the head of each request.
    pub(super) headers: Vec<(String, String)>,
}

// === impl Server ===

impl Server {
    /// Asks once for a short reply.
    ///
    /// # Errors
    /// If the right reply does not come.
    pub(super) async fn answers(&self) -> Result<(), LoadError> {
        let request = self.request(Ask::Short);
        let answered = async {
            let mut connection = Connection::open(self.address).await?;
            check(Ask::Short, connection.exchange(&request).await?)
        };
        let answered = tokio::time::timeout(PATIENCE, answered).await;
        answered.map_err(|_| LoadError::Stuck)?
    }

    /// Measures one round of a column.
    ///
    /// # Errors
    /// If any reply is wrong.
    pub(super) async fn fire(&self, load: &Load, pace: Pace) -> Result<Tally, LoadError> {
        let requests = vec![self.request(load.ask); load.clients];
        fire_each(self.address, load.ask, requests, pace).await
    }

    /// The memory that it and its workers hold, in bytes.
    pub(super) fn resident_bytes(&self) -> Option<u64> {
        self.process.as_ref()?.resident_bytes()
    }

    fn request(&self, ask: Ask) -> Vec<u8> {
        with_headers(ask.request(self.address, &self.model, None), &self.headers)
    }
}

/// The same request with more in its head, behind its first line.
fn with_headers(mut request: Vec<u8>, headers: &[(String, String)]) -> Vec<u8> {
    let mut more = String::new();
    for (name, value) in headers {
        // Writing to a string does not fail.
        let _ = write!(more, "{name}: {value}\r\n");
    }
    if let Some(end) = memmem::find(&request, b"\r\n") {
        request.splice(end + 2..end + 2, more.into_bytes());
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_behind_the_first_line() {
        let headers = [("a", "1"), ("b", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = with_headers(b"POST / HTTP/1.1\r\nhost: h\r\n\r\nbody\r\n".to_vec(), &headers);
        assert_eq!(request, b"POST / HTTP/1.1\r\na: 1\r\nb: 2\r\nhost: h\r\n\r\nbody\r\n");
    }
}
