//! Where an adapter's request goes: below the provider's base URL, or to another host that the operator lists.

use super::reach::Reach;
use crate::error::{Class, Failure};
use crate::upstream::client::Client;
use crate::upstream::credential::Credential;
use crate::upstream::egress;

/// The URL of a request, and the client that may open it.
pub(super) struct Destination<'a> {
    pub(super) url: String,
    pub(super) client: &'a Client,
}

/// The destination that an adapter names: a path below the base URL, or a full URL.
///
/// # Errors
/// Of class plugin, if it may not be reached.
pub(super) fn destination<'a>(
    reach: &'a Reach,
    credential: &Credential,
    named: &str,
) -> Result<Destination<'a>, Failure> {
    let Some(base_url) = &reach.base_url else {
        return Err(Failure::new(Class::Refused, "the provider has no base_url; add one"));
    };
    let base_url = base_url.trim_end_matches('/');
    let granted = credential.query_name();
    // Upstreams tell the URL of a job in full, also where it is their own.
    let below = named.strip_prefix(base_url).filter(|rest| rest.starts_with('/'));
    let path = below.unwrap_or(named);
    match &reach.elsewhere {
        Some(elsewhere) if path.contains("://") && !path.starts_with('/') => {
            let permitted = egress::elsewhere(path, base_url, &elsewhere.hosts, granted)?;
            Ok(Destination {
                url: permitted.uri.to_string(),
                client: elsewhere.client(&permitted),
            })
        }
        _ => {
            egress::path(path, granted)?;
            Ok(Destination {
                url: [base_url, path].concat(),
                client: &reach.client,
            })
        }
    }
}
