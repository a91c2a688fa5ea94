//! `auth:` of a provider: how its credential is attached, and what a scheme that signs needs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Secret;

/// How a credential is attached to a request.
///
/// Since 0.1.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    /// Where the credential goes.
    pub scheme: AuthScheme,
    /// The header or query parameter. Required for these two schemes; unused for the others.
    pub name: Option<String>,
    /// For `aws-sigv4`: the region to sign for, such as `eu-central-1`. Required there.
    #[schemars(length(min = 1))]
    pub region: Option<String>,
    /// For `aws-sigv4`: the service to sign for, such as `bedrock`. Default: as the adapter's manifest says.
    #[schemars(length(min = 1))]
    pub service: Option<String>,
    /// For `aws-sigv4`: the id of the access key. Required there.
    pub access_key_id: Option<Secret>,
    /// For `aws-sigv4`: the secret of the access key. Required there.
    pub secret_access_key: Option<Secret>,
    /// For `aws-sigv4`: the session token of temporary credentials. Default none.
    pub session_token: Option<Secret>,
    /// For `google-service-account`: the key file's text, as in `${file:key.json}`. Required there.
    pub service_account: Option<Secret>,
    /// For `google-service-account`: what the tokens are for, as URLs with spaces between them. Default: as the adapter's
    /// manifest says, or `https://www.googleapis.com/auth/cloud-platform`.
    #[schemars(length(min = 1))]
    pub scope: Option<String>,
    /// For `google-service-account`: where tokens are fetched. Default: the key file's `token_uri`, which must be https
    /// and a host of Google's.
    #[schemars(length(min = 1))]
    pub token_url: Option<String>,
}

/// Where a credential goes in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthScheme {
    /// `Authorization: Bearer …` (RFC 6750, section 2.1).
    Bearer,
    /// The header called `name`.
    Header,
    /// The query parameter called `name`.
    Query,
    /// `Authorization: Basic …` (RFC 7617); the credential is `user:password`.
    Basic,
    /// Nothing is attached.
    None,
    /// Each request is signed with an access key (AWS Signature Version 4).
    AwsSigv4,
    /// `Authorization: Bearer …`, with a token that a service account's key is exchanged for (RFC 7523).
    GoogleServiceAccount,
}

// === impl AuthConfig ===

impl AuthConfig {
    /// True if it holds the credential itself, in place of `api_key`.
    #[must_use]
    pub fn holds_credential(&self) -> bool {
        matches!(self.scheme, AuthScheme::AwsSigv4 | AuthScheme::GoogleServiceAccount)
    }
}

// === impl AuthScheme ===

impl AuthScheme {
    /// Its name in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Header => "header",
            Self::Query => "query",
            Self::Basic => "basic",
            Self::None => "none",
            Self::AwsSigv4 => "aws-sigv4",
            Self::GoogleServiceAccount => "google-service-account",
        }
    }
}
