//! Where the gateway serves: a process leaves it in its state folder, and commands on the same machine find it there,
//! whatever has become of the configuration since.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use jackfield_config::{Config, ProcessEnvironment, state};
use serde::{Deserialize, Serialize};

/// The file in the state folder.
const FILE: &str = "serving.json";

/// Where a process serves clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Serving {
    /// The address of its listener.
    pub(super) address: SocketAddr,
    /// Whether it began with TLS there. A reload may have changed that.
    pub(super) tls: bool,
}

// === impl Serving ===

impl Serving {
    /// Leaves this in the state folders of the configuration at `path`. The folder of the configuration itself stays as it is.
    pub(super) fn leave(self, config: &Config, path: &Path) {
        for folder in folders(config, path) {
            if let Err(error) = self.write(&folder) {
                tracing::warn!(
                    folder = %folder.display(),
                    "where this process serves cannot be written there; `jackfield health` asks at server.listen: {error}"
                );
            }
        }
    }

    /// What a process left in the folder that the service manager made; `None` if there is none.
    pub(super) fn of_service_manager() -> Option<Self> {
        Self::read(&state::of_service_manager(&ProcessEnvironment)?)
    }

    /// What a process left for this configuration at `path`; else what the configuration says.
    pub(super) fn of_config(config: &Config, path: &Path) -> Self {
        let left = folders(config, path).iter().find_map(|folder| Self::read(folder));
        left.unwrap_or(Self {
            address: config.server.listen,
            tls: config.server.tls.is_some(),
        })
    }

    fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }

    /// In one step, because another process may be reading it.
    fn write(self, folder: &Path) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, &self)?;
        file.persist(folder.join(FILE))?;
        Ok(())
    }
}

/// The folders that hold state alone, each once.
fn folders(config: &Config, path: &Path) -> Vec<PathBuf> {
    let beside = if path.is_dir() { Some(path) } else { path.parent() };
    let real = |folder: &Path| fs::canonicalize(folder).ok();
    let configured = Some(config.state_dir().to_owned()).filter(|dir| real(dir) != beside.and_then(real));
    let mut folders: Vec<PathBuf> = state::of_service_manager(&ProcessEnvironment)
        .into_iter()
        .chain(configured)
        .collect();
    folders.dedup();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Serving = Serving {
        address: SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9),
        tls: true,
    };

    #[test]
    fn what_was_left_overrides_what_the_configuration_says() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.yaml");
        let mut config = Config {
            state_dir: Some(folder.path().join("state")),
            ..Config::default()
        };
        let said = Serving {
            address: config.server.listen,
            tls: false,
        };
        assert_eq!(Serving::of_config(&config, &file), said);
        fs::create_dir(config.state_dir()).unwrap();
        HERE.leave(&config, &file);
        config.server.listen.set_port(1);
        assert_eq!(Serving::of_config(&config, &file), HERE);
        fs::write(config.state_dir().join(FILE), "{").unwrap();
        assert_eq!(Serving::of_config(&config, &file).address, config.server.listen);
    }

    #[test]
    fn nothing_is_left_beside_the_configuration() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.yaml");
        fs::write(&file, "").unwrap();
        let config = Config {
            state_dir: Some(folder.path().to_owned()),
            ..Config::default()
        };
        HERE.leave(&config, &file);
        HERE.leave(&config, folder.path());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
