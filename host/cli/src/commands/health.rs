//! `jackfield health`: asks a gateway on this machine whether it lives, for images that have no other program.

mod exchange;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use jackfield_config::{Faults, ProcessEnvironment};

use self::exchange::Heard;
use super::arguments::{address, config_of_environment};
use super::exit_code::EX_CONFIG;
use super::serving::Serving;

/// The first bytes of a good answer.
const GOOD: &[u8] = b"HTTP/1.1 200";

/// The arguments of `health`.
#[derive(Debug, clap::Args)]
pub(crate) struct HealthArguments {
    /// Configuration file or folder. Default: `$JACKFIELD_CONFIG`.
    #[arg(long, value_name = "PATH", required = config_of_environment().is_none(), default_value = config_of_environment(), hide_default_value = true)]
    config: PathBuf,
    /// Address of the gateway. Default: where the running one says that it serves, or else `server.listen`.
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
    let serving = serving(arguments)?;
    let address = reachable(serving.address);
    let path = if arguments.ready { "/readyz" } else { "/healthz" };
    let heard = exchange::ask(address, path, serving.tls).map_err(|error| HealthError::Silent(address, error))?;
    let answer = match heard {
        Heard::Answer(answer) if !answer.starts_with(GOOD) => answer,
        Heard::Answer(_) | Heard::Refusal => return Ok(()),
    };
    let first = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    Err(HealthError::Ill(
        address,
        String::from_utf8_lossy(first).escape_debug().to_string(),
    ))
}

/// Where to ask, and how. The configuration is read only where nothing else says it: an edit that the gateway has rejected is
/// no illness.
fn serving(arguments: &HealthArguments) -> Result<Serving, Faults> {
    let known = Serving::of_service_manager().map_or_else(
        || {
            let path = &arguments.config;
            let loaded = jackfield_config::load(path, &ProcessEnvironment)?;
            Ok(Serving::of_config(&loaded.config, path))
        },
        Ok,
    );
    let Some(address) = arguments.listen else { return known };
    let tls = known.is_ok_and(|known| known.tls);
    Ok(Serving { address, tls })
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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// What is found of a server that answers this.
    fn found(answer: &'static str) -> Result<(), HealthError> {
        let folder = tempfile::tempdir().unwrap();
        // An edit that a gateway has rejected is no illness of it.
        std::fs::write(folder.path().join("c.yaml"), "lgo: {}").unwrap();
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
