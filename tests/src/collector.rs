//! A collector of traces for tests: OTLP over HTTP and over gRPC at one port. It keeps what it gets, or refuses it, or says
//! nothing.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::patience::patiently;

/// Where gRPC's clients call.
const METHOD: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// A running collector. It is stopped when this is dropped.
pub struct Collector {
    address: SocketAddr,
    state: Arc<State>,
    /// Ends with this.
    _serving: JoinSet<()>,
}

/// How a collector behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It takes everything.
    Takes,
    /// It answers with this status; of gRPC, it is unavailable.
    Refuses(StatusCode),
    /// It accepts requests and never answers.
    Silent,
}

struct State {
    got: watch::Sender<Got>,
    manner: Mutex<Manner>,
}

/// What a collector has got.
#[derive(Clone, Debug, Default)]
pub struct Got {
    /// The spans, in the order in which they came.
    pub spans: Vec<Span>,
    /// What the sender says of itself.
    pub resource: BTreeMap<String, String>,
    /// The headers of each request, also of those that were refused.
    pub headers: Vec<HeaderMap>,
}

// === impl Collector ===

impl Collector {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(State {
            got: watch::Sender::default(),
            manner: Mutex::new(Manner::Takes),
        });
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, Arc::clone(&state)));
        Self {
            address,
            state,
            _serving: serving,
        }
    }

    /// Its URL for Protobuf over HTTP.
    pub fn http(&self) -> String {
        format!("http://{}/v1/traces", self.address)
    }

    /// Its URL for gRPC.
    pub fn grpc(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Behaves like this from now on.
    pub fn behave(&self, manner: Manner) {
        *self.state.manner() = manner;
    }

    /// What it has got, once that is as it should be.
    pub async fn when(&self, what: &str, is: impl FnMut(&Got) -> bool) -> Got {
        let mut got = self.state.got.subscribe();
        let found = patiently(what, got.wait_for(is)).await;
        found.expect("it still runs").clone()
    }

    /// What it has got, once there are so many spans.
    pub async fn spans(&self, count: usize) -> Got {
        self.when(&format!("{count} spans"), |got| got.spans.len() >= count)
            .await
    }

    /// What it has got so far.
    pub fn so_far(&self) -> Got {
        self.state.got.borrow().clone()
    }
}

// === impl State ===

impl State {
    fn manner(&self) -> MutexGuard<'_, Manner> {
        self.manner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, request: ExportTraceServiceRequest) {
        self.got.send_modify(|got| {
            for group in request.resource_spans {
                got.resource
                    .extend(attributes(&group.resource.unwrap_or_default().attributes));
                got.spans
                    .extend(group.scope_spans.into_iter().flat_map(|scope| scope.spans));
            }
        });
    }
}

/// Attributes as texts, lists with commas.
pub fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let one = |attribute: &KeyValue| (attribute.key.clone(), text(attribute.value.as_ref()));
    attributes.iter().map(one).collect()
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        Some(Value::ArrayValue(list)) => {
            let texts: Vec<String> = list.values.iter().map(|value| text(Some(value))).collect();
            texts.join(",")
        }
        other => format!("{other:?}"),
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    // The connections end with this task.
    let mut connections = JoinSet::new();
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            return;
        };
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let service = service_fn(|request| answer(request, Arc::clone(&state)));
            let connection = auto::Builder::new(TokioExecutor::new());
            // A client that goes away is no fault.
            let _ = connection.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Answer, hyper::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    state.got.send_modify(|got| got.headers.push(head.headers));
    let is_grpc = head.uri.path() == METHOD;
    let manner = *state.manner();
    let status = match manner {
        Manner::Silent => std::future::pending().await,
        Manner::Refuses(status) => status,
        Manner::Takes => {
            // gRPC writes a flag and a length before each message.
            let message = if is_grpc { body.slice(5..) } else { body };
            match ExportTraceServiceRequest::decode(message) {
                Ok(request) => {
                    state.keep(request);
                    StatusCode::OK
                }
                Err(_) => StatusCode::BAD_REQUEST,
            }
        }
    };
    Ok(if is_grpc { grpc(status) } else { plain(status) })
}

fn plain(status: StatusCode) -> Answer {
    let body = ExportTraceServiceResponse::default().encode_to_vec();
    let mut answer = Response::new(Full::new(Bytes::from(body)).boxed_unsync());
    *answer.status_mut() = status;
    answer
}

fn grpc(status: StatusCode) -> Answer {
    let message = ExportTraceServiceResponse::default().encode_to_vec();
    let mut envelope = BytesMut::new();
    envelope.put_u8(0);
    envelope.put_u32(u32::try_from(message.len()).unwrap_or(0));
    envelope.extend_from_slice(&message);
    let mut trailers = HeaderMap::new();
    let code = if status.is_success() { "0" } else { "14" };
    trailers.insert("grpc-status", HeaderValue::from_static(code));
    let frames = [Ok(Frame::data(envelope.freeze())), Ok(Frame::trailers(trailers))];
    let body = StreamBody::new(futures_util::stream::iter(frames));
    let mut answer = Response::new(body.boxed_unsync());
    let media_type = HeaderValue::from_static("application/grpc");
    answer.headers_mut().insert(header::CONTENT_TYPE, media_type);
    answer
}
