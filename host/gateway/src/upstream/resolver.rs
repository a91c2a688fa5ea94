//! Looks names up, and keeps those that a plugin chose out of this network.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use jackfield_config::is_local_address;
use tower_service::Service;

/// The system's resolver.
#[derive(Debug, Clone)]
pub(super) struct Resolver {
    system: GaiResolver,
    public_only: bool,
}

// === impl Resolver ===

impl Resolver {
    /// With `public_only`, a name that leads into this network has no address. The addresses that were judged are those
    /// that are connected to, so that a name cannot lead elsewhere in between.
    pub(super) fn new(public_only: bool) -> Self {
        Self {
            system: GaiResolver::new(),
            public_only,
        }
    }
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.system.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (public_only, looked_up) = (self.public_only, self.system.call(name));
        Box::pin(async move {
            let addresses = looked_up.await?;
            judged(addresses.collect(), public_only)
        })
    }
}

fn judged(addresses: Vec<SocketAddr>, public_only: bool) -> io::Result<vec::IntoIter<SocketAddr>> {
    if public_only && addresses.iter().any(|address| is_local_address(address.ip())) {
        let message = "its name leads to a local address, which only base_url in the configuration may name";
        return Err(io::Error::other(message));
    }
    Ok(addresses.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_into_this_network_has_no_address() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let (public, local) = (address("8.8.8.8:443"), address("169.254.169.254:80"));
        assert!(judged(vec![public], true).is_ok());
        assert!(judged(vec![local], false).is_ok());
        let error = judged(vec![public, local], true).unwrap_err();
        assert!(error.to_string().contains("local address"), "{error}");
    }

    #[tokio::test]
    async fn names_are_looked_up() {
        let resolved = Resolver::new(false).call("localhost".parse().unwrap()).await.unwrap();
        assert!(resolved.into_iter().all(|address| address.ip().is_loopback()));
        let refused = Resolver::new(true).call("localhost".parse().unwrap()).await;
        assert!(refused.is_err());
    }
}
