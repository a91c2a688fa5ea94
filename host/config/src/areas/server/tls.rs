//! `tls:` of a listener: its certificate, and whether clients need one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Secret;

/// TLS 1.2 and 1.3 on a listener, with HTTP/2 for clients that offer it. Write files as `${file:PATH}`: they are watched,
/// and a change is in force for the next connection.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerTlsConfig {
    /// The listener's certificate and those between it and its authority, as PEM text.
    #[schemars(length(min = 1))]
    pub certificate: String,
    /// The certificate's private key, as PEM text (PKCS#8, PKCS#1 or SEC1). It is never shown.
    pub key: Secret,
    /// The authorities that clients' certificates come from, as PEM text. Default none: clients need no certificate.
    pub client_ca: Option<String>,
    /// With `client_ca`, whether a client must present a certificate. A wrong one is always refused. Default `required`.
    #[serde(default)]
    pub clients: ClientCertificates,
}

/// Whether a client must present a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificates {
    /// A client without one is refused in the handshake.
    #[default]
    Required,
    /// A client without one is served too.
    Optional,
}
