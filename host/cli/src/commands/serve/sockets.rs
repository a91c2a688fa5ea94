//! The listeners: those that a service manager has opened (`sd_listen_fds`), and new ones for the rest.

use std::io;
use std::net::{self, SocketAddr};

use jackfield_config::Config;
use listenfd::ListenFd;
use tokio::net::TcpListener;

use super::listener::{self, Key, ListenError};

/// Why there are no listeners.
#[derive(Debug, thiserror::Error)]
pub(super) enum SocketError {
    /// One cannot be bound.
    #[error("{0}")]
    Bind(#[from] ListenError),
    /// There is no use for one that was handed over.
    #[error("{0} sockets were handed over (LISTEN_FDS); at most two are used: for clients, then for operators")]
    TooMany(usize),
    /// One that was handed over is of another kind.
    #[error("socket {0} that was handed over (LISTEN_FDS) cannot be used: {1}")]
    Unfit(usize, io::Error),
}

/// The sockets that were handed over, in the order of the service manager's `ListenStream=`: for clients, for operators.
#[derive(Debug, Default)]
pub(super) struct Handed {
    public: Option<net::TcpListener>,
    admin: Option<net::TcpListener>,
}

/// The listeners, bound before anything else is opened.
#[derive(Debug)]
pub(super) struct Sockets {
    pub(super) public: TcpListener,
    pub(super) admin: Option<TcpListener>,
    pub(super) metrics: Option<TcpListener>,
    /// Whether another process may go on with them.
    pub(super) outlive_us: bool,
}

// === impl Handed ===

impl Handed {
    /// Takes over what the environment names. Call it before there are other threads, because it tidies the environment.
    pub(super) fn take() -> Result<Self, SocketError> {
        let mut handed = ListenFd::from_env();
        if handed.len() > 2 {
            return Err(SocketError::TooMany(handed.len()));
        }
        let mut take = |index| {
            let taken = handed.take_tcp_listener(index);
            taken.map_err(|error| SocketError::Unfit(index, error))
        };
        Ok(Self {
            public: take(0)?,
            admin: take(1)?,
        })
    }

    /// Where clients connect: at the socket that was handed over, or else at `otherwise`.
    pub(super) fn address(&self, otherwise: SocketAddr) -> Result<SocketAddr, SocketError> {
        let address = self.public.as_ref().map(net::TcpListener::local_addr);
        let address = address.transpose().map_err(|error| SocketError::Unfit(0, error))?;
        Ok(address.unwrap_or(otherwise))
    }

    /// Opens the rest of what the configuration asks for. Clients that connect from now on wait until the gateway has
    /// started.
    pub(super) fn complete(self, listen: SocketAddr, config: &Config) -> Result<Sockets, SocketError> {
        let server = &config.server;
        let outlive_us = self.public.is_some() || server.reuse_port;
        // A successor gets the same sockets, and opens the rest beside ours.
        let shared = outlive_us;
        let open = |handed: Option<net::TcpListener>, index, key, address: Option<SocketAddr>| match (handed, address) {
            (Some(handed), _) => {
                let adopted = adopt(handed).map_err(|error| SocketError::Unfit(index, error))?;
                Ok::<_, SocketError>(Some(adopted))
            }
            (None, Some(address)) => Ok(Some(listener::bind(key, address, shared)?)),
            (None, None) => Ok(None),
        };
        let public = match open(self.public, 0, Key::Public, None)? {
            Some(public) => public,
            None => listener::bind(Key::Public, listen, shared)?,
        };
        Ok(Sockets {
            public,
            admin: open(self.admin, 1, Key::Admin, server.admin.listen)?,
            metrics: open(
                None,
                2,
                Key::Metrics,
                config.metrics.listen.filter(|_| config.metrics.enabled),
            )?,
            outlive_us,
        })
    }
}

fn adopt(handed: net::TcpListener) -> io::Result<TcpListener> {
    handed.set_nonblocking(true)?;
    TcpListener::from_std(handed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_gets_the_same_socket_opens_the_other_listeners_beside_its_predecessor() {
        let socket = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut config = Config::default();
        let open = |config: &Config| {
            let handed = Handed {
                public: Some(socket.try_clone().unwrap()),
                admin: None,
            };
            handed.complete(config.server.listen, config).unwrap()
        };
        let (admin, metrics) = (
            Some("127.0.0.1:0".parse().unwrap()),
            Some("127.0.0.1:0".parse().unwrap()),
        );
        (config.server.admin.listen, config.metrics.listen) = (admin, metrics);
        let old = open(&config);
        config.server.admin.listen = old.admin.as_ref().map(|it| it.local_addr().unwrap());
        config.metrics.listen = old.metrics.as_ref().map(|it| it.local_addr().unwrap());
        let new = open(&config);
        assert!(new.outlive_us && new.admin.is_some() && new.metrics.is_some());
    }
}
