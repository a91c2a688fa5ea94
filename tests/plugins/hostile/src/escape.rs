//! Asks for HTTP requests that a plugin may not make.

use jackfield_plugin_sdk::{Exchange, Failure};

/// The request of this behaviour.
///
/// # Errors
/// Of class client, if there is no such behaviour.
pub fn exchange(behaviour: &str) -> Result<Exchange, Failure> {
    let usual = || Exchange::post("/chat/completions");
    let exchange = match behaviour {
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
