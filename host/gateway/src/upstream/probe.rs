//! Calls an upstream once, in a way that costs nothing, and says how far the call got.

use std::time::{Duration, Instant, SystemTime};

use http::{HeaderMap, Method, StatusCode, Uri};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::client::{Client, OutgoingRequest};
use super::credential::Credential;
use super::outgoing_body::OutgoingBody;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer of an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reached {
    /// Its status. Any will do: a base URL is often no resource.
    pub(crate) status: StatusCode,
    /// How long it took, connecting included.
    pub(crate) after: Duration,
}

/// The step at which the call ended. No message contains the URL, which may carry a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProbeError {
    /// The name has no address.
    #[error("its name cannot be looked up: {0}")]
    Lookup(String),
    /// No address accepts a connection.
    #[error("it accepts no connection: {0}")]
    Connect(String),
    /// The connection is accepted, but what follows fails: the TLS handshake or the request.
    #[error("it accepts a connection, but then {0}")]
    Exchange(String),
    /// It is reached by way of a proxy, and that failed.
    #[error("{0}")]
    Proxied(String),
    /// There is no token, or nothing can be signed.
    #[error("its credential cannot be attached: {0}")]
    Credential(String),
}

/// Sends one GET to `url`. Redirects are not followed, and the body of the answer is not read.
///
/// # Errors
/// [`ProbeError`] with the step at which it failed.
pub(crate) async fn probe(
    client: &Client,
    url: &str,
    headers: &HeaderMap,
    credential: &Credential,
) -> Result<Reached, ProbeError> {
    let begun = Instant::now();
    let mut request = OutgoingRequest {
        method: Method::GET,
        url: url.to_owned(),
        headers: headers.clone(),
        body: OutgoingBody::default(),
    };
    let authorized = credential.authorize(&mut request, SystemTime::now()).await;
    authorized.map_err(|error| ProbeError::Credential(error.to_string()))?;
    match timeout(PATIENCE, client.send(request).1).await {
        Ok(Ok(reply)) => Ok(Reached {
            status: reply.status,
            after: begun.elapsed(),
        }),
        Ok(Err(error)) => Err(cause(client, url, &error.to_string()).await),
        Err(_) => Err(cause(client, url, "does not answer in time").await),
    }
}

/// Why the call failed: looks up the name and connects once more to find the step, or takes the client's words.
async fn cause(client: &Client, url: &str, words: &str) -> ProbeError {
    let uri: Uri = url.parse().unwrap_or_default();
    if let Some(proxy) = client.proxy_to(&uri) {
        let is_named = words.ends_with(&proxy);
        return ProbeError::Proxied(if is_named {
            words.to_owned()
        } else {
            format!("{words}, by way of the proxy {proxy}")
        });
    }
    let port = uri
        .port_u16()
        .unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let addresses = match timeout(PATIENCE, lookup_host((host, port))).await {
        Ok(Ok(addresses)) => addresses.collect::<Vec<_>>(),
        Ok(Err(error)) => return ProbeError::Lookup(error.to_string()),
        Err(_) => return ProbeError::Lookup("no answer in time".to_owned()),
    };
    match timeout(PATIENCE, TcpStream::connect(addresses.as_slice())).await {
        Ok(Ok(_)) => ProbeError::Exchange(words.to_owned()),
        Ok(Err(error)) => ProbeError::Connect(error.to_string()),
        Err(_) => ProbeError::Connect("no answer in time".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use jackfield_config::{ProxyConfig, Secret};
    use jackfield_sandbox::AuthScheme;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::upstream::proxy::Proxies;
    use crate::upstream::route::Route;

    /// Calls an upstream on loopback that takes one connection, reads once and answers this. Returns the outcome and what
    /// it read.
    async fn called(scheme: &str, answer: &str) -> (Result<Reached, ProbeError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://{}/v1", listener.local_addr().unwrap());
        let serve = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut read = vec![0; 4096];
            let length = stream.read(&mut read).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            drop(stream);
            // The second connection, if the first one failed.
            let second = timeout(Duration::from_millis(10), listener.accept()).await;
            drop(second);
            String::from_utf8_lossy(&read[..length]).into_owned()
        };
        let client = Client::new(Route::direct(Duration::from_secs(5))).unwrap();
        let credential = Credential::new(&AuthScheme::Bearer, Some(&Secret::new("sk-probe"))).unwrap();
        let headers = HeaderMap::new();
        tokio::join!(probe(&client, &url, &headers, &credential), serve)
    }

    #[tokio::test]
    async fn any_status_is_an_answer_to_a_get_with_the_credential() {
        let (outcome, request) = called("http", "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(outcome.unwrap().status, StatusCode::NOT_FOUND);
        assert!(request.starts_with("GET /v1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("authorization: Bearer sk-probe\r\n"), "{request}");
    }

    #[tokio::test]
    async fn an_upstream_that_does_not_speak_its_protocol_is_told_from_one_that_is_not_there() {
        for (scheme, answer) in [("https", "no TLS"), ("http", "no HTTP\r\n\r\n")] {
            let (outcome, _) = called(scheme, answer).await;
            assert!(matches!(outcome, Err(ProbeError::Exchange(_))), "{outcome:?}");
        }
    }

    #[tokio::test]
    async fn a_proxy_that_is_not_there_is_named_without_its_password() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let proxies = Proxies::new(&ProxyConfig {
            https: Some(Secret::new(format!("http://user:word@{address}"))),
            ..ProxyConfig::default()
        });
        let route = Route::direct(Duration::from_secs(5)).through(proxies);
        let client = Client::new(route).unwrap();
        let outcome = probe(&client, "https://a.example/v1", &HeaderMap::new(), &Credential::None).await;
        let shown = outcome.unwrap_err().to_string();
        assert!(shown.starts_with("cannot connect: "), "{shown}");
        assert!(
            shown.ends_with(&format!(", by way of the proxy http://{address}")),
            "{shown}"
        );
    }

    #[tokio::test]
    async fn an_upstream_that_is_not_there_accepts_no_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let client = Client::new(Route::direct(Duration::from_secs(5))).unwrap();
        let outcome = probe(&client, &url, &HeaderMap::new(), &Credential::None).await;
        let error = outcome.unwrap_err();
        assert_eq!(
            error,
            ProbeError::Connect("Connection refused (os error 111)".to_owned())
        );
    }
}
