//! How the host attaches the provider's credential.

use serde::Serialize;

/// How the host attaches the provider's credential: the plugin never sees it. The provider's configuration may choose
/// another scheme, so this is the usual one of the upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "scheme", rename_all = "kebab-case")]
pub enum Auth {
    /// No credential.
    None,
    /// `authorization: Bearer …` (RFC 6750, section 2.1).
    Bearer,
    /// A header with this name that holds the bare credential.
    Header {
        /// The header's name, such as `x-api-key`.
        name: String,
    },
    /// A query parameter with this name.
    Query {
        /// The parameter's name, such as `key`.
        name: String,
    },
    /// `authorization: Basic …` (RFC 7617); the credential is `user:password`.
    Basic,
    /// A signature over the whole request, made with the provider's access key for its region (AWS Signature Version 4).
    AwsSigv4 {
        /// The service to sign for, such as `bedrock`.
        service: String,
    },
    /// `authorization: Bearer …` with a token of an hour, for which the host exchanges a service account's key (RFC 7523).
    GoogleServiceAccount {
        /// What the token is for, as URLs with spaces between them. `None`: all that the account may do on Google Cloud.
        #[serde(skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn a_scheme_is_written_by_its_name_with_what_it_needs() {
        let service = "bedrock".to_owned();
        assert_eq!(
            to_value(Auth::AwsSigv4 { service }).unwrap(),
            json!({"scheme": "aws-sigv4", "service": "bedrock"})
        );
        assert_eq!(
            to_value(Auth::GoogleServiceAccount { scope: None }).unwrap(),
            json!({"scheme": "google-service-account"})
        );
        assert_eq!(to_value(Auth::Bearer).unwrap(), json!({"scheme": "bearer"}));
    }
}
