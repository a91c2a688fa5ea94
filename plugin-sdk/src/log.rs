//! Writes to the host's log, under the plugin's name. Never log a prompt.

use crate::host::{self, Level};

/// Logs the finest detail.
pub fn trace(message: &str) {
    host::log(Level::Trace, message);
}

/// Logs what helps plugin authors.
pub fn debug(message: &str) {
    host::log(Level::Debug, message);
}

/// Logs what operators may want to know.
pub fn info(message: &str) {
    host::log(Level::Info, message);
}

/// Logs a problem that was handled.
pub fn warn(message: &str) {
    host::log(Level::Warn, message);
}

/// Logs a failure.
pub fn error(message: &str) {
    host::log(Level::Error, message);
}
