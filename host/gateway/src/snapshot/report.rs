//! What the log says about a snapshot that comes into force: which plugins did not load, which providers are off,
//! whether any web page may call, and which certificates end.

use super::Snapshot;
use jackfield_config::Config;

/// Reports what is missing from `next`, unless it was missing from `previous` as well.
pub(crate) fn loaded(next: &Snapshot, previous: Option<&Snapshot>) {
    let generation = next.generation;
    let known = previous.map_or(&[][..], |previous| &previous.broken);
    for fault in next.broken.iter().filter(|fault| !known.contains(fault)) {
        let is_kept = next.plugins.iter().any(|file| file.path == fault.file);
        let rest = if is_kept {
            "its last good content stays in force"
        } else {
            "all else is in force"
        };
        tracing::error!(generation, "plugin not loaded; {rest}: {fault}");
    }
    let open = next.config.server.open_to_pages();
    if let Some(problem) = open.filter(|_| previous.is_none_or(|it| it.config.server.open_to_pages().is_none())) {
        tracing::warn!(generation, "server.cors.origins {problem}");
    }
    let known = previous.map_or(&[][..], |previous| previous.tls.warnings());
    for warning in next.tls.warnings().iter().filter(|warning| !known.contains(warning)) {
        tracing::warn!(generation, "{warning}");
    }
    for (name, reason) in next.shapers.lost() {
        let known = previous.is_some_and(|previous| previous.shapers.lost().any(|lost| lost == (name, reason)));
        if !known {
            tracing::warn!(generation, "a shaper is not in force: {name} ({reason})");
        }
    }
    let off = off(&next.config);
    if let Some(line) =
        off.filter(|line| previous.and_then(|previous| self::off(&previous.config)).as_ref() != Some(line))
    {
        tracing::warn!(generation, "{line}");
    }
}

/// One line about all providers that are off; `None` if there are none.
fn off(config: &Config) -> Option<String> {
    let providers = config.providers.iter();
    let off = providers.filter_map(|(name, provider)| Some(format!("{name} ({})", provider.off.as_ref()?)));
    let off: Vec<String> = off.collect();
    match off.as_slice() {
        [] => None,
        [one] => Some(format!("a provider is off: {one}")),
        many => Some(format!("{} providers are off: {}", many.len(), many.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(off: &[(&str, Option<&str>)]) -> Config {
        let mut config = Config::default();
        for (name, reason) in off {
            let mut provider: jackfield_config::ProviderConfig =
                serde_json::from_value(serde_json::json!({ "adapter": "echo" })).unwrap();
            provider.off = reason.map(ToOwned::to_owned);
            config.providers.insert((*name).to_owned(), provider);
        }
        config
    }

    #[test]
    fn all_providers_that_are_off_are_told_in_one_line() {
        assert_eq!(off(&config(&[("a", None)])), None);
        assert_eq!(
            off(&config(&[("a", None), ("b", Some("KEY is not set"))])).unwrap(),
            "a provider is off: b (KEY is not set)"
        );
        assert_eq!(
            off(&config(&[
                ("a", Some("A is not set")),
                ("b", Some("B is not set, c is empty"))
            ]))
            .unwrap(),
            "2 providers are off: a (A is not set), b (B is not set, c is empty)"
        );
    }
}
