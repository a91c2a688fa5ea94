//! How many connections there may be: altogether, and from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jackfield_config::ServerConfig;

/// Descriptors that are for something else: listeners, files, the database, the workers' own.
const RESERVED: usize = 128;

/// The most connections by default, whatever the system allows: each costs some memory.
const USUAL_MOST: usize = 20_000;

/// The connections of one listener.
#[derive(Debug, Default)]
pub(super) struct Seats {
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A connection's place among them. Dropping it makes room.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    /// `None` for an address without a limit.
    address: Option<IpAddr>,
}

/// How many connections there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SeatLimits {
    all: usize,
    each: usize,
    /// Whether `each` is for loopback addresses as well.
    loopback: bool,
}

/// Why a connection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Full {
    /// There are too many.
    #[error("there are {0} connections, which is the limit (server.max_connections)")]
    All(usize),
    /// There are too many from this address.
    #[error("{0} has {1} connections, which is the limit (server.max_connections_per_address)")]
    Address(IpAddr, usize),
}

// === impl SeatLimits ===

impl SeatLimits {
    /// The configured limits for a process that may open so many files.
    pub(super) fn of(config: &ServerConfig, open_files: usize) -> Self {
        let possible = open_files.saturating_sub(RESERVED).max(open_files / 4).max(1);
        // A connection may have another one to an upstream.
        let all = config.max_connections.unwrap_or(USUAL_MOST.min(possible.div_ceil(2)));
        let all = all.min(possible);
        Self {
            all,
            each: config.max_connections_per_address.unwrap_or(all.div_ceil(2)),
            loopback: config.max_connections_per_address.is_some(),
        }
    }
}

// === impl Seats ===

impl Seats {
    /// Takes a place for a connection from `address`.
    ///
    /// # Errors
    /// [`Full`] if there is none.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr, limits: SeatLimits) -> Result<Seat, Full> {
        let address = network(address);
        let counted = (limits.loopback || !address.is_loopback()).then_some(address);
        let mut taken = self.taken();
        if taken.all >= limits.all {
            return Err(Full::All(taken.all));
        }
        if let Some(address) = counted {
            let own = taken.by_address.entry(address).or_default();
            if *own >= limits.each {
                return Err(Full::Address(address, *own));
            }
            *own += 1;
        }
        taken.all += 1;
        Ok(Seat {
            seats: Arc::clone(self),
            address: counted,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Each change is one assignment, so the counts are right even if a thread panicked meanwhile.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Seat ===

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        taken.all = taken.all.saturating_sub(1);
        let Some(address) = &self.address else { return };
        if let Some(own) = taken.by_address.get_mut(address) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.by_address.remove(address);
            }
        }
    }
}

/// The address for which a client is counted. With IPv6 everybody has a whole /64 (RFC 6177), so that is one client.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(all: Option<usize>, each: Option<usize>) -> SeatLimits {
        let config = ServerConfig {
            max_connections: all,
            max_connections_per_address: each,
            ..ServerConfig::default()
        };
        SeatLimits::of(&config, 1024)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_has_its_share_and_the_others_the_rest() {
        let (seats, limits) = (Arc::new(Seats::default()), limits(Some(4), None));
        let (ada, bob) = (address("192.0.2.1"), address("192.0.2.2"));
        let first = seats.take(ada, limits).unwrap();
        let _second = seats.take(ada, limits).unwrap();
        assert_eq!(seats.take(ada, limits).unwrap_err(), Full::Address(ada, 2));
        let _others = [seats.take(bob, limits).unwrap(), seats.take(bob, limits).unwrap()];
        assert_eq!(seats.take(address("192.0.2.3"), limits).unwrap_err(), Full::All(4));
        drop(first);
        assert!(seats.take(ada, limits).is_ok());
    }

    #[test]
    fn a_proxy_on_loopback_may_stand_for_everybody_unless_the_share_is_set() {
        let proxy = address("127.0.0.1");
        for (limits, served) in [(limits(Some(10), None), 10), (limits(Some(10), Some(3)), 3)] {
            let seats = Arc::new(Seats::default());
            let taken: Vec<Seat> = (0..20).filter_map(|_| seats.take(proxy, limits).ok()).collect();
            assert_eq!(taken.len(), served);
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_client_and_a_mapped_address_is_the_other_one() {
        assert_eq!(network(address("2001:db8:1:2:3::4")), address("2001:db8:1:2::"));
        assert_eq!(network(address("::ffff:192.0.2.1")), address("192.0.2.1"));
        assert_eq!(network(address("::1")), address("::1"));
    }

    #[test]
    fn the_systems_limit_of_open_files_is_never_exceeded() {
        assert_eq!(limits(None, None), SeatLimits::of(&ServerConfig::default(), 1024));
        assert_eq!((limits(None, None).all, limits(None, None).each), (448, 224));
        assert_eq!(limits(Some(5000), None).all, 1024 - RESERVED);
        assert_eq!(SeatLimits::of(&ServerConfig::default(), 1 << 20).all, USUAL_MOST);
        assert!(SeatLimits::of(&ServerConfig::default(), 64).all > 0);
    }

    #[test]
    fn nothing_is_left_of_who_has_gone() {
        let (seats, limits) = (Arc::new(Seats::default()), limits(None, None));
        drop(seats.take(address("192.0.2.1"), limits).unwrap());
        let taken = seats.taken();
        assert_eq!((taken.all, taken.by_address.len()), (0, 0));
    }
}
