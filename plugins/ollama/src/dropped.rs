//! What a request loses on its way to Ollama, for `x-jackfield-dropped`.

use jackfield_plugin_sdk::Exchange;

/// The places of what was left out, each once and in order of discovery.
#[derive(Debug, Default)]
pub(crate) struct Dropped(Vec<String>);

// === impl Dropped ===

impl Dropped {
    /// Adds a place, such as `messages[].name`.
    pub(crate) fn add(&mut self, place: &str) {
        if !self.0.iter().any(|known| known == place) {
            self.0.push(place.to_owned());
        }
    }

    /// The request that names them.
    pub(crate) fn named_by(self, request: Exchange) -> Exchange {
        self.0.into_iter().fold(request, Exchange::dropped)
    }

    /// The places.
    #[cfg(test)]
    pub(crate) fn into_names(self) -> Vec<String> {
        self.0
    }
}
