//! Whom we trust: TLS 1.2 and 1.3 with ring, this machine's certificates, and those that a provider adds.

mod own_certificate;

use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

use self::own_certificate::OwnCertificate;
use super::error::UpstreamError;

/// The TLS of connections that trust this machine's certificates and `added` ones, which are PEM text.
///
/// # Errors
/// [`UpstreamError::Build`] if there is no certificate to trust, or `added` is not PEM text of certificates.
pub(super) fn config(added: &str) -> Result<ClientConfig, UpstreamError> {
    static MACHINES: OnceLock<Result<ClientConfig, UpstreamError>> = OnceLock::new();
    if added.is_empty() {
        // Loaded once, because the store is large.
        return MACHINES.get_or_init(|| build(&[])).clone();
    }
    build(&certificates(added)?)
}

/// Every certificate in a PEM text.
fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, UpstreamError> {
    let unreadable = |what: String| UpstreamError::Build(format!("the added certificates cannot be read: {what}"));
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match parsed {
        Err(error) => Err(unreadable(error.to_string())),
        Ok(none) if none.is_empty() => Err(unreadable("there is none in PEM form".to_owned())),
        Ok(certificates) => Ok(certificates),
    }
}

fn build(added: &[CertificateDer<'static>]) -> Result<ClientConfig, UpstreamError> {
    let fault = |error: rustls::Error| UpstreamError::Build(error.to_string());
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(added.iter().cloned(), Arc::clone(&provider)).map_err(fault)?;
    let verifier: Arc<dyn ServerCertVerifier> = Arc::new(OwnCertificate::new(verifier, added.to_vec()));
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(fault)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    Ok(builder.with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_certificates_must_be_pem() {
        for bad in [
            "nonsense",
            "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
        ] {
            let error = config(bad).unwrap_err().to_string();
            assert!(error.contains("the added certificates cannot be read"), "{error}");
        }
    }
}
