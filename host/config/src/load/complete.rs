//! Fills in what depends on other values, or on the environment.

use std::path::Path;

use super::document::Document;
use crate::{Config, Environment, Faults, ProxyConfig, ShaperConfig, catalogue};

/// The proxies that the environment names. What is wrong with them matters only if something would use them.
pub(super) fn proxies(
    config: &Config,
    document: &Document,
    environment: &dyn Environment,
) -> Result<ProxyConfig, Faults> {
    let provider = config.providers.iter().find(|(_, provider)| provider.proxy.is_none());
    let is_open = |shaper: &ShaperConfig| shaper.http.as_ref().is_some_and(|guard| guard.proxy.is_none());
    let guard = config.shapers.iter().find(|(_, shaper)| is_open(shaper));
    let path = match (provider, guard) {
        (Some((name, _)), _) => vec!["providers", name.as_str()],
        (None, Some((name, _))) => vec!["shapers", name.as_str(), "http"],
        (None, None) if !config.plugins.sources.is_empty() => vec!["plugins", "sources"],
        (None, None) => return Ok(ProxyConfig::default()),
    };
    ProxyConfig::of_environment(environment).map_err(|(variable, problem)| {
        let problem = format!("would use the proxy of {variable} in the environment, which {problem}");
        let remedy = match path[..] {
            ["plugins", _] => format!("correct or unset {variable}"),
            _ => format!("correct or unset {variable}, or write `proxy: none` here"),
        };
        Faults::sorted(vec![document.fault_at(&path, problem, remedy)])
    })
}

/// Fills in defaults that depend on other values, and normalizes paths and URLs.
pub(super) fn complete(config: &mut Config, base: &Path, proxies: &ProxyConfig) {
    config.plugins.dir = base.join(&config.plugins.dir);
    config.plugins.proxies = proxies.clone();
    for model in config.models.values_mut() {
        model.fill_modalities();
        catalogue::complete(model, &config.providers);
    }
    for guard in config.shapers.values_mut().filter_map(|shaper| shaper.http.as_mut()) {
        guard.proxies = ProxyConfig::of_written(guard.proxy.as_ref(), proxies);
    }
    for provider in config.providers.values_mut() {
        provider.proxies = ProxyConfig::of_written(provider.proxy.as_ref(), proxies);
        // An adapter's path starts with a slash, so the base must not end with one.
        provider.base_url = provider.base_url.take().map(|url| url.trim_end_matches('/').to_owned());
    }
}
