//! Around every request: finds its endpoint on the way in, adds headers on the way out.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Version, header};
use tower_service::Service;

use super::entered::Entered;
use super::error_form::{ErrorForm, error_of, render};
use super::inference::{self, Asked};
use super::operators::{self, OwnListener};
use super::{auth, cors, endpoints, panic, path, site};
use crate::error::{ErrorKind, GatewayError};
use crate::listen::{Handler, Reader};
use crate::request::Gateway;
use crate::request::drain::InFlight;
use jackfield_dialects::{ClientDialect, Dialect};

/// The paths of a listener, and what is done around every request.
#[derive(Clone)]
pub(crate) struct Edge {
    gateway: Arc<Gateway>,
    /// All paths but those of inference endpoints that are found.
    router: Router,
    /// Whether there are inference endpoints.
    infers: bool,
    /// What is known of the listener, if it is for scrapes alone.
    own: Option<OwnListener>,
}

// === impl Edge ===

impl Edge {
    /// The paths of a listener that serves no models.
    pub(super) fn new(gateway: &Arc<Gateway>, router: Router, own: Option<OwnListener>) -> Self {
        Self {
            gateway: Arc::clone(gateway),
            router,
            infers: false,
            own,
        }
    }

    /// The same with the inference endpoints.
    pub(super) fn with_inference(self) -> Self {
        Self { infers: true, ..self }
    }

    /// The response to a request of the client whom `reader` knows, if it has a connection. It comes with what counts it as
    /// in flight until its last byte is written, if anything does.
    /// Step 2 of a request's life (ARCHITECTURE.md).
    pub(crate) async fn answer(
        &self,
        mut request: Request,
        reader: Option<Reader>,
    ) -> (Response, Option<Arc<InFlight>>) {
        path::mend(request.uri_mut());
        if let Some(own) = self.own {
            request.extensions_mut().insert(own);
        }
        let (found, dialect) = self.find(&request);
        if let Some(parameter) = dialect.and_then(ClientDialect::key_parameter) {
            auth::take_from_query(parameter, &mut request);
        }
        let entered = Entered::now(&self.gateway, request.headers(), dialect);
        let form = ErrorForm::of(dialect, request.headers(), &entered.snapshot.config.server);
        let cors = &entered.snapshot.config.server.cors;
        // Web pages have no access to the operators' endpoints.
        let public = !operators::has(request.uri().path());
        let origin = cors::origin(cors, request.headers()).filter(|_| public);
        let preflight = origin.as_ref().and_then(|_| cors::preflight(cors, &request));
        let (response, in_flight) = match (refusal(&entered, &request), preflight) {
            (Some(error), _) => (error.into_response(), None),
            (None, Some(response)) => (response, None),
            (None, None) => panic::caught(&entered.id, self.served(request, reader, &entered, found)).await,
        };
        let mut response = rendered(response, form);
        if public {
            cors::mark(cors, response.headers_mut(), origin);
        }
        entered.mark(response.headers_mut());
        (response, in_flight)
    }

    /// The inference endpoint that a request is for, if it is for one, and the dialect that its client speaks, if that is known.
    fn find(&self, request: &Request) -> (Option<(Dialect, Asked)>, Option<Dialect>) {
        let (uri, headers) = (request.uri(), request.headers());
        let found = if self.infers {
            endpoints::find(request.method(), uri)
        } else {
            None
        };
        let dialect = match &found {
            Some((dialect, _)) => Some(dialect.variant(&|name| headers.contains_key(name))),
            None => dialect_of(uri.path(), headers),
        };
        (found, dialect)
    }

    /// Serves what was found, and else what the router has. The former is most of all there is: routers allocate twenty times
    /// on the way to an endpoint.
    async fn served(
        &self,
        mut request: Request,
        reader: Option<Reader>,
        entered: &Entered,
        found: Option<(Dialect, Asked)>,
    ) -> (Response, Option<Arc<InFlight>>) {
        if let Some((dialect, asked)) = found {
            let gateway = Arc::clone(&self.gateway);
            return inference::serve(gateway, entered.clone(), (request, reader), dialect, asked).await;
        }
        request.extensions_mut().insert(entered.clone());
        if let Some(reader) = reader {
            request.extensions_mut().insert(reader);
        }
        let Ok(response) = self.router.clone().call(request).await;
        (response, None)
    }
}

impl Handler for Edge {
    fn handle(
        &self,
        request: Request,
        reader: Reader,
    ) -> impl Future<Output = (Response, Option<Arc<InFlight>>)> + Send {
        self.answer(request, Some(reader))
    }
}

/// The response, or the error that it carries in the form that its client reads.
fn rendered(mut response: Response, form: ErrorForm) -> Response {
    let Some(error) = error_of(&mut response) else {
        return response;
    };
    let more = std::mem::take(response.headers_mut());
    let mut rendered = render(&error, form);
    rendered.headers_mut().extend(more);
    rendered
}

/// Why a request is not looked at any further, if it is not.
fn refusal(entered: &Entered, request: &Request) -> Option<GatewayError> {
    if names_its_host(request) {
        return site::refusal(&entered.snapshot.config, request);
    }
    let message = "Send the header Host, once and with a host in it (RFC 9112, section 3.2).";
    Some(GatewayError::new(ErrorKind::InvalidRequest, message))
}

/// The dialect of a request to this path, in the variant that its headers select; at paths of no dialect the one that its
/// headers show, if they show any.
pub(super) fn dialect_of(path: &str, headers: &HeaderMap) -> Option<Dialect> {
    let has_header = |name: &str| headers.contains_key(name);
    let serves = |dialect: &Dialect| {
        dialect.endpoints().iter().any(|endpoint| endpoint.path == path)
            || dialect.prefix().is_some_and(|prefix| path.starts_with(prefix))
            || dialect.address(path, "").is_some()
    };
    match jackfield_dialects::all().into_iter().find(serves) {
        Some(dialect) => Some(dialect.variant(&has_header)),
        None => jackfield_dialects::spoken(&has_header),
    }
}

/// Whether a request has a valid `Host`, exactly one. It may lack it, but for HTTP/1.1.
fn names_its_host(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() != Version::HTTP_11,
        (Some(host), None) => may_be_host(host.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}

/// Whether these are characters of a host and its port (RFC 3986, section 3.2.2).
fn may_be_host(host: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte);
    !host.is_empty() && host.iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::HeaderValue;

    use super::*;

    fn named(version: Version, hosts: &[&str]) -> bool {
        let mut request = Request::new(Body::empty());
        *request.version_mut() = version;
        for host in hosts {
            let host = HeaderValue::from_str(host).unwrap();
            request.headers_mut().append(header::HOST, host);
        }
        names_its_host(&request)
    }

    #[test]
    fn http_1_1_needs_one_host_and_nobody_may_send_two() {
        assert!(named(Version::HTTP_11, &["llm.example:8080"]));
        assert!(named(Version::HTTP_11, &["[::1]:8080"]));
        assert!(!named(Version::HTTP_11, &[]));
        for version in [Version::HTTP_10, Version::HTTP_2] {
            assert!(named(version, &[]) && named(version, &["a"]));
        }
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            for hosts in [
                &["a", "a"][..],
                &["a", "b"],
                &["a b"],
                &["a/b"],
                &["u@a"],
                &[""],
                &["a", ""],
            ] {
                assert!(!named(version, hosts), "{hosts:?}");
            }
        }
    }
}
