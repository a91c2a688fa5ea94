//! What several commands take: the configuration, which the environment may name, and an address to listen on.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;

/// The variable that names the configuration in place of `--config`.
const CONFIG: &str = "JACKFIELD_CONFIG";

/// The variable that names the plugin folder in place of `--plugins`.
const PLUGINS: &str = "JACKFIELD_PLUGINS";

/// The configuration that the environment names; `None` if it names none.
pub(crate) fn config_of_environment() -> Option<&'static str> {
    static NAMED: OnceLock<Option<String>> = OnceLock::new();
    named(&NAMED, CONFIG)
}

/// The plugin folder that the environment names; `None` if it names none.
pub(crate) fn plugins_of_environment() -> Option<&'static str> {
    static NAMED: OnceLock<Option<String>> = OnceLock::new();
    named(&NAMED, PLUGINS)
}

fn named(once: &'static OnceLock<Option<String>>, variable: &str) -> Option<&'static str> {
    once.get_or_init(|| set(variable)).as_deref()
}

/// Who uses the command line, as far as the environment says it: under `sudo`, who called that.
pub(crate) fn login_name() -> Option<String> {
    ["SUDO_USER", "LOGNAME", "USER"].into_iter().find_map(set)
}

/// The variable's value; `None` if it is not set, or to nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the environment is read"
)]
fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

/// Reads an address: `127.0.0.1:8080`, `[::1]:8080`, or a port alone for one on loopback.
///
/// # Errors
/// What to write instead.
pub(crate) fn address(text: &str) -> Result<SocketAddr, &'static str> {
    if let Ok(port) = text.parse() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    text.parse()
        .map_err(|_| "write an IP address and a port, such as 0.0.0.0:8080, or a port alone for 127.0.0.1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_one_on_loopback() {
        for (text, expected) in [
            ("8080", "127.0.0.1:8080"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:0", "[::1]:0"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), expected);
        }
        for text in ["", ":8080", "localhost:8080", "70000", "127.0.0.1"] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
