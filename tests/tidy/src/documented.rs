//! What the documents must name: each key of the configuration, each part of the code.

use std::collections::BTreeSet;

use serde_json::Value;

/// Keys of the configuration that its shipped files neither set nor show in a comment.
pub(crate) fn missing_keys(schema: &Value, shipped: &str) -> Vec<String> {
    let mut keys = BTreeSet::new();
    collect_keys(schema, &mut keys);
    let shown = |key: &str| {
        shipped
            .match_indices(&format!("{key}:"))
            .any(|(start, _)| !shipped[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-'))
    };
    let missing = keys.into_iter().filter(|key| !shown(key));
    missing
        .map(|key| format!("config/: no file shows the key `{key}`"))
        .collect()
}

/// The names of all properties anywhere in a schema.
fn collect_keys<'a>(schema: &'a Value, keys: &mut BTreeSet<&'a str>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get("properties") {
                keys.extend(properties.keys().map(String::as_str));
            }
            members.values().for_each(|value| collect_keys(value, keys));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        _ => {}
    }
}

/// Paths in the code map that do not exist, and parts of the code that it does not name.
///
/// The code map is the section `## Code map`; a path is what stands there between backticks with a slash in it.
pub(crate) fn code_map_findings(architecture: &str, paths: &[String]) -> Vec<String> {
    let Some((_, map)) = architecture.split_once("\n## Code map\n") else {
        return vec!["ARCHITECTURE.md: has no section `## Code map`".to_owned()];
    };
    let map = map.split_once("\n## ").map_or(map, |(map, _)| map);
    let named: BTreeSet<&str> = map
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/'))
        .collect();
    let exists = |name: &str| {
        let name = name.trim_end_matches('/');
        paths.iter().any(|path| {
            path.strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
        })
    };
    let gone = named.iter().filter(|name| !exists(name));
    let gone = gone.map(|name| format!("ARCHITECTURE.md: the code map names `{name}`, which is not there"));
    let unnamed = parts(paths).into_iter().filter(|part| !named.contains(part.as_str()));
    let unnamed = unnamed.map(|part| format!("ARCHITECTURE.md: the code map does not name `{part}`"));
    gone.chain(unnamed).collect()
}

/// The folders at the top as `folder/`, the host's crates as `host/crate/`, and those of their modules that have a folder
/// of their own as `host/crate/src/module`.
fn parts(paths: &[String]) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for path in paths {
        let steps: Vec<&str> = path.split('/').collect();
        if let [folder, _, ..] = steps[..] {
            parts.insert(format!("{folder}/"));
        }
        if let ["host", package, _, ..] = steps[..] {
            parts.insert(format!("host/{package}/"));
        }
        if let ["host", package, "src", module, _, ..] = steps[..]
            && module != "tests"
        {
            parts.insert(format!("host/{package}/src/{module}"));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_counts_as_shown_when_set_commented_or_inline_but_not_as_the_end_of_another() {
        let schema = json!({
            "properties": {"listen": {}, "auth": {}, "idle": {}, "dir": {}},
            "$defs": {"A": {"anyOf": [{"properties": {"deep": {}}}]}}
        });
        let shipped = "listen: 1\n# auth: off\ntimeouts: { idle: 5s }\ncache_dir: x\n";
        assert_eq!(
            missing_keys(&schema, shipped),
            [
                "config/: no file shows the key `deep`",
                "config/: no file shows the key `dir`"
            ]
        );
    }

    fn paths() -> Vec<String> {
        [
            "Cargo.toml",
            "host/a/src/main.rs",
            "host/a/src/routing.rs",
            "host/a/src/routing/chain.rs",
            "wit/a.wit",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    #[test]
    fn a_code_map_that_names_everything_is_well() {
        let text = "# A\n\n## Code map\n`host/` `host/a/` `host/a/src/routing` `wit/`\n\n## Other\n`no/thing`\n";
        assert_eq!(code_map_findings(text, &paths()), Vec::<String>::new());
    }

    #[test]
    fn what_is_gone_and_what_is_not_named_are_found() {
        let text = "# A\n\n## Code map\n`host/` `host/a/` `host/src/adapter`\n";
        assert_eq!(
            code_map_findings(text, &paths()),
            [
                "ARCHITECTURE.md: the code map names `host/src/adapter`, which is not there",
                "ARCHITECTURE.md: the code map does not name `host/a/src/routing`",
                "ARCHITECTURE.md: the code map does not name `wit/`"
            ]
        );
    }

    #[test]
    fn a_document_without_a_code_map_is_found() {
        assert_eq!(code_map_findings("# A\n", &[]).len(), 1);
    }
}
