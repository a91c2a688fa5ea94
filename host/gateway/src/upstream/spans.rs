//! Sends spans to a collector: OTLP over HTTP or over gRPC
//! (<https://opentelemetry.io/docs/specs/otlp/>).

mod encoded;

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use tonic::client::Grpc;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};
use tonic::{Code, Request};

use self::encoded::Encoded;
use super::client::{Client, OutgoingRequest};
use super::error::{UpstreamError, root_cause};
use super::outgoing_body::OutgoingBody;
use super::reply::Collector;
use super::route::Route;

/// What is called over gRPC (`opentelemetry/proto/collector/trace/v1/trace_service.proto`).
const EXPORT: PathAndQuery = PathAndQuery::from_static("/opentelemetry.proto.collector.trace.v1.TraceService/Export");

/// The longest that connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The longest that one call may take.
const ANSWER: Duration = Duration::from_secs(10);

/// The most bytes of an answer that are read. It says how many spans were rejected.
const MAX_ANSWER: usize = 64 << 10;

/// A collector of spans.
#[derive(Debug, Clone)]
pub(crate) enum SpanReceiver {
    /// Protobuf over HTTP.
    Http {
        /// Sends the requests.
        client: Client,
        /// Where to, path included.
        url: String,
        /// What each request carries besides. They may be secret.
        headers: HeaderMap,
    },
    /// gRPC.
    Grpc {
        /// The connection, opened when it is needed.
        channel: Channel,
        /// What each request carries besides.
        headers: HeaderMap,
    },
}

/// Why spans were not taken. No message quotes an address or a header.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The collector cannot be set up.
    #[error("the collector cannot be reached: {0}")]
    Build(String),
    /// It cannot be reached, or is busy. Later it may take them.
    #[error("{0}")]
    Later(String),
    /// It will not take them.
    #[error("{0}")]
    Refused(String),
}

// === impl SpanReceiver ===

impl SpanReceiver {
    /// One that takes Protobuf over HTTP at this URL.
    ///
    /// # Errors
    /// [`SendError::Build`] if the machine's certificates cannot be read.
    pub(crate) fn http(url: &str, mut headers: HeaderMap) -> Result<Self, SendError> {
        let client = Client::new(Route::direct(CONNECT)).map_err(|error| SendError::Build(error.to_string()))?;
        let media_type = HeaderValue::from_static("application/x-protobuf");
        headers.insert(header::CONTENT_TYPE, media_type);
        let url = url.to_owned();
        Ok(Self::Http { client, url, headers })
    }

    /// One that speaks gRPC at this URL, with TLS for `https`.
    ///
    /// # Errors
    /// [`SendError::Build`] if the URL is none, or the machine's certificates cannot be read.
    pub(crate) fn grpc(url: &str, headers: HeaderMap) -> Result<Self, SendError> {
        let failed = |error: tonic::transport::Error| SendError::Build(error.to_string());
        let endpoint = Endpoint::from_shared(url.to_owned()).map_err(failed)?;
        let endpoint = endpoint.connect_timeout(CONNECT).timeout(ANSWER);
        let endpoint = if url.starts_with("https:") {
            let tls = ClientTlsConfig::new().with_native_roots();
            endpoint.tls_config(tls).map_err(failed)?
        } else {
            endpoint
        };
        let channel = endpoint.connect_lazy();
        Ok(Self::Grpc { channel, headers })
    }

    /// Sends spans: an encoded `ExportTraceServiceRequest`. Returns how many the collector rejected of them.
    ///
    /// # Errors
    /// [`SendError`] if it took none.
    pub(crate) async fn send(&self, spans: OutgoingBody) -> Result<u64, SendError> {
        let answer = match self {
            Self::Http { client, url, headers } => post(client, url, headers, spans).await?,
            Self::Grpc { channel, headers } => call(channel, headers, spans).await?,
        };
        let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_spans);
        Ok(u64::try_from(rejected).unwrap_or(0))
    }
}

async fn post(
    client: &Client,
    url: &str,
    headers: &HeaderMap,
    spans: OutgoingBody,
) -> Result<ExportTraceServiceResponse, SendError> {
    let later = |error: UpstreamError| SendError::Later(error.to_string());
    let request = OutgoingRequest {
        method: Method::POST,
        url: url.to_owned(),
        headers: headers.clone(),
        body: spans,
    };
    let exchange = async {
        let mut reply = client.send(request).1.await.map_err(later)?;
        let mut body = Collector::new(MAX_ANSWER);
        loop {
            let mut pieces = Vec::new();
            reply.pieces(&mut pieces).await.map_err(later)?;
            if pieces.is_empty() {
                return Ok::<_, SendError>((reply.status, body.finish()));
            }
            pieces
                .into_iter()
                .try_for_each(|piece| body.push(piece))
                .map_err(later)?;
        }
    };
    let answered = tokio::time::timeout(ANSWER, exchange).await;
    let (status, body): (StatusCode, Bytes) =
        answered.map_err(|_| SendError::Later(format!("no answer within {ANSWER:?}")))??;
    match status.as_u16() {
        // Some collectors answer with an empty body, or with JSON.
        200..=299 => Ok(ExportTraceServiceResponse::decode(body).unwrap_or_default()),
        429 | 502..=504 => Err(SendError::Later(format!("the collector answers {status}"))),
        _ => Err(SendError::Refused(format!("the collector answers {status}"))),
    }
}

async fn call(
    channel: &Channel,
    headers: &HeaderMap,
    spans: OutgoingBody,
) -> Result<ExportTraceServiceResponse, SendError> {
    let mut request = Request::new(spans);
    *request.metadata_mut() = MetadataMap::from_headers(headers.clone());
    let mut collector = Grpc::new(channel.clone());
    let ready = collector.ready().await;
    ready.map_err(|_| SendError::Later("the connection is lost".to_owned()))?;
    let answer = collector.unary(request, EXPORT, Encoded).await;
    answer.map(tonic::Response::into_inner).map_err(|status| {
        let code = status.code();
        // What the collector itself has answered has no source.
        let message = match status.source() {
            Some(error) if code == Code::Unavailable => format!("cannot connect: {}", root_cause(error)),
            Some(error) => format!("no answer: {}", root_cause(error)),
            None => format!("the collector answers {code:?}"),
        };
        match code {
            Code::Cancelled
            | Code::DeadlineExceeded
            | Code::Aborted
            | Code::OutOfRange
            | Code::Unavailable
            | Code::DataLoss
            | Code::ResourceExhausted => SendError::Later(message),
            _ => SendError::Refused(message),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_collector_that_is_not_there_has_not_answered() {
        // Nothing listens there any more.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = format!("http://{address}");
        let http = SpanReceiver::http(&url, HeaderMap::new()).unwrap();
        let grpc = SpanReceiver::grpc(&url, HeaderMap::new()).unwrap();
        for receiver in [http, grpc] {
            let error = receiver.send(OutgoingBody::default()).await.unwrap_err();
            assert!(matches!(error, SendError::Later(_)), "{error:?}");
            assert!(error.to_string().starts_with("cannot connect: "), "{error}");
        }
    }
}
