//! What a plugin may ask of the host; natively, a stand-in for tests.

/// The severity of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

pub(crate) use imports::{body, log, parameters, request_facts};

#[cfg(target_arch = "wasm32")]
mod imports {
    use super::Level;
    use crate::bindings::jackfield::plugin::host;

    pub(crate) fn parameters() -> Vec<u8> {
        host::parameters()
    }

    pub(crate) fn body() -> Vec<u8> {
        host::body()
    }

    pub(crate) fn request_facts() -> Vec<u8> {
        host::request_facts()
    }

    pub(crate) fn log(level: Level, message: &str) {
        let level = match level {
            Level::Trace => host::Level::Trace,
            Level::Debug => host::Level::Debug,
            Level::Info => host::Level::Info,
            Level::Warn => host::Level::Warn,
            Level::Error => host::Level::Error,
        };
        host::log(level, message);
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod imports {
    use std::cell::RefCell;

    use super::Level;

    thread_local! {
        static PARAMETERS: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        static BODY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    pub(crate) fn parameters() -> Vec<u8> {
        PARAMETERS.with_borrow(Clone::clone)
    }

    pub(crate) fn body() -> Vec<u8> {
        BODY.with_borrow(Clone::clone)
    }

    /// Always the same facts, so that tests can be compared.
    pub(crate) fn request_facts() -> Vec<u8> {
        br#"{"request_id":"req_test","nonce":"00000000000000000000000000000000","time_ms":1700000000000}"#.to_vec()
    }

    #[cfg_attr(not(feature = "golden"), allow(dead_code, reason = "only tests set a request"))]
    pub(crate) fn set_request(parameters: Vec<u8>, body: Vec<u8>) {
        PARAMETERS.set(parameters);
        BODY.set(body);
    }

    pub(crate) fn log(level: Level, message: &str) {
        eprintln!("{level:?}: {message}");
    }
}

#[cfg(all(feature = "golden", not(target_arch = "wasm32")))]
pub(crate) use imports::set_request;
