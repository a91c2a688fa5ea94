//! Lines for the host's log, which writes them under the plugin's name. Never log a prompt.

use crate::host::{self, Level};

/// Writes the finest detail.
pub fn trace(message: &str) {
    host::log(Level::Trace, message);
}

/// Writes what helps an author of plugins.
pub fn debug(message: &str) {
    host::log(Level::Debug, message);
}

/// Writes what an operator may want to know.
pub fn info(message: &str) {
    host::log(Level::Info, message);
}

/// Writes that something is off and was dealt with.
pub fn warn(message: &str) {
    host::log(Level::Warn, message);
}

/// Writes that something failed.
pub fn error(message: &str) {
    host::log(Level::Error, message);
}
