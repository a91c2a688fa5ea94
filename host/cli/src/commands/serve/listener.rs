//! Binding a listener, and what to do if that fails.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// The key of the configuration that sets an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// `server.listen`, or `--listen` in its place.
    Public,
    /// `server.admin.listen`.
    Admin,
}

/// Why a listener cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} ({key}): {source}{}", remedy(*.address, .source.kind()))]
pub(super) struct ListenError {
    key: Key,
    address: SocketAddr,
    source: io::Error,
}

/// Binds `address`.
///
/// # Errors
/// [`ListenError`], which names the address, the key that sets it, and a remedy.
pub(super) async fn bind(key: Key, address: SocketAddr) -> Result<TcpListener, ListenError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| ListenError { key, address, source })
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
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_named_with_its_key_and_a_way_to_find_the_holder() {
        let holder = bind(Key::Public, SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = holder.local_addr().unwrap();
        let error = bind(Key::Admin, address).await.unwrap_err().to_string();
        let port = address.port();
        assert!(error.starts_with(&format!(
            "cannot listen on {address} (server.admin.listen): Address already in use"
        )));
        assert!(error.contains(&format!("ss -ltnp 'sport = :{port}'")), "{error}");
    }

    #[test]
    fn other_failures_have_their_remedies_or_none() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        assert!(remedy(at(80), ErrorKind::PermissionDenied).contains("CAP_NET_BIND_SERVICE"));
        assert_eq!(remedy(at(8080), ErrorKind::PermissionDenied), "");
        assert!(remedy(at(8080), ErrorKind::AddrNotAvailable).contains("ip address"));
    }
}
