//! What a plugin may ask of the host: a log line, and the request.

use std::borrow::Cow;

use crate::bindings::attachments::jackfield::plugin::fetched;
use crate::bindings::jackfield::plugin::host::{Host, Level};
use crate::bindings::long_texts::jackfield::plugin::long_texts;
use crate::bindings::shaper::jackfield::plugin::shapes;
use crate::contract;
use crate::long_texts::LongTexts;
use crate::store::State;

/// The longest message of a log line, in bytes; the rest is cut off.
const MAX_MESSAGE: usize = 4096;

impl contract::Host for State {}

impl shapes::Host for State {}

impl Host for State {
    fn log(&mut self, level: Level, message: String) {
        self.write_log(level, &message);
    }

    fn parameters(&mut self) -> Vec<u8> {
        self.request.parameters.to_vec()
    }

    fn body(&mut self) -> Vec<u8> {
        self.asked = true;
        self.request.body.to_vec()
    }

    fn request_facts(&mut self) -> Vec<u8> {
        self.asked = true;
        self.request.facts()
    }
}

impl fetched::Host for State {
    fn fetch(&mut self, url: String) -> Option<fetched::Attachment> {
        self.asked = true;
        let found = self.request.attachments.iter().find(|known| known.url == url)?;
        Some(fetched::Attachment {
            media_type: found.media_type.clone(),
            body: found.body.to_vec(),
        })
    }
}

impl long_texts::Host for State {
    fn marked_body(&mut self, longer_than: u32) -> long_texts::Marked {
        self.asked = true;
        let body = &self.request.body;
        let find = self.request.find_texts.filter(|_| self.takes_marks);
        let found = find.map(|find| find(body, longer_than as usize));
        let Some((body, texts)) = found.and_then(|found| LongTexts::marked(body, found)) else {
            return long_texts::Marked {
                body: body.to_vec(),
                mark: String::new(),
            };
        };
        let mark = texts.mark().to_owned();
        self.long_texts = Some(texts);
        long_texts::Marked { body, mark }
    }

    fn long_text(&mut self, number: u32) -> Vec<u8> {
        let texts = self.long_texts.as_mut();
        let text = texts.and_then(|texts| texts.fetch(&self.request.body, number));
        text.unwrap_or_default().to_vec()
    }
}

impl State {
    /// Writes one line under the plugin's name, unless the call has used up its lines.
    fn write_log(&mut self, level: Level, message: &str) {
        let Some(left) = self.log_lines_left.checked_sub(1) else {
            return;
        };
        self.log_lines_left = left;
        let message = self
            .censor
            .as_ref()
            .map_or(Cow::Borrowed(message), |censor| censor.censored(message));
        let (plugin, message) = (&*self.plugin, cut(&message));
        match level {
            Level::Trace => tracing::trace!(target: "jackfield::plugin", plugin, "{message}"),
            Level::Debug => tracing::debug!(target: "jackfield::plugin", plugin, "{message}"),
            Level::Info => tracing::info!(target: "jackfield::plugin", plugin, "{message}"),
            Level::Warn => tracing::warn!(target: "jackfield::plugin", plugin, "{message}"),
            Level::Error => tracing::error!(target: "jackfield::plugin", plugin, "{message}"),
        }
        if left == 0 {
            tracing::warn!(target: "jackfield::plugin", plugin, "log limit reached: further lines of this call are dropped");
        }
    }

    /// Logs what the plugin wrote to stdout (as info) and stderr (as a warning).
    pub(crate) fn log_output(&mut self) {
        let Some(wasi) = &mut self.wasi else { return };
        let written = [(Level::Info, wasi.stdout()), (Level::Warn, wasi.stderr())];
        for (level, bytes) in written {
            for line in String::from_utf8_lossy(&bytes).lines() {
                self.write_log(level, line);
            }
        }
    }

    /// Whether what was written to stdout and stderr leaves another call too little room.
    pub(crate) fn output_is_full(&self) -> bool {
        self.wasi.as_ref().is_some_and(|wasi| wasi.is_full())
    }
}

fn cut(message: &str) -> &str {
    &message[..message.floor_char_boundary(MAX_MESSAGE)]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jackfield_config::PluginsConfig;

    use super::*;

    #[test]
    fn lines_are_counted_down_and_then_dropped() {
        let config = PluginsConfig {
            max_log_lines: 2,
            ..PluginsConfig::default()
        };
        let mut state = State::new(Arc::from("x"), &config.limits_for("x"), false);
        for left in [1, 0, 0] {
            state.log(Level::Info, "line".to_owned());
            assert_eq!(state.log_lines_left, left);
        }
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let message = format!("{}ß", "x".repeat(MAX_MESSAGE - 1));
        assert_eq!(cut(&message).len(), MAX_MESSAGE - 1);
        assert_eq!(cut("short"), "short");
    }
}
