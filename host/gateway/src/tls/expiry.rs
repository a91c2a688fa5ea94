//! When the listeners' certificates end, and what is said of one that soon does.

use std::time::{Duration, SystemTime};

use jackfield_accounting::clock::unix_seconds;
use jackfield_accounting::ledger::utc;
use jackfield_config::{Fault, ListenerTlsConfig, Loaded};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

/// How long before its end a certificate is warned of. Those that live for 47 days are renewed a good deal earlier.
const WARN_BEFORE: Duration = Duration::from_hours(14 * 24);

/// A moment after every end that a certificate can name (RFC 5280, section 4.1.2.5).
const AFTER_ALL: Duration = Duration::from_hours(10_000 * 366 * 24);

/// A listener's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expiry {
    /// The listener, as metrics call it.
    pub(crate) listener: &'static str,
    /// The last second at which the certificate is valid, since 1970.
    pub(crate) not_after: u64,
    /// Where the configuration has it.
    path: &'static [&'static str],
}

/// A warning for each listener whose certificate has ended, or ends within 14 days of `now`. For `jackfield check`, which
/// makes faults of them if it is strict.
#[must_use]
pub fn expiring_certificates(loaded: &Loaded, now: SystemTime) -> Vec<Fault> {
    let expiries = Expiry::all(loaded).into_iter();
    expiries.filter_map(|expiry| expiry.warning(loaded, now)).collect()
}

// === impl Expiry ===

impl Expiry {
    /// Those of a configuration. What cannot be read, or never ends, is left out.
    pub(super) fn all(loaded: &Loaded) -> Vec<Self> {
        let server = &loaded.config.server;
        let public: &[_] = &["server", "tls", "certificate"];
        let admin: &[_] = &["server", "admin", "tls", "certificate"];
        let doors = [("public", public, &server.tls), ("admin", admin, &server.admin.tls)];
        let expiry = |(listener, path, tls): (_, _, &Option<ListenerTlsConfig>)| {
            let not_after = not_after(&tls.as_ref()?.certificate)?;
            Some(Self {
                listener,
                not_after,
                path,
            })
        };
        doors.into_iter().filter_map(expiry).collect()
    }

    /// The warning, if it is time for one.
    pub(super) fn warning(self, loaded: &Loaded, now: SystemTime) -> Option<Fault> {
        let now = unix_seconds(now);
        let left = self.not_after.saturating_sub(now);
        let verb = if self.not_after < now {
            "expired on"
        } else if left < WARN_BEFORE.as_secs() {
            "expires on"
        } else {
            return None;
        };
        let millis = i64::try_from(self.not_after.saturating_mul(1000)).unwrap_or(i64::MAX);
        let problem = format!("{verb} {}", utc(millis));
        Some(loaded.fault_at(self.path, problem, "renew it; the file is read again when it changes"))
    }
}

/// The last second at which the first certificate in a PEM text is valid, since 1970.
fn not_after(pem: &str) -> Option<u64> {
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    let certificate = EndEntityCert::try_from(&certificate).ok()?;
    // There is no way to ask for it but to be told that it is over; that is looked at before trust is.
    let time = UnixTime::since_unix_epoch(AFTER_ALL);
    let usage = KeyUsage::server_auth();
    match certificate.verify_for_usage(&[], &[], &[], time, usage, None, None) {
        Err(Error::CertExpired { not_after, .. }) => Some(not_after.as_secs()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::time::UNIX_EPOCH;

    use tempfile::TempDir;

    use super::*;

    /// Made with `openssl x509 -days`; its end is what `openssl x509 -enddate` says.
    const LEAF: &str = include_str!("../upstream/tls/testdata/leaf.pem");
    const END: u64 = 4_949_260_605;

    #[test]
    fn the_end_of_a_certificate_is_read() {
        assert_eq!(not_after(LEAF), Some(END));
        assert_eq!(not_after("nonsense"), None);
    }

    #[test]
    fn one_that_ends_soon_is_warned_of_at_its_place() {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("tls.crt"), LEAF).unwrap();
        let text = "server:\n  tls: { certificate: \"${file:tls.crt}\", key: k }\n";
        fs::write(folder.path().join("c.yaml"), text).unwrap();
        let loaded = jackfield_config::load(&folder.path().join("c.yaml"), &BTreeMap::new()).unwrap();
        let warned = |before: i64| {
            let now = UNIX_EPOCH + Duration::from_secs(END.checked_add_signed(-before).unwrap());
            let mut warnings = expiring_certificates(&loaded, now);
            warnings
                .pop()
                .map(|fault| format!("{}: {}", fault.field, fault.problem))
        };
        let day = 24 * 60 * 60;
        assert_eq!(warned(15 * day), None);
        let expected = |verb| Some(format!("server.tls.certificate: {verb} 2126-11-02T02:36:45.000+00:00"));
        assert_eq!(warned(13 * day), expected("expires on"));
        assert_eq!(warned(-1), expected("expired on"));
    }
}
