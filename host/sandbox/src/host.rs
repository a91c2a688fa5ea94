//! The two things a plugin may ask of the host: a log line, and the request's body.

use super::bindings::jackfield::plugin::host::{Host, Level};
use super::bindings::jackfield::plugin::types;
use super::store::State;

/// Longest message of one log line, in bytes; the rest is cut.
const MAX_MESSAGE: usize = 4096;

impl types::Host for State {}

impl Host for State {
    fn log(&mut self, level: Level, message: String) {
        self.write_log(level, &message);
    }

    fn body(&mut self) -> Vec<u8> {
        self.body.to_vec()
    }
}

impl State {
    /// Writes one line under the plugin's name while the call's allowance lasts.
    pub(super) fn write_log(&mut self, level: Level, message: &str) {
        let Some(left) = self.log_lines_left.checked_sub(1) else {
            return;
        };
        self.log_lines_left = left;
        let (plugin, message) = (&*self.plugin, cut(message));
        match level {
            Level::Trace => tracing::trace!(target: "jackfield::plugin", plugin, "{message}"),
            Level::Debug => tracing::debug!(target: "jackfield::plugin", plugin, "{message}"),
            Level::Info => tracing::info!(target: "jackfield::plugin", plugin, "{message}"),
            Level::Warn => tracing::warn!(target: "jackfield::plugin", plugin, "{message}"),
            Level::Error => tracing::error!(target: "jackfield::plugin", plugin, "{message}"),
        }
        if left == 0 {
            tracing::warn!(target: "jackfield::plugin", plugin, "further lines of this call are dropped");
        }
    }
}

fn cut(message: &str) -> &str {
    &message[..message.floor_char_boundary(MAX_MESSAGE)]
}
