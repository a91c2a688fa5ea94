//! `jackfield health`: asks a gateway on this machine whether it lives, for images that have no other program.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use jackfield_config::{Faults, ProcessEnvironment};

use super::arguments::{address, config_of_environment};
use super::check::EX_CONFIG;

/// How long connecting, asking and answering may take, each.
const PATIENCE: Duration = Duration::from_secs(2);

/// The first bytes of a good answer.
const GOOD: &[u8] = b"HTTP/1.1 200";

/// The arguments of `health`.
#[derive(Debug, clap::Args)]
pub(crate) struct HealthArguments {
    /// Configuration file or folder. Default: `$JACKFIELD_CONFIG`.
    #[arg(long, value_name = "PATH", required = config_of_environment().is_none(), default_value = config_of_environment(), hide_default_value = true)]
    config: PathBuf,
    /// Address of the gateway; overrides `server.listen`.
    #[arg(long, value_name = "ADDR", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Ask whether it accepts requests (`/readyz`) instead of whether it lives (`/healthz`).
    #[arg(long)]
    ready: bool,
}

/// Why the gateway is not known to be well.
#[derive(Debug, thiserror::Error)]
enum HealthError {
    #[error("{0}")]
    Config(#[from] Faults),
    #[error("{0} does not answer: {1}")]
    Silent(SocketAddr, io::Error),
    #[error("{0} answers: {1}")]
    Ill(SocketAddr, String),
}

/// Exits with 0 if the gateway is well, with 78 if the configuration is at fault, and else with 1.
pub(super) fn run(arguments: &HealthArguments) -> ExitCode {
    match ask(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            match error {
                HealthError::Config(_) => ExitCode::from(EX_CONFIG),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn ask(arguments: &HealthArguments) -> Result<(), HealthError> {
    let server = jackfield_config::load(&arguments.config, &ProcessEnvironment)?
        .config
        .server;
    let address = reachable(arguments.listen.unwrap_or(server.listen));
    let path = if arguments.ready { "/readyz" } else { "/healthz" };
    // Behind TLS, an accepted connection has to do: the certificate is for another name than this address.
    let asked = if server.tls.is_some() {
        connect(address).map(|_| GOOD.to_vec())
    } else {
        get(address, path)
    };
    let answer = asked.map_err(|error| HealthError::Silent(address, error))?;
    if answer.starts_with(GOOD) {
        return Ok(());
    }
    let first = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    Err(HealthError::Ill(
        address,
        String::from_utf8_lossy(first).escape_debug().to_string(),
    ))
}

/// The address by which this machine reaches a listener on `address`.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The beginning of the answer to one request.
fn get(address: SocketAddr, path: &str) -> io::Result<Vec<u8>> {
    let mut stream = connect(address)?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(256).read_to_end(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// What is found of a server that answers this.
    fn found(answer: &'static str) -> Result<(), HealthError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("c.yaml"), "log: {}").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let arguments = HealthArguments {
            config: folder.path().to_owned(),
            listen: Some(listener.local_addr().unwrap()),
            ready: false,
        };
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 512];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let found = ask(&arguments);
        assert!(server.join().unwrap().starts_with("GET /healthz HTTP/1.1\r\n"));
        found
    }

    #[test]
    fn only_a_200_is_well() {
        assert!(found("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_ok());
        let ill = found("HTTP/1.1 503 Service Unavailable\r\n\r\n")
            .unwrap_err()
            .to_string();
        assert!(ill.ends_with("answers: HTTP/1.1 503 Service Unavailable"), "{ill}");
        assert!(found("").is_err());
    }

    #[test]
    fn a_listener_on_every_address_is_asked_on_loopback() {
        for (listen, reached) in [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.1:80", "10.0.0.1:80"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), reached);
        }
    }
}
