//! Which full URLs an adapter may name in place of a path: those on the hosts that the operator lists.

use jackfield_config::is_local_url;

use super::attachment::{AttachmentRefusal, AttachmentUrl, attachment};
use super::{EgressError, quoted, target};

/// Checks a URL that an adapter names: its host must be on the provider's list, and its path is judged as any other.
/// Where `base_url` is itself of the gateway's own network, hosts that the list names in full may be as well, and speak
/// http if it does. `granted` is the query parameter that carries this provider's credential, if any.
///
/// # Errors
/// [`EgressError`].
pub(crate) fn elsewhere(
    url: &str,
    base_url: &str,
    hosts: &[String],
    granted: Option<&str>,
) -> Result<AttachmentUrl, EgressError> {
    let refused = |reason: &str| EgressError::Elsewhere(quoted(url), reason.to_owned());
    let permitted = attachment(url, hosts, is_local_url(base_url)).map_err(|refusal| match refusal {
        AttachmentRefusal::NotListed => {
            refused("is on a host that `hosts` of the provider does not list; add it there")
        }
        other => refused(&other.to_string()),
    })?;
    if permitted.uri.scheme_str() == Some("http") && !base_url.starts_with("http:") {
        return Err(refused(&AttachmentRefusal::NotHttps.to_string()));
    }
    let target = permitted.uri.path_and_query().map_or("/", |target| target.as_str());
    target::path(target, granted)?;
    Ok(permitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "https://api.example.com/v1";
    const LOCAL: &str = "http://127.0.0.1:9000/v1";

    fn hosts() -> Vec<String> {
        ["api.eu1.example.com", "*.run.example", "127.0.0.1:9001", "*.internal"]
            .map(str::to_owned)
            .into()
    }

    #[test]
    fn a_url_on_a_listed_host_passes() {
        for (url, base_url) in [
            ("https://api.eu1.example.com/v1/get_result?id=1", PUBLIC),
            ("https://queue.run.example/a/b", PUBLIC),
            ("http://127.0.0.1:9001/x", LOCAL),
        ] {
            assert!(elsewhere(url, base_url, &hosts(), None).is_ok(), "{url}");
        }
    }

    #[test]
    fn every_other_url_is_refused() {
        for (url, base_url) in [
            ("https://evil.example/x", PUBLIC),
            ("https://run.example/x", PUBLIC),
            ("http://api.eu1.example.com/x", PUBLIC),
            ("http://127.0.0.1:9001/x", PUBLIC),
            ("https://127.0.0.1:9001/x", PUBLIC),
            ("http://127.0.0.1:9001/x", "https://127.0.0.1:9000/v1"),
            ("http://127.0.0.1:9002/x", LOCAL),
            ("http://metadata.internal/x", LOCAL),
            ("https://u:p@api.eu1.example.com/x", PUBLIC),
            ("https://api.eu1.example.com/a/../b", PUBLIC),
            ("https://api.eu1.example.com/x?api_key=1", PUBLIC),
            ("https://api.eu1.example.com/x#y", PUBLIC),
            ("file:///etc/passwd", PUBLIC),
        ] {
            assert!(elsewhere(url, base_url, &hosts(), None).is_err(), "{url}");
        }
        let error = elsewhere("https://evil.example/x", PUBLIC, &hosts(), None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the URL \"https://evil.example/x\" is on a host that `hosts` of the provider does not list; add it there"
        );
    }
}
