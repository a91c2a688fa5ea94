//! TLS at the listener: both versions of HTTP, certificates that are renewed while it serves, and clients that need one.

use std::fs;
use std::sync::Arc;

use http::{Request, Version};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use jackfield_tests::gateway::{FREE, Gateway, install_adapters, put};
use jackfield_tests::patience::patiently;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A certificate and its key, as PEM text. They are valid until the year 2126.
type Identity = (&'static str, &'static str);

const AUTHORITY: &str = include_str!("certificates/authority.crt");
const SERVER: Identity = (
    include_str!("certificates/server.crt"),
    include_str!("certificates/server.key"),
);
const RENEWED: Identity = (
    include_str!("certificates/renewed.crt"),
    include_str!("certificates/renewed.key"),
);
const CLIENT: Identity = (
    include_str!("certificates/client.crt"),
    include_str!("certificates/client.key"),
);
/// From another authority.
const IMPOSTOR: Identity = (
    include_str!("certificates/impostor.crt"),
    include_str!("certificates/impostor.key"),
);

/// A gateway with TLS, further members of `tls`, and further members of `server`.
async fn start(tls: &str, server: &str) -> Gateway {
    let folder = tempfile::tempdir().unwrap();
    for name in ["config", "plugins"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    let config = folder.path().join("config");
    fs::write(config.join("authority.crt"), AUTHORITY).unwrap();
    fs::write(config.join("server.crt"), SERVER.0).unwrap();
    fs::write(config.join("server.key"), SERVER.1).unwrap();
    let text = format!(
        "server: {{ auth: off, {server} tls: {{ certificate: \"${{file:server.crt}}\", key: \"${{file:server.key}}\" {tls} }} }}
plugins: {{ deadline: 10s }}
storage: {{ url: none }}
providers:
  e: {{ adapter: echo }}
models:
  m: {{ {FREE}, chain: [{{ provider: e, model: m }}] }}
"
    );
    install_adapters(&text, &folder.path().join("plugins"));
    fs::write(config.join("config.yaml"), text).unwrap();
    Gateway::start_in(folder, "config", "plugins").await
}

fn certificates(pem: &str) -> Vec<CertificateDer<'static>> {
    let all = CertificateDer::pem_slice_iter(pem.as_bytes());
    all.collect::<Result<_, _>>().unwrap()
}

fn connector(protocol: &[u8], identity: Option<Identity>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(AUTHORITY));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            builder.with_client_auth_cert(certificates(certificate), key).unwrap()
        }
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    TlsConnector::from(Arc::new(config))
}

async fn connect(gateway: &Gateway, connector: TlsConnector) -> Option<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(gateway.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    patiently("a handshake", connector.connect(name, stream)).await.ok()
}

/// The status of one request on a connection, and the version of the answer; `None` if there is none.
async fn ask(stream: TlsStream<TcpStream>) -> Option<(u16, Version)> {
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let uri = if is_http2 {
        "https://localhost/v1/models"
    } else {
        "/v1/models"
    };
    let request = Request::get(uri).header("host", "localhost");
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let stream = TokioIo::new(stream);
    let answer = patiently(
        "an answer",
        Box::pin(async {
            if is_http2 {
                let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.ok()?;
                let (answer, _) = tokio::join!(
                    async move {
                        let answer = sender.send_request(request).await;
                        drop(sender);
                        answer
                    },
                    connection
                );
                answer.ok()
            } else {
                let (mut sender, connection) = http1::handshake(stream).await.ok()?;
                tokio::pin!(connection);
                tokio::select! {
                    biased;
                    answer = sender.send_request(request) => answer.ok(),
                    _ = &mut connection => None,
                }
            }
        }),
    );
    answer.await.map(|answer| (answer.status().as_u16(), answer.version()))
}

async fn served(gateway: &Gateway, identity: Option<Identity>) -> Option<(u16, Version)> {
    ask(connect(gateway, connector(b"http/1.1", identity)).await?).await
}

#[tokio::test]
async fn both_versions_of_http_are_negotiated() {
    let gateway = start("", "").await;
    for (protocol, version) in [(&b"http/1.1"[..], Version::HTTP_11), (b"h2", Version::HTTP_2)] {
        let stream = connect(&gateway, connector(protocol, None)).await.unwrap();
        assert_eq!(ask(stream).await, Some((200, version)));
    }
}

#[tokio::test]
async fn a_renewed_certificate_is_in_force_for_the_next_connection() {
    let mut gateway = start("", "").await;
    let certificate = |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap()[0].clone();
    let before = connect(&gateway, connector(b"http/1.1", None)).await.unwrap();
    assert_eq!(certificate(&before), certificates(SERVER.0)[0]);

    put(&gateway.config_dir().join("server.key"), RENEWED.1.as_bytes());
    let rejected = gateway.until(|snapshot| !snapshot["rejected"].is_null()).await;
    assert_eq!(rejected["rejected"]["faults"][0]["field"], "server.tls.certificate");
    let meanwhile = connect(&gateway, connector(b"http/1.1", None)).await.unwrap();
    assert_eq!(certificate(&meanwhile), certificates(SERVER.0)[0]);

    put(&gateway.config_dir().join("server.crt"), RENEWED.0.as_bytes());
    gateway.until(|snapshot| snapshot["generation"] == 2).await;
    let after = connect(&gateway, connector(b"http/1.1", None)).await.unwrap();
    assert_eq!(certificate(&after), certificates(RENEWED.0)[0]);
    // What began before goes on.
    assert_eq!(ask(before).await, Some((200, Version::HTTP_11)));
}

#[tokio::test]
async fn a_client_may_need_a_certificate_of_the_right_authority() {
    let ca = ", client_ca: \"${file:authority.crt}\"";
    let gateway = start(ca, "").await;
    let good = Some((200, Version::HTTP_11));
    assert_eq!(served(&gateway, Some(CLIENT)).await, good);
    assert_eq!(served(&gateway, None).await, None);
    assert_eq!(served(&gateway, Some(IMPOSTOR)).await, None);
    let gateway = start(&format!("{ca}, clients: optional"), "").await;
    assert_eq!(served(&gateway, Some(CLIENT)).await, good);
    assert_eq!(served(&gateway, None).await, good);
    assert_eq!(served(&gateway, Some(IMPOSTOR)).await, None);
}

#[tokio::test]
async fn a_handshake_has_as_long_as_a_first_head() {
    let gateway = start("", "header_timeout: 50ms,").await;
    let mut silent = TcpStream::connect(gateway.address()).await.unwrap();
    let mut read = Vec::new();
    let ended = patiently("the end of a silent connection", silent.read_to_end(&mut read)).await;
    assert!(read.is_empty(), "{ended:?}");
}

#[tokio::test]
async fn plain_http_is_not_answered() {
    let gateway = start("", "").await;
    let mut plain = TcpStream::connect(gateway.address()).await.unwrap();
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut read = Vec::new();
    let _ = patiently("the end of a plain connection", plain.read_to_end(&mut read)).await;
    assert!(!read.starts_with(b"HTTP/"), "{read:?}");
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_a_shutdown() {
    let gateway = start("", "").await;
    let _shaking = TcpStream::connect(gateway.address()).await.unwrap();
    let _idle = connect(&gateway, connector(b"h2", None)).await.unwrap();
    gateway.shut_down();
    gateway.ended().await;
}
