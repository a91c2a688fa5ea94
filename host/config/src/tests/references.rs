//! What `${env:NAME}` and `${file:PATH}` resolve to, and what happens if they refer to something missing.

use std::fs;

use super::{environment, faults_of, folder, load, load_text, printed};
use crate::{Capability, Environment, Secret};

/// An environment whose variable is not valid Unicode.
struct Garbled;

impl Environment for Garbled {
    fn var(&self, _name: &str) -> Option<String> {
        None
    }

    fn is_garbled(&self, _name: &str) -> bool {
        true
    }
}

#[test]
fn references_are_resolved_in_any_string_and_the_escape_is_literal() {
    let text = "providers:\n  a:\n    adapter: echo\n    base_url: \"https://${env:HOST}/v1/\"\n    \
        api_key: \"${file:keys/a}\"\n    headers: { x: \"a${env:X}b${env:X}\" }\n    \
        settings: { list: [\"${env:X}\", \"$${env:X}\"] }\n";
    let folder = folder(&[("c.yaml", text)]);
    fs::create_dir(folder.path().join("keys")).unwrap();
    fs::write(folder.path().join("keys/a"), "sk-file\n").unwrap();
    let variables = environment(&[("HOST", "u.example"), ("X", "${env:HOST}")]);
    let loaded = load(folder.path(), &variables).unwrap();
    let provider = &loaded.config.providers["a"];
    assert_eq!(provider.base_url.as_deref(), Some("https://u.example/v1"));
    assert_eq!(provider.api_key.as_ref().unwrap().expose(), "sk-file");
    // The value of a reference is not resolved again.
    assert_eq!(provider.headers["x"].expose(), "a${env:HOST}b${env:HOST}");
    assert_eq!(
        provider.settings["list"],
        serde_json::json!(["${env:HOST}", "${env:X}"])
    );
    assert_eq!((provider.off.as_deref(), loaded.warnings.len()), (None, 0));
    assert!(loaded.inputs.files.contains(&folder.path().join("keys/a")));
}

#[test]
fn a_provider_with_a_missing_reference_is_off_and_says_why() {
    let text = "models: { m: { chain: [{ provider: a, model: m }], FREE } }\nproviders:\n  a:\n    adapter: echo\n    \
        base_url: \"${env:URL}\"\n    api_key: \"${file:key}\"\n    timeouts: { connect: \"${env:URL}\" }\n    \
        auth: { scheme: header, name: \"${env:NAME}\" }\n    settings: { a: [\"${env:A}\"] }\n  b: { adapter: echo }\n";
    let folder = folder(&[("c.yaml", text)]);
    let loaded = load(folder.path(), &environment(&[("A", "")])).unwrap();
    let reason = "URL is not set, key cannot be read (entity not found), NAME is not set, A is not set";
    assert_eq!(loaded.config.providers["a"].off.as_deref(), Some(reason));
    assert_eq!(loaded.config.providers["a"].base_url, None);
    assert_eq!(loaded.config.providers["b"].off, None);
    let warning = loaded
        .warnings
        .join("\n")
        .replace(folder.path().to_str().unwrap(), "config");
    assert_eq!(warning, format!("config/c.yaml:3:3: providers.a is off: {reason}"));
    assert!(
        loaded.inputs.files.contains(&folder.path().join("key")),
        "its appearance is a change"
    );
}

#[test]
fn a_provider_with_a_list_that_misses_a_reference_is_off() {
    let text = "providers:\n  a: { adapter: echo, api_keys: [\"${env:A}\", \"${env:B}\"] }\n  \
        b: { adapter: echo, accepts: [\"${env:B}\"] }\n";
    let folder = folder(&[("c.yaml", text)]);
    let loaded = load(folder.path(), &environment(&[("A", "sk-a")])).unwrap();
    for provider in ["a", "b"] {
        assert_eq!(loaded.config.providers[provider].off.as_deref(), Some("B is not set"));
    }
    let both = load(folder.path(), &environment(&[("A", "sk-a"), ("B", "sk-b")])).unwrap();
    let keys: Vec<_> = both.config.providers["a"].keys().map(Secret::expose).collect();
    assert_eq!(keys, ["sk-a", "sk-b"]);
}

#[test]
fn a_missing_reference_elsewhere_is_a_single_fault() {
    let cases = [
        (
            "server: { listen: \"${env:A}\" }",
            "1:11: server.listen: A is not set; provide it, or write the value itself",
        ),
        (
            "log: { level: \"${file:/nowhere/x}\" }",
            "1:8: log.level: /nowhere/x cannot be read (entity not found); provide it, or write the value itself",
        ),
        (
            "keys: { a: { key: \"${env:K}${env:L}\", user: u, plan: p } }",
            "1:14: keys.a.key: K is not set, L is not set; provide it, or write the value itself",
        ),
        (
            "plans: { a: { tiers: [free, \"${env:T}\"] } }",
            "1:29: plans.a.tiers[1]: T is not set; provide it, or write the value itself",
        ),
        (
            "tokens: { secrets: [0123456789abcdef0123456789abcdef, \"${env:JWT}\"] }",
            "1:55: tokens.secrets[1]: JWT is not set; provide it, or write the value itself",
        ),
        (
            "storage: { url: \"${env:DB}\" }",
            "1:12: storage.url: DB is not set; provide it, or write the value itself",
        ),
        (
            "providers: { a: { adapter: \"${env:A}\" } }",
            "1:19: providers.a.adapter: A is not set; provide it, or write the value itself",
        ),
        (
            "providers: { a: \"${env:A}\" }",
            "1:14: providers.a: A is not set; provide it, or write the value itself",
        ),
        (
            "models: { m: { chain: [{ provider: \"${env:P}\", model: m }], FREE } }",
            "1:26: models.m.chain[0].provider: P is not set; provide it, or write the value itself",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(faults_of(text), expected, "\n{text}");
    }
}

#[test]
fn an_invalid_reference_is_a_fault_even_in_a_provider() {
    let cases = [
        (
            "log: { level: \"${A}\" }",
            "1:8: log.level: has a ${…} that names neither a variable nor a file; write ${env:NAME} or ${file:PATH}, or $${ for a literal ${",
        ),
        (
            "providers: { a: { adapter: echo, api_key: \"${env:A\" } }",
            "1:34: providers.a.api_key: has a ${ without a closing }; write ${env:NAME} or ${file:PATH}, or $${ for a literal ${",
        ),
        (
            "providers: { a: { adapter: echo, settings: { a: [\"${vault:sk-1}\"] } } }",
            "1:50: providers.a.settings.a[0]: has a ${…} that names neither a variable nor a file; write ${env:NAME} or ${file:PATH}, or $${ for a literal ${",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(faults_of(text), expected, "\n{text}");
    }
}

#[test]
fn a_fault_in_a_referenced_value_does_not_quote_it() {
    let text = "server: { listen: \"${env:V}\", auth: \"${env:V}\" }\nlog: { level: \"${env:L}\" }\n\
        models: { m: { chain: [{ provider: \"${env:V}\", model: m }], FREE } }\n";
    let folder = folder(&[("c.yaml", text)]);
    let variables = environment(&[("V", "hunter2"), ("L", "a=b=hunter2")]);
    let printed = printed(folder.path(), &load(folder.path(), &variables).unwrap_err());
    assert_eq!(
        printed,
        "config/c.yaml:1:11: server.listen: must be an IP address and a port; write one such as 127.0.0.1:8080 or [::1]:8080\nconfig/c.yaml:1:31: server.auth: must be off or required; use one of these\nconfig/c.yaml:2:8: log.level: is neither a level nor a valid filter: the value it refers to; write a level such as info, or directives such as info,jackfield_gateway::routing=debug\nconfig/c.yaml:3:26: models.m.chain[0].provider: names an unknown provider: the value it refers to; add it under providers, or use an existing one"
    );
}

#[test]
fn an_exposure_names_the_key_of_an_address_that_is_referenced() {
    let text = "server: { auth: off, listen: \"${env:A}\", admin: { listen: \"${env:B}\" } }";
    let folder = folder(&[("c.yaml", text)]);
    let variables = environment(&[("A", "192.0.2.7:80"), ("B", "192.0.2.7:81")]);
    let faults = load(folder.path(), &variables).unwrap_err();
    assert_eq!(
        printed(folder.path(), &faults),
        "config/c.yaml:1:11: server.auth: off is allowed only on a loopback address, and server.listen is not one; write auth: required, or listen on 127.0.0.1\nconfig/c.yaml:1:51: server.admin.listen: server.admin.listen is not a loopback address, so server.admin.token is required; set server.admin.token, or listen on 127.0.0.1"
    );
}

#[test]
fn modalities_default_to_those_of_the_capability() {
    let text = "providers: { a: { adapter: echo } }\nmodels:\n  \
        e: { capability: embeddings, chain: [{ provider: a, model: m }], FREE }\n  \
        c: { modalities: { input: [text, image] }, chain: [{ provider: a, model: m }], FREE }\n";
    let models = load_text(text, &[]).unwrap().config.models;
    assert_eq!(models["e"].capability, Capability::Embeddings);
    assert_eq!(
        (&models["e"].modalities.input[..], &models["e"].modalities.output[..]),
        (&["text".to_owned()][..], &["embeddings".to_owned()][..])
    );
    assert_eq!(models["c"].modalities.input, ["text", "image"]);
    assert_eq!(models["c"].modalities.output, ["text"]);
}

#[test]
fn a_line_break_at_the_end_is_cut_off_from_variables_and_files_alike() {
    let text = "providers:\n  a: { adapter: echo, api_key: \"${env:K}\" }\n  b: { adapter: echo, api_key: \"${file:k}\" }\n\
        tokens: { secrets: [\"${env:T}\"] }\n";
    for ending in ["\n", "\r\n", "\n\n", ""] {
        let (key, secret) = (format!("sk-a{ending}"), format!("{}{ending}", "s".repeat(32)));
        let folder = folder(&[("c.yaml", text), ("k", &key)]);
        let loaded = load(folder.path(), &environment(&[("K", &key), ("T", &secret)])).unwrap();
        for name in ["a", "b"] {
            assert_eq!(loaded.config.providers[name].api_key.as_ref().unwrap().expose(), "sk-a");
        }
        assert_eq!(loaded.config.tokens.secrets[0].expose(), "s".repeat(32));
    }
    let folder = folder(&[("c.yaml", text), ("k", "\r\n")]);
    let secret = "s".repeat(32);
    let loaded = load(folder.path(), &environment(&[("K", "\n"), ("T", &secret)])).unwrap();
    assert_eq!(loaded.config.providers["a"].off.as_deref(), Some("K is not set"));
    assert_eq!(loaded.config.providers["b"].off.as_deref(), Some("k is empty"));
}

#[test]
fn a_value_that_no_secret_can_have_is_refused_and_not_shown() {
    let text = "providers:\n  a: { adapter: echo, api_key: \"${env:V}\" }\n  b: { adapter: echo, headers: { x: \"${file:v}\" } }\n";
    let cases = [
        (
            "hunter\n2",
            "contains a line break before its end; put the value on a single line",
        ),
        (
            "\rhunter2",
            "contains a line break before its end; put the value on a single line",
        ),
        ("hunter\t2", "contains a control character; remove it"),
        ("hunter\u{1b}2", "contains a control character; remove it"),
        (
            "\u{feff}hunter2",
            "contains a byte order mark; save it as UTF-8 without a byte order mark",
        ),
    ];
    for (value, expected) in cases {
        let folder = folder(&[("c.yaml", text), ("v", value)]);
        let faults = load(folder.path(), &environment(&[("V", value)])).unwrap_err();
        let expected = format!(
            "config/c.yaml:2:23: providers.a.api_key: V {expected}\nconfig/c.yaml:3:34: providers.b.headers.x: v {expected}"
        );
        assert_eq!(printed(folder.path(), &faults), expected, "{value:?}");
    }
}

#[test]
fn a_value_that_is_not_utf_8_is_refused_and_does_not_count_as_missing() {
    let text =
        "providers:\n  a: { adapter: echo, api_key: \"${env:V}\" }\n  b: { adapter: echo, api_key: \"${file:v}\" }\n";
    let folder = folder(&[("c.yaml", text)]);
    // UTF-16, as some editors save it.
    fs::write(folder.path().join("v"), b"\xff\xfes\0k\0").unwrap();
    assert_eq!(
        printed(folder.path(), &load(folder.path(), &Garbled).unwrap_err()),
        "config/c.yaml:2:23: providers.a.api_key: V is not valid UTF-8; provide UTF-8 text\n\
         config/c.yaml:3:23: providers.b.api_key: v is not valid UTF-8; provide UTF-8 text"
    );
}

#[test]
fn a_setting_may_refer_to_a_text_of_many_lines() {
    let text = "providers: { a: { adapter: echo, settings: { t: \"${file:t}\" } } }";
    let folder = folder(&[("c.yaml", text), ("t", "one\n\ttwo\n")]);
    let loaded = load(folder.path(), &environment(&[])).unwrap();
    assert_eq!(loaded.config.providers["a"].settings["t"], "one\n\ttwo");
}
