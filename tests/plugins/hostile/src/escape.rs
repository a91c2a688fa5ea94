//! Asks for HTTP requests that a plugin may not make.

use jackfield_plugin_sdk::{Exchange, Failure};

/// The request of this behaviour: one of those that are named here; or `path …`, `header …` or `headers …` with a path,
/// the name of a header, or how many there are to be.
///
/// # Errors
/// Of class client, if there is no such behaviour.
pub fn exchange(behaviour: &str) -> Result<Exchange, Failure> {
    let usual = || Exchange::post("/chat/completions");
    let named = behaviour.split_once(' ').unwrap_or((behaviour, ""));
    let exchange = match behaviour {
        _ if named.0 == "path" => Exchange::post(named.1.to_owned()),
        _ if named.0 == "header" => usual().header(named.1.to_owned(), "yes"),
        _ if named.0 == "headers" => many(named.1.parse().unwrap_or_default()),
        "header-injection" => usual().header("x-note", "harmless\r\nx-injected: yes"),
        "header-injection-name" => usual().header("x-note: harmless\r\nx-injected", "yes"),
        "credential-header" => usual().header("Authorization", "Bearer stolen"),
        "host-header" => usual().header("Host", "evil.example"),
        "absolute-url" => Exchange::post("https://evil.example/x"),
        "dotdot" => Exchange::post("/../secret"),
        "dotdot-encoded" => Exchange::post("/%2e%2e/secret"),
        // The forgery puts in what is bad about these.
        "bad-method" | "bad-framing" | "bad-patch" => usual(),
        other => {
            let message = format!("this adapter knows no behaviour `{other}`");
            return Err(Failure::client(message));
        }
    };
    Ok(exchange.canonical(false))
}

/// A request with this many headers.
fn many(count: usize) -> Exchange {
    let usual = Exchange::post("/chat/completions");
    (0..count).fold(usual, |exchange, number| exchange.header(format!("x-{number}"), "yes"))
}
