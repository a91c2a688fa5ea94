//! The keys that are read once, at the start, and what has become of them since.

use crate::Config;

// === impl Config ===

impl Config {
    /// The keys whose values differ from those that the process started with, and that only another start puts in
    /// force.
    #[must_use]
    pub fn waiting_for_restart(&self, started: &Self) -> Vec<&'static str> {
        let differs = [
            ("server.listen", self.server.listen != started.server.listen),
            (
                "server.admin.listen",
                self.server.admin.listen != started.server.admin.listen,
            ),
            ("server.reuse_port", self.server.reuse_port != started.server.reuse_port),
            ("log.format", self.log.format != started.log.format),
            ("log.level", self.log.level != started.log.level),
            ("log.requests", self.log.requests != started.log.requests),
            ("metrics.enabled", self.metrics.enabled != started.metrics.enabled),
            ("metrics.listen", self.metrics.listen != started.metrics.listen),
            (
                "metrics.max_series",
                self.metrics.max_series != started.metrics.max_series,
            ),
            ("plugins.cache_dir", self.plugins.cache_dir != started.plugins.cache_dir),
            ("limits.url", self.limits.url != started.limits.url),
            ("cache.store", self.cache.store != started.cache.store),
            ("cache.url", self.cache.url != started.cache.url),
            ("cache.max_bytes", self.cache.max_bytes != started.cache.max_bytes),
            ("storage.url", self.storage.url != started.storage.url),
            ("storage.journal", self.storage.journal != started.storage.journal),
            ("state_dir", self.state_dir != started.state_dir),
            ("batches.dir", self.batches.dir != started.batches.dir),
        ];
        let changed = differs.into_iter().filter(|(_, differs)| *differs);
        changed.map(|(key, _)| key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CacheStore, LogFormat, OnUnwritable, RequestLogConfig, Secret};

    #[test]
    fn every_key_that_is_read_once_is_named_and_no_other() {
        let started = Config::default();
        let mut changed = started.clone();
        changed.server.max_body_bytes += 1;
        changed.log.prompts = true;
        changed.storage.on_unavailable = OnUnwritable::Allow;
        changed.metrics.token = Some(Secret::new("token"));
        changed.server.admin.token = Some(Secret::new("token"));
        assert_eq!(changed.waiting_for_restart(&started), [""; 0]);
        changed.server.listen.set_port(1);
        changed.server.admin.listen = Some(changed.server.listen);
        changed.server.reuse_port = true;
        changed.log.format = LogFormat::Json;
        changed.log.level = "debug".to_owned();
        changed.log.requests = Some(RequestLogConfig {
            file: "requests.jsonl".into(),
            max_bytes: 4096,
            keep: 1,
        });
        changed.metrics.enabled = false;
        changed.metrics.listen = Some(changed.server.listen);
        changed.metrics.max_series = 1;
        changed.plugins.cache_dir = Some("cache".into());
        changed.limits.url = Some(Secret::new("redis://h"));
        changed.cache.store = CacheStore::Redis;
        changed.cache.url = Some(Secret::new("redis://h"));
        changed.cache.max_bytes += 1;
        changed.storage.url = Secret::new("none");
        changed.storage.journal = Some("journal".into());
        changed.state_dir = Some("state".into());
        changed.batches.dir = Some("batches".into());
        let keys = [
            "server.listen",
            "server.admin.listen",
            "server.reuse_port",
            "log.format",
            "log.level",
            "log.requests",
            "metrics.enabled",
            "metrics.listen",
            "metrics.max_series",
            "plugins.cache_dir",
            "limits.url",
            "cache.store",
            "cache.url",
            "cache.max_bytes",
            "storage.url",
            "storage.journal",
            "state_dir",
            "batches.dir",
        ];
        assert_eq!(changed.waiting_for_restart(&started), keys);
    }
}
