//! A gateway whose files change while it runs.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::connection::{Connection, ConnectionError};
use super::gateway::{Gateway, put, written};
use super::process::{Process, ProcessError};
use super::requests::get;

/// The gateway. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Site {
    /// Its process.
    pub(super) process: Process,
    /// Where it is, and its files.
    pub(super) place: Place,
}

/// Where a gateway is, and its files.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Where it listens.
    pub(super) address: SocketAddr,
    folder: PathBuf,
    plugins: PathBuf,
    config: Value,
}

// === impl Site ===

impl Site {
    /// Starts it in `folder`.
    ///
    /// # Errors
    /// If it does not start.
    pub(super) fn start(gateway: &Gateway, folder: PathBuf, config: Value) -> Result<Self, ProcessError> {
        let running = gateway.serve(&folder, &config)?;
        let place = Place {
            address: running.address,
            folder,
            plugins: gateway.plugins.clone(),
            config,
        };
        Ok(Self {
            process: running.process,
            place,
        })
    }
}

// === impl Place ===

impl Place {
    /// Writes the configuration with one more model, which has the `openai` one's chain.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn add_model(&self, id: &str) -> io::Result<()> {
        let mut config = self.config.clone();
        config["models"][id] = json!({
            "pricing": { "input_per_million": 0, "output_per_million": 0 },
            "chain": [{ "provider": "openai", "model": "upstream" }],
        });
        written(&self.folder, &config).map(drop)
    }

    /// Writes the configuration as it was at the start.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn restore(&self) -> io::Result<()> {
        written(&self.folder, &self.config).map(drop)
    }

    /// What stands in a plugin's file.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn plugin(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.plugin_file(name))
    }

    /// Puts another file in the place of a plugin's.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn swap(&self, name: &str, content: &[u8]) -> io::Result<()> {
        put(&self.plugin_file(name), content)
    }

    /// The number of the snapshot in force.
    ///
    /// # Errors
    /// If the gateway does not tell.
    pub(super) async fn generation(&self, connection: &mut Connection) -> Result<u64, ConnectionError> {
        let told = connection.exchange(&get(self.address, "/readyz?deep=1")).await?;
        let told: Option<Value> = serde_json::from_slice(told).ok();
        let generation = told.and_then(|told| told["generation"].as_u64());
        generation.ok_or(ConnectionError::NoGeneration)
    }

    fn plugin_file(&self, name: &str) -> PathBuf {
        self.plugins.join(name).with_extension("wasm")
    }
}

/// The same component with other bytes: a section that says nothing (the binary format's custom section, of fewer than
/// 128 bytes) is appended.
pub(super) fn changed(component: &[u8], mark: u64) -> Vec<u8> {
    let text = format!("mark {mark}");
    let mut changed = component.to_vec();
    // The section's id and length, then its name, which is all it has.
    changed.extend([0, text.len() as u8 + 1, text.len() as u8]);
    changed.extend(text.bytes());
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_component_has_one_more_section() {
        let component = b"\0asm\x0d\0\x01\0";
        assert_eq!(changed(component, 12), b"\0asm\x0d\0\x01\0\0\x08\x07mark 12");
    }
}
