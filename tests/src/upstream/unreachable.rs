//! Addresses at which no upstream can be reached, each in its own way.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// An address without an upstream, reserved until this is dropped.
pub struct Unreachable {
    address: SocketAddr,
    // Held so that nobody else gets the port.
    _reserved: Reserved,
}

#[expect(dead_code, reason = "the sockets are held for what their existence does")]
enum Reserved {
    Refusing(TcpSocket),
    Silent { listener: TcpListener, waiting: TcpStream },
}

/// An address that refuses every connection at once.
pub fn refusing() -> Unreachable {
    let socket = bound();
    let address = address_of(&socket);
    Unreachable {
        address,
        _reserved: Reserved::Refusing(socket),
    }
}

/// An address at which connecting neither succeeds nor fails.
///
/// The listener's queue holds one connection that is never accepted; Linux then drops the first packet of every
/// further one (listen(2), `tcp_abort_on_overflow` in tcp(7)).
pub async fn silent() -> Unreachable {
    let socket = bound();
    let address = address_of(&socket);
    let listener = socket.listen(0).expect("a bound socket can listen");
    let waiting = TcpStream::connect(address)
        .await
        .expect("the queue holds one connection");
    Unreachable {
        address,
        _reserved: Reserved::Silent { listener, waiting },
    }
}

fn bound() -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("the machine has IPv4");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    socket
}

fn address_of(socket: &TcpSocket) -> SocketAddr {
    socket.local_addr().expect("a bound socket has an address")
}

// === impl Unreachable ===

impl Unreachable {
    /// The address as a provider's `base_url`: `http://127.0.0.1:PORT/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
