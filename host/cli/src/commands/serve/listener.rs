//! Binding a listener, and what to do if that fails.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted. The usual 128 are gone in one burst, and whoever comes after it waits a
/// second for its next try. The system may allow fewer (`net.core.somaxconn`).
const BACKLOG: u32 = 4096;

/// The key of the configuration that sets an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// `server.listen`, or `--listen` in its place.
    Public,
    /// `server.admin.listen`.
    Admin,
    /// `metrics.listen`.
    Metrics,
}

/// Why a listener cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} ({key}): {source}{}", remedy(*.address, .source.kind()))]
pub(super) struct ListenError {
    key: Key,
    address: SocketAddr,
    source: io::Error,
}

/// Binds `address`; if `shared`, beside other processes of this user that do the same (`SO_REUSEPORT`, socket(7)).
///
/// # Errors
/// [`ListenError`], which names the address, the key that sets it, and a remedy.
pub(super) fn bind(key: Key, address: SocketAddr, shared: bool) -> Result<TcpListener, ListenError> {
    listen(address, shared).map_err(|source| ListenError { key, address, source })
}

fn listen(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A restart need not wait until the last connections of the process before are forgotten.
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(shared)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// What to do about the commonest failures.
fn remedy(address: SocketAddr, kind: ErrorKind) -> String {
    let port = address.port();
    match kind {
        ErrorKind::AddrInUse => {
            format!("\n  find the process that has it: ss -ltnp 'sport = :{port}'; or choose another port")
        }
        ErrorKind::PermissionDenied if port < 1024 => {
            "\n  ports below 1024 are privileged: choose a higher one, or grant CAP_NET_BIND_SERVICE".to_owned()
        }
        ErrorKind::AddrNotAvailable => {
            "\n  no interface of this machine has this address: ip address lists those that exist".to_owned()
        }
        _ => String::new(),
    }
}

// === impl Key ===

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "server.listen or --listen",
            Self::Admin => "server.admin.listen",
            Self::Metrics => "metrics.listen",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named_with_its_key_and_a_way_to_find_the_holder() {
        let holder = bind(Key::Public, SocketAddr::from(([127, 0, 0, 1], 0)), false).unwrap();
        let address = holder.local_addr().unwrap();
        let error = bind(Key::Admin, address, false).unwrap_err().to_string();
        let port = address.port();
        assert!(error.starts_with(&format!(
            "cannot listen on {address} (server.admin.listen): Address already in use"
        )));
        assert!(error.contains(&format!("ss -ltnp 'sport = :{port}'")), "{error}");
    }

    #[tokio::test]
    async fn what_is_shared_can_be_bound_twice_but_not_beside_what_is_not() {
        let first = bind(Key::Public, SocketAddr::from(([127, 0, 0, 1], 0)), true).unwrap();
        let address = first.local_addr().unwrap();
        assert!(bind(Key::Public, address, true).is_ok());
        assert!(bind(Key::Public, address, false).is_err());
    }

    #[tokio::test]
    async fn a_burst_of_connections_is_taken() {
        let listener = bind(Key::Public, SocketAddr::from(([127, 0, 0, 1], 0)), false).unwrap();
        let address = listener.local_addr().unwrap();
        // Nobody accepts meanwhile, so a connection that does not fit never comes about.
        let patience = std::time::Duration::from_secs(30);
        let connect = |_| std::net::TcpStream::connect_timeout(&address, patience);
        let taken: io::Result<Vec<_>> = (0..500).map(connect).collect();
        assert_eq!(taken.unwrap().len(), 500);
    }

    #[test]
    fn other_failures_have_their_remedies_or_none() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert!(remedy(at(80), ErrorKind::PermissionDenied).contains("CAP_NET_BIND_SERVICE"));
        assert_eq!(remedy(at(8080), ErrorKind::PermissionDenied), "");
        assert!(remedy(at(8080), ErrorKind::AddrNotAvailable).contains("ip address"));
    }
}
