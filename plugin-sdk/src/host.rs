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

pub(crate) use imports::{body, log};

#[cfg(target_arch = "wasm32")]
mod imports {
    use super::Level;
    use crate::bindings::jackfield::plugin::host;

    pub(crate) fn body() -> Vec<u8> {
        host::body()
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
        static BODY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    pub(crate) fn body() -> Vec<u8> {
        BODY.with_borrow(Clone::clone)
    }

    #[cfg_attr(not(feature = "golden"), allow(dead_code, reason = "only tests set a body"))]
    pub(crate) fn set_body(body: Vec<u8>) {
        BODY.set(body);
    }

    pub(crate) fn log(level: Level, message: &str) {
        eprintln!("{level:?}: {message}");
    }
}

#[cfg(all(feature = "golden", not(target_arch = "wasm32")))]
pub(crate) use imports::set_body;
