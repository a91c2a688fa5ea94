//! Accepts a server that presents a certificate which is trusted itself, not by its issuer.
//!
//! `openssl req -x509` makes such certificates: signed by themselves, marked as an authority, often without a list of
//! names. OpenSSL, curl and Python accept them where they are in the trust store; the rules of the web's certificates
//! (RFC 5280, section 4.2.1.9) do not, because an authority should not serve.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// DER of the object identifiers of a list of names (2.5.29.17) and of a common name (2.5.4.3).
const SUBJECT_ALT_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x1D, 0x11];
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];

/// The platform's verifier, which accepts a trusted certificate from its own server too.
#[derive(Debug)]
pub(super) struct OwnCertificate {
    platform: Verifier,
    /// Trusted besides the machine's.
    added: Vec<CertificateDer<'static>>,
}

// === impl OwnCertificate ===

impl OwnCertificate {
    pub(super) fn new(platform: Verifier, added: Vec<CertificateDer<'static>>) -> Self {
        Self { platform, added }
    }

    /// True if exactly this certificate is trusted. The machine's are read again, which is rare: only when the usual
    /// check has failed.
    fn is_trusted(&self, certificate: &CertificateDer<'_>) -> bool {
        let is_it = |trusted: &CertificateDer<'_>| trusted.as_ref() == certificate.as_ref();
        self.added.iter().any(is_it) || rustls_native_certs::load_native_certs().certs.iter().any(is_it)
    }
}

impl ServerCertVerifier for OwnCertificate {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let usual = self
            .platform
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match usual {
            Err(error) if may_be_own(&error) && self.is_trusted(end_entity) && names(end_entity, server_name) => {
                Ok(ServerCertVerified::assertion())
            }
            usual => usual,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.platform.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.platform.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.platform.supported_verify_schemes()
    }
}

/// True for the errors of a certificate that is trusted itself: an authority that serves, one without a known issuer,
/// one without a list of names. All of them come after the check of its dates.
fn may_be_own(error: &Error) -> bool {
    let Error::InvalidCertificate(error) = error else {
        return false;
    };
    match error {
        CertificateError::UnknownIssuer
        | CertificateError::NotValidForName
        | CertificateError::NotValidForNameContext { .. } => true,
        CertificateError::Other(error) => error.0.to_string() == "CaUsedAsEndEntity",
        _ => false,
    }
}

/// True if the certificate is for this name: by its list of names, or by its common name if it has no list.
fn names(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    let Ok(parsed) = ParsedCertificate::try_from(certificate) else {
        return false;
    };
    if verify_server_name(&parsed, name).is_ok() {
        return true;
    }
    let der = certificate.as_ref();
    let has_list = der
        .windows(SUBJECT_ALT_NAME.len())
        .any(|place| place == SUBJECT_ALT_NAME);
    !has_list && common_names(der).any(|common| common.eq_ignore_ascii_case(name.to_str().as_bytes()))
}

/// The common names in a certificate: subject's and issuer's, which are one where it signed itself.
fn common_names(der: &[u8]) -> impl Iterator<Item = &[u8]> {
    let places = der.windows(COMMON_NAME.len()).enumerate();
    let places = places.filter(|(_, place)| *place == COMMON_NAME);
    places.filter_map(|(start, _)| {
        // A string type, a length of one byte, and the text.
        let (_, rest) = der.get(start + COMMON_NAME.len()..)?.split_first()?;
        let (length, text) = rest.split_first()?;
        (*length < 0x80).then(|| text.get(..usize::from(*length)))?
    })
}

#[cfg(test)]
mod tests {
    use rustls::crypto::ring;
    use rustls::pki_types::pem::PemObject;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    /// `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=localhost`
    const BARE: &[u8] = include_bytes!("testdata/bare.pem");
    /// The same with `-addext subjectAltName=DNS:upstream.test`.
    const LISTED: &[u8] = include_bytes!("testdata/listed.pem");
    /// The same as the first with `-addext basicConstraints=CA:FALSE`, which is no authority.
    const LEAF: &[u8] = include_bytes!("testdata/leaf.pem");

    fn certificate(pem: &[u8]) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem).unwrap()
    }

    fn check(trusted: &[u8], presented: &[u8], name: &'static str, now: u64) -> Result<(), String> {
        let added = vec![certificate(trusted)];
        let platform = Verifier::new_with_extra_roots(added.clone(), Arc::new(ring::default_provider())).unwrap();
        let verifier = OwnCertificate::new(platform, added);
        let name = ServerName::try_from(name).unwrap();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
        let verdict = verifier.verify_server_cert(&certificate(presented), &[], &name, &[], now);
        verdict.map(|_| ()).map_err(|error| error.to_string())
    }

    /// In the year 2030.
    const THEN: u64 = 1_900_000_000;

    #[test]
    fn a_trusted_certificate_is_accepted_from_its_own_server() {
        assert_eq!(check(BARE, BARE, "localhost", THEN), Ok(()));
        assert_eq!(check(LISTED, LISTED, "upstream.test", THEN), Ok(()));
        assert_eq!(check(LEAF, LEAF, "localhost", THEN), Ok(()));
    }

    #[test]
    fn nothing_else_is() {
        for (what, trusted, presented, name, now) in [
            ("another name", BARE, BARE, "other.test", THEN),
            ("the common name beside a list", LISTED, LISTED, "localhost", THEN),
            ("another certificate of that name", BARE, LEAF, "localhost", THEN),
            ("a certificate of the future", BARE, BARE, "localhost", 1_000_000_000),
            ("one that has expired", BARE, BARE, "localhost", 9_000_000_000),
        ] {
            assert!(check(trusted, presented, name, now).is_err(), "{what}");
        }
    }
}
