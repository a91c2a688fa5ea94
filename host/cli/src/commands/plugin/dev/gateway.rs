//! A gateway beside the development: this program, serving a configuration, with its log where the author looks.

use std::io;
use std::path::Path;
use std::process::{Child, Command};

/// A running gateway, ended with this.
pub(super) struct Gateway(Child);

// === impl Gateway ===

impl Gateway {
    /// Serves `config` with the plugins in `plugins`. Its output is this program's.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(super) fn start(config: &Path, plugins: &Path) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("serve")
            .arg("--config")
            .arg(config)
            .arg("--plugins")
            .arg(plugins);
        Ok(Self(command.spawn()?))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
