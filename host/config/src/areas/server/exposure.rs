//! Why a listener may not be opened on an address.

use std::net::SocketAddr;

/// Why a listener may not be opened on an address: other machines could connect and would not be authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// `server.auth` is `off`.
    Unauthenticated(SocketAddr),
    /// The listener for operators has no token.
    Unguarded(SocketAddr),
    /// The listener for scrapes has no token.
    Readable(SocketAddr),
}

// === impl Exposure ===

impl Exposure {
    /// What is wrong.
    pub fn problem(self) -> String {
        let (Self::Unauthenticated(address) | Self::Unguarded(address) | Self::Readable(address)) = self;
        self.problem_at(&address.to_string())
    }

    /// What is wrong, with `address` in place of the address itself, which a fault may have to hide.
    pub(crate) fn problem_at(self, address: &str) -> String {
        match self {
            Self::Unauthenticated(_) => {
                format!("off is allowed only on a loopback address, and {address} is not one")
            }
            Self::Unguarded(_) => format!("{address} is not a loopback address, so server.admin.token is required"),
            Self::Readable(_) => format!("{address} is not a loopback address, so metrics.token is required"),
        }
    }

    /// What to write instead.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "write auth: required, or listen on 127.0.0.1",
            Self::Unguarded(_) => "set server.admin.token, or listen on 127.0.0.1",
            Self::Readable(_) => "set metrics.token, or listen on 127.0.0.1",
        }
    }
}
