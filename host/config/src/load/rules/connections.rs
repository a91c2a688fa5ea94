//! The rules for `connections`, the general ones and those of providers.

use std::time::Duration;

use super::Rules;
use crate::ConnectionsConfig;

/// The longest duration: TCP takes no more than 32767 seconds.
const LONGEST: Duration = Duration::from_hours(9);

impl Rules<'_> {
    pub(super) fn connections(&mut self) {
        self.durations(&["connections"], &self.config.connections);
        for (name, provider) in &self.config.providers {
            // What the provider does not write is right here, and a fault at its own place above.
            let own = provider.connections.over(&ConnectionsConfig::default());
            self.durations(&["providers", name, "connections"], &own);
        }
    }

    fn durations(&mut self, path: &[&str], connections: &ConnectionsConfig) {
        for (key, duration) in connections.durations() {
            if duration > LONGEST {
                let place: Vec<&str> = path.iter().copied().chain([key]).collect();
                self.add(&place, "is longer than 9h", "write a shorter duration");
            }
        }
    }
}
