//! A small OCI registry on loopback (distribution-spec 1.1: pull and push), which also serves files, and keeps a journal.

mod state;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::header::{AUTHORIZATION, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sha2::{Digest, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use self::state::State;

/// The token that the registry gives out.
const TOKEN: &str = "Bearer token-of-the-registry";

type Reply = Response<Full<Bytes>>;

/// A running registry. Dropping it closes its listener and every connection.
pub struct Registry {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    _accepting: JoinSet<()>,
}

// === impl Registry ===

impl Registry {
    /// Listens on a free port of 127.0.0.1, and lets everybody in.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = Arc::new(Mutex::new(State::default()));
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::clone(&state), address));
        Self {
            address,
            state,
            _accepting: accepting,
        }
    }

    /// Its host, as a reference names it.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Lets in only who has a token, which this user gets for this password.
    pub fn require(&self, user: &str, password: &str) {
        self.state().user = Some((user.to_owned(), password.to_owned()));
    }

    /// Answers everything with this status from now on; `None` as it should.
    pub fn fail(&self, status: Option<u16>) {
        self.state().failing = status.map(|status| StatusCode::from_u16(status).expect("a status"));
    }

    /// Sends who asks for a blob on to this URL, with the digest at its end.
    pub fn send_on(&self, url: &str) {
        self.state().store = Some(url.to_owned());
    }

    /// Serves these bytes as `/files/NAME`, and returns the URL.
    pub fn serve_file(&self, name: &str, bytes: &[u8]) -> String {
        self.state()
            .files
            .insert(name.to_owned(), Bytes::copy_from_slice(bytes));
        format!("http://{}/files/{name}", self.address)
    }

    /// Puts an artefact with this plugin there, as `jackfield plugin push` does, and returns the digest of its manifest.
    pub fn put(&self, repository: &str, tag: &str, plugin: &[u8]) -> String {
        let config = b"{}";
        let manifest = serde_json::json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": { "mediaType": "application/vnd.wasm.config.v0+json", "digest": digest(config), "size": 2 },
            "layers": [{ "mediaType": "application/wasm", "digest": digest(plugin), "size": plugin.len() }],
        });
        self.put_manifest(repository, tag, manifest.to_string().as_bytes(), &[config, plugin])
    }

    /// Puts any manifest there, with blobs. Returns its digest.
    pub fn put_manifest(&self, repository: &str, tag: &str, manifest: &[u8], blobs: &[&[u8]]) -> String {
        let mut state = self.state();
        for blob in blobs {
            state.blobs.insert(digest(blob), Bytes::copy_from_slice(blob));
        }
        state.put_manifest(repository, tag, Bytes::copy_from_slice(manifest))
    }

    /// Puts other bytes under the digest of a blob.
    pub fn forge(&self, blob: &[u8], other: &[u8]) {
        self.state().blobs.insert(digest(blob), Bytes::copy_from_slice(other));
    }

    /// The manifest under a tag or digest.
    pub fn manifest(&self, repository: &str, name: &str) -> Option<Bytes> {
        self.state().manifest(repository, name)
    }

    /// The requests so far, each as `METHOD /path`, with ` with authorization` behind it if it had one.
    pub fn requests(&self) -> Vec<String> {
        self.state().journal.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the lock")
    }
}

/// The digest of a blob, as registries write it.
pub fn digest(blob: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(blob))
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>, address: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(serve(stream, Arc::clone(&state), address));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>, address: SocketAddr) {
    let service = service_fn(move |request| answer(request, Arc::clone(&state), address));
    // A client that hangs up is its own business.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
    address: SocketAddr,
) -> Result<Reply, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let path = head.uri.path().to_owned();
    let query = head.uri.query().unwrap_or_default().to_owned();
    let authorization = head.headers.get(AUTHORIZATION).cloned();
    let mut state = state.lock().expect("no test panics while it holds the lock");
    let with = if authorization.is_some() {
        " with authorization"
    } else {
        ""
    };
    state.journal.push(format!("{} {path}{with}", head.method));
    if let Some(status) = state.failing {
        return Ok(empty(status));
    }
    if let Some(name) = path.strip_prefix("/files/") {
        return Ok(found(state.files.get(name).cloned()));
    }
    if path == "/token" {
        return Ok(token(&state, authorization.as_ref()));
    }
    if state.user.is_some() && authorization.as_ref().is_none_or(|given| given != TOKEN) {
        let realm =
            format!("Bearer realm=\"http://{address}/token\",service=\"registry\",scope=\"repository:any:pull\"");
        let mut reply = empty(StatusCode::UNAUTHORIZED);
        reply
            .headers_mut()
            .insert(WWW_AUTHENTICATE, HeaderValue::from_str(&realm).expect("a header"));
        return Ok(reply);
    }
    Ok(route(&mut state, &head.method, &path, &query, body))
}

/// The endpoints of the specification, by their numbers there: 2, 3, 4a, 6 and 7.
fn route(state: &mut State, method: &Method, path: &str, query: &str, body: Bytes) -> Reply {
    let rest = path.strip_prefix("/v2/").unwrap_or_default();
    if let Some((repository, name)) = rest.split_once("/manifests/") {
        return match *method {
            Method::PUT => {
                state.put_manifest(repository, name, body);
                empty(StatusCode::CREATED)
            }
            _ => found(state.manifest(repository, name)),
        };
    }
    if rest.contains("/blobs/uploads/") {
        if *method == Method::POST {
            let mut reply = empty(StatusCode::ACCEPTED);
            let place = HeaderValue::from_str(&format!("{path}one?state=1")).expect("a header");
            reply.headers_mut().insert(LOCATION, place);
            return reply;
        }
        let named = query.split('&').find_map(|pair| pair.strip_prefix("digest="));
        let named = named.unwrap_or_default().replace("%3A", ":");
        if named != digest(&body) || !query.starts_with("state=1&") {
            return empty(StatusCode::BAD_REQUEST);
        }
        state.blobs.insert(named, body);
        return empty(StatusCode::CREATED);
    }
    let Some((_, digest)) = rest.split_once("/blobs/") else {
        return empty(StatusCode::NOT_FOUND);
    };
    if let Some(store) = state.store.as_ref().filter(|_| *method == Method::GET) {
        let mut reply = empty(StatusCode::TEMPORARY_REDIRECT);
        let place = HeaderValue::from_str(&format!("{store}{digest}")).expect("a header");
        reply.headers_mut().insert(LOCATION, place);
        return reply;
    }
    found(state.blobs.get(digest).cloned())
}

fn token(state: &State, authorization: Option<&HeaderValue>) -> Reply {
    use base64::Engine;
    let Some((user, password)) = &state.user else {
        return empty(StatusCode::NOT_FOUND);
    };
    let both = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    if authorization.is_none_or(|given| *given != format!("Basic {both}")) {
        return empty(StatusCode::UNAUTHORIZED);
    }
    let token = TOKEN.trim_start_matches("Bearer ");
    found(Some(Bytes::from(format!("{{\"token\":\"{token}\"}}"))))
}

fn found(content: Option<Bytes>) -> Reply {
    match content {
        Some(content) => Response::new(Full::new(content)),
        None => empty(StatusCode::NOT_FOUND),
    }
}

fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = status;
    reply
}
