//! What an upstream accepts, by its adapter's manifest under some settings and by its provider's configuration.

use jackfield_dialects::{Accepts, Extension};
use jackfield_sandbox::Manifest;
use serde_json::{Map, Value};

/// What the manifest says under these settings, and what the words of a provider's `accepts` add and take away. A word
/// that names no extension is a fault of the configuration, which is reported elsewhere.
pub(super) fn accepted(manifest: &Manifest, settings: &Map<String, Value>, words: &[String]) -> Accepts {
    let known = manifest.accepts_under(settings);
    let known: Accepts = known.filter_map(|word| word.parse::<Extension>().ok()).collect();
    words.iter().fold(known, |accepts, word| {
        let taken = word.strip_prefix('-');
        match (taken.unwrap_or(word).parse::<Extension>(), taken) {
            (Err(_), _) => accepts,
            (Ok(extension), Some(_)) => accepts.without(extension),
            (Ok(extension), None) => accepts.with(extension),
        }
    })
}
