//! The clocks of a connection: how long a head may take, an idle connection may last, and written data stay unread.

use std::time::Duration;

use jackfield_config::ServerConfig;

/// The clocks, as they are configured when the connection begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    /// For a request's head; for the first one, from the connection's start.
    pub(super) header: Duration,
    /// Between two requests.
    pub(super) idle: Duration,
    /// For a client to read what is written, or to make room for more.
    pub(super) write: Duration,
}

/// What has not arrived in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// The rest of a request's head, or the first request at all.
    Head,
    /// The next request.
    Request,
    /// The end of an answer that is given up because it is not read.
    Reading,
}

// === impl Clocks ===

impl Clocks {
    pub(super) fn of(config: &ServerConfig) -> Self {
        Self {
            header: config.header_timeout,
            idle: config.idle_timeout,
            write: config.write_timeout,
        }
    }
}
