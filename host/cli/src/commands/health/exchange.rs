//! One question to a gateway: over plain HTTP, or within TLS whoever the certificate is for.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};

/// How long connecting, asking and answering may take, each.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much of an answer is read.
const ENOUGH: usize = 256;

/// What was heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The beginning of an answer.
    Answer(Vec<u8>),
    /// It refuses this client, which has no certificate: so it lives, and more cannot be known.
    Refusal,
}

/// Any certificate: on the same machine, it does not matter whose it is. That the other side has its key is verified.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

/// Asks for `path`, within TLS if `tls`, and otherwise if that is not what the other side speaks.
///
/// # Errors
/// If there is no connection, or no answer in either way.
pub(super) fn ask(address: SocketAddr, path: &str, tls: bool) -> io::Result<Heard> {
    let first = ask_in(address, path, tls);
    match &first {
        // A reload may have switched TLS on or off.
        Ok(Heard::Answer(answer)) if !answer.starts_with(b"HTTP/") => ask_in(address, path, !tls).or(first),
        Err(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
            ask_in(address, path, !tls).or(first)
        }
        _ => first,
    }
}

fn ask_in(address: SocketAddr, path: &str, tls: bool) -> io::Result<Heard> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    if !tls {
        return heard(&mut stream, &request);
    }
    let name = ServerName::IpAddress(address.ip().into());
    let mut session = ClientConnection::new(trusting()?, name).map_err(io::Error::other)?;
    match heard(&mut rustls::Stream::new(&mut session, &mut stream), &request) {
        Err(error) if is_alert(&error) || (is_hang_up(&error) && !session.is_handshaking()) => Ok(Heard::Refusal),
        other => other,
    }
}

/// Asks, and reads the beginning of the answer.
fn heard(stream: &mut (impl Read + Write), request: &str) -> io::Result<Heard> {
    stream.write_all(request.as_bytes()).map_err(in_words)?;
    let (mut answer, mut buffer) = (Vec::new(), [0; ENOUGH]);
    while answer.len() < ENOUGH {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
            // It may close without a farewell once it has answered.
            Err(error) if answer.is_empty() => return Err(in_words(error)),
            Err(_) => break,
        }
    }
    if answer.is_empty() {
        return Err(io::Error::new(
            ErrorKind::UnexpectedEof,
            "it closes the connection without an answer",
        ));
    }
    Ok(Heard::Answer(answer))
}

/// The system reports a time limit as if something could be tried again (`EAGAIN`, socket(7)).
fn in_words(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock => io::Error::new(ErrorKind::TimedOut, format!("it says nothing for {PATIENCE:?}")),
        _ => error,
    }
}

/// Whether the other side refused in words of TLS, as one that demands a certificate of its clients does.
fn is_alert(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    matches!(inner, Some(rustls::Error::AlertReceived(_)))
}

/// Whether the other side closed the connection before it read everything; its alert may be lost by that.
fn is_hang_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe
    )
}

fn trusting() -> io::Result<Arc<ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(io::Error::other)?.dangerous();
    let config = builder.with_custom_certificate_verifier(Arc::new(Anyone(provider)));
    Ok(Arc::new(config.with_no_client_auth()))
}

// === impl Anyone ===

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use rustls::pki_types::PrivateKeyDer;
    use rustls::pki_types::pem::PemObject;
    use rustls::server::WebPkiClientVerifier;
    use rustls::{RootCertStore, ServerConfig, ServerConnection};

    use super::*;

    const AUTHORITY: &str = include_str!("../../../../../tests/tests/stories/certificates/authority.crt");
    const CERTIFICATE: &str = include_str!("../../../../../tests/tests/stories/certificates/server.crt");
    const KEY: &str = include_str!("../../../../../tests/tests/stories/certificates/server.key");
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

    fn certificate(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }

    /// The TLS of a server, which may demand certificates of its clients.
    fn tls(demanding: bool) -> Arc<ServerConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = if demanding {
            let mut roots = RootCertStore::empty();
            roots.add(certificate(AUTHORITY)).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
        Arc::new(builder.with_single_cert(vec![certificate(CERTIFICATE)], key).unwrap())
    }

    /// Answers two connections, within TLS if there is some, and returns its address.
    fn server(tls: Option<Arc<ServerConfig>>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().take(2) {
                let mut stream = stream.unwrap();
                // Whoever speaks another protocol is told so, or refused.
                let _ = match &tls {
                    None => answer(&mut stream),
                    Some(tls) => {
                        let mut session = ServerConnection::new(Arc::clone(tls)).unwrap();
                        answer(&mut rustls::Stream::new(&mut session, &mut stream))
                    }
                };
            }
        });
        address
    }

    fn answer(stream: &mut (impl Read + Write)) -> io::Result<()> {
        let _ = stream.read(&mut [0; 512])?;
        stream.write_all(ANSWER)
    }

    #[test]
    fn it_is_asked_in_either_way_whatever_was_expected() {
        for speaks in [false, true] {
            for expected in [false, true] {
                let address = server(speaks.then(|| tls(false)));
                let heard = ask(address, "/healthz", expected).unwrap();
                assert_eq!(heard, Heard::Answer(ANSWER.to_vec()), "{speaks}, {expected}");
            }
        }
    }

    #[test]
    fn one_that_demands_a_certificate_lives() {
        assert_eq!(ask(server(Some(tls(true))), "/healthz", true).unwrap(), Heard::Refusal);
    }

    #[test]
    fn one_that_accepts_connections_and_does_nothing_is_not_alive() {
        // As a stopped process: the kernel still accepts for it.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        for tls in [false, true] {
            let error = ask(address, "/healthz", tls).unwrap_err();
            assert_eq!(error.to_string(), "it says nothing for 2s");
        }
    }
}
