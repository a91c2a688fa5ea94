//! The TLS of the listeners: made with a snapshot, and used by each connection that begins while that is in force.

mod expiry;

use std::sync::Arc;
use std::time::SystemTime;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};

use jackfield_config::{ClientCertificates, Fault, ListenerTlsConfig, Loaded};

pub(crate) use self::expiry::Expiry;
pub use self::expiry::expiring_certificates;

/// The protocols that are offered, the preferred one first (RFC 7301).
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// One of the gateway's listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// For clients.
    Public,
    /// For operators.
    Admin,
    /// For scrapes, without TLS: whoever needs that scrapes where operators are.
    Metrics,
}

/// The TLS of each listener; `None` where clients speak plain HTTP.
#[derive(Debug, Default)]
pub(crate) struct Tls {
    public: Option<Arc<ServerConfig>>,
    admin: Option<Arc<ServerConfig>>,
    expiries: Vec<Expiry>,
    /// What is said of certificates that have ended or soon do.
    warnings: Vec<String>,
}

/// What is wrong with a listener's TLS. No message quotes a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
struct Unusable {
    /// The member of `tls` at fault.
    member: &'static str,
    problem: String,
    remedy: &'static str,
}

// === impl Tls ===

impl Tls {
    /// The TLS of a configuration.
    ///
    /// # Errors
    /// A fault for each listener whose certificates or key cannot be used.
    pub(crate) fn new(loaded: &Loaded) -> Result<Self, Vec<Fault>> {
        let server = &loaded.config.server;
        let mut faults = Vec::new();
        let mut build = |config: &Option<ListenerTlsConfig>, path: &[&str]| match config.as_ref().map(build).transpose()
        {
            Ok(built) => built.map(Arc::new),
            Err(Unusable {
                member,
                problem,
                remedy,
            }) => {
                let path = [path, &[member]].concat();
                faults.push(loaded.fault_at(&path, problem, remedy));
                None
            }
        };
        let tls = Self {
            public: build(&server.tls, &["server", "tls"]),
            admin: build(&server.admin.tls, &["server", "admin", "tls"]),
            expiries: Expiry::all(loaded),
            warnings: expiring_certificates(loaded, SystemTime::now())
                .iter()
                .map(Fault::to_string)
                .collect(),
        };
        if faults.is_empty() { Ok(tls) } else { Err(faults) }
    }

    /// When the listeners' certificates end.
    pub(crate) fn expiries(&self) -> &[Expiry] {
        &self.expiries
    }

    /// A line for each certificate that had ended, or was soon to end, when this was built.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The TLS of this listener.
    pub(crate) fn at(&self, door: Door) -> Option<&Arc<ServerConfig>> {
        match door {
            Door::Public => self.public.as_ref(),
            Door::Admin => self.admin.as_ref(),
            Door::Metrics => None,
        }
    }
}

fn build(config: &ListenerTlsConfig) -> Result<ServerConfig, Unusable> {
    let provider = Arc::new(ring::default_provider());
    let chain = certificates("certificate", &config.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(config.key.expose().as_bytes()).map_err(|error| Unusable {
        member: "key",
        problem: format!("cannot be read as a private key: {error}"),
        remedy: "write the key as PEM text, without a password, such as \"${file:tls.key}\"",
    })?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unfit("certificate", &error))?;
    let builder = match &config.client_ca {
        None => builder.with_no_client_auth(),
        Some(authorities) => builder.with_client_cert_verifier(verifier(authorities, config.clients, provider)?),
    };
    let mut server = builder
        .with_single_cert(chain, key)
        .map_err(|error| unfit("certificate", &error))?;
    server.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    // A client that comes back needs no whole handshake. The tickets' keys are of this process and snapshot.
    server.ticketer = ring::Ticketer::new().map_err(|error| unfit("certificate", &error))?;
    Ok(server)
}

/// Verifies the certificates of clients.
fn verifier(
    authorities: &str,
    clients: ClientCertificates,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, Unusable> {
    let mut roots = RootCertStore::empty();
    for authority in certificates("client_ca", authorities)? {
        roots.add(authority).map_err(|error| unfit("client_ca", &error))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = match clients {
        ClientCertificates::Required => builder,
        ClientCertificates::Optional => builder.allow_unauthenticated(),
    };
    builder.build().map_err(|error| Unusable {
        member: "client_ca",
        problem: format!("cannot be used: {error}"),
        remedy: "write the certificates of the authorities as PEM text",
    })
}

/// Every certificate in a PEM text.
fn certificates(member: &'static str, pem: &str) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let problem = match parsed {
        Ok(certificates) if !certificates.is_empty() => return Ok(certificates),
        Ok(_) => "holds no certificate in PEM form".to_owned(),
        Err(error) => format!("cannot be read as PEM text: {error}"),
    };
    Err(Unusable {
        member,
        problem,
        remedy: "write certificates as PEM text, such as \"${file:tls.crt}\"",
    })
}

fn unfit(member: &'static str, error: &rustls::Error) -> Unusable {
    Unusable {
        member,
        problem: format!("cannot be used: {error}"),
        remedy: "write a certificate and the key that it was made for",
    }
}

#[cfg(test)]
mod tests {
    use jackfield_config::Secret;

    use super::*;

    #[test]
    fn what_is_no_certificate_or_no_key_is_named_and_not_quoted() {
        let tls = |certificate: &str, key: &str| ListenerTlsConfig {
            certificate: certificate.to_owned(),
            key: Secret::new(key),
            client_ca: None,
            clients: ClientCertificates::Required,
        };
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        for (config, member) in [
            (tls("nonsense", "nonsense"), "certificate"),
            (tls(certificate, "sk-secret"), "key"),
            (tls(certificate, certificate), "key"),
        ] {
            let fault = build(&config).unwrap_err();
            assert_eq!(fault.member, member);
            assert!(!fault.problem.contains("sk-secret"), "{fault}");
        }
    }
}
