//! Which files make up a configuration, and what is recorded about them.

use std::{fmt::Write, fs, os::unix::fs::symlink};

use super::{environment, folder, load, load_folder, load_text};
use crate::{Auth, Config, Secret, ServerConfig, load_with_inputs};

#[test]
fn the_files_of_a_folder_are_merged_by_section() {
    let folder = folder(&[
        ("b.yml", "log: { prompts: true }\n"),
        ("a.yaml", "server: { auth: off }\n"),
        (".c.yaml", "zebra: 1\n"),
        ("d.yaml~", "zebra: 1\n"),
        ("e.txt", "zebra: 1\n"),
        ("f.yaml", "# Nothing but this.\n"),
        ("g.yaml", "keys:\n# All commented out.\n"),
    ]);
    fs::create_dir(folder.path().join("h.yaml")).unwrap();
    let loaded = load_folder(folder.path()).unwrap();
    assert_eq!(loaded.config.server.auth, Auth::Off);
    assert!(loaded.config.log.prompts);
    let names = ["a.yaml", "b.yml", "f.yaml", "g.yaml"].map(|name| folder.path().join(name));
    assert_eq!(loaded.inputs.files, names);
}

#[test]
fn models_providers_plans_and_keys_may_be_spread_over_files() {
    let key = |digit: &str| format!("rk_{}", digit.repeat(64));
    let part = |name: &str, digit: &str| {
        format!(
            "providers: {{ {name}: {{ adapter: echo }} }}\nplans: {{ {name}: {{ tiers: [free] }} }}\n\
             models: {{ {name}: {{ chain: [{{ provider: {name}, model: m }}], FREE }} }}\n\
             keys: {{ {name}: {{ key: {}, user: u, plan: {name} }} }}\n",
            key(digit)
        )
    };
    let parts = [part("a", "a"), part("b", "b"), part("c", "c")];
    let folder = folder(&[
        ("1.yaml", &parts[0]),
        ("2.yaml", &parts[1]),
        ("3.yaml", "models:\n# All commented out.\nkeys:\n"),
        ("4.yaml", &parts[2]),
    ]);
    let config = load_folder(folder.path()).unwrap().config;
    let names = ["a", "b", "c"];
    assert!(config.providers.keys().eq(names) && config.plans.keys().eq(names));
    assert!(config.models.keys().eq(names) && config.keys.keys().eq(names));
}

#[test]
fn thousands_of_models_load_with_and_without_aliases() {
    let free = "&free { input_per_million: 0, output_per_million: 0 }";
    let mut text = format!("providers: {{ a: {{ adapter: echo, settings: {{ price: {free} }} }} }}\nmodels:\n");
    for number in 0..3_000 {
        let alias = if number % 2 == 0 {
            "*free"
        } else {
            "{ input_per_million: 1, output_per_million: 2 }"
        };
        writeln!(
            text,
            "  m{number}:\n    name: Model {number}\n    tier: free\n    context: 1000\n    max_output: 100\n    \
             modalities: {{ input: [text, image], output: [text] }}\n    pricing: {alias}\n    owned_by: someone\n    \
             chain:\n    - {{ provider: a, model: x{number} }}\n    - {{ provider: a, model: y{number} }}"
        )
        .unwrap();
    }
    let models = load_text(&text, &[]).unwrap().config.models;
    assert_eq!(models.len(), 3_000);
    let price = |id: &str| models[id].pricing.as_ref().unwrap().input_per_million;
    assert!(price("m2998") < price("m2999"));
}

#[test]
fn a_byte_order_mark_before_yaml_is_no_part_of_it() {
    let config = load_text("\u{feff}server: { auth: off }\n", &[]).unwrap().config;
    assert_eq!(config.server.auth, Auth::Off);
}

#[test]
fn what_was_read_is_known_even_if_it_does_not_load() {
    let folder = folder(&[("a.yaml", "log: { level: \"${file:level}\" }\nservre: {}\n")]);
    let inputs = || {
        let (inputs, loaded) = load_with_inputs(folder.path(), &environment(&[]));
        assert!(loaded.is_err());
        inputs
    };
    let missed = inputs();
    assert_eq!(missed.files, ["a.yaml", "level"].map(|name| folder.path().join(name)));
    assert_eq!(inputs(), missed);
    assert!(!missed.disturbed);
    fs::create_dir(folder.path().join("level")).unwrap();
    let unreadable = inputs();
    assert_ne!(unreadable.digest, missed.digest);
    fs::remove_dir(folder.path().join("level")).unwrap();
    fs::write(folder.path().join("level"), "debug").unwrap();
    assert_ne!(inputs().digest, missed.digest);
}

#[test]
fn a_folder_that_cannot_be_read_is_an_input_too() {
    let folder = folder(&[]);
    let nowhere = folder.path().join("nowhere");
    let (inputs, loaded) = load_with_inputs(&nowhere, &environment(&[]));
    assert!(loaded.is_err());
    assert_eq!(inputs.files, [nowhere]);
}

#[test]
fn an_empty_configuration_is_all_defaults() {
    let folder = folder(&[("a.yaml", "")]);
    let config = load_folder(folder.path()).unwrap().config;
    let mut expected = Config::default();
    expected.plugins.dir = folder.path().join("../target/plugins");
    expected.storage.url = Secret::new(format!("sqlite:{}", folder.path().join("jackfield.db").display()));
    expected.storage.journal = Some(folder.path().join("jackfield.journal"));
    expected.state_dir = Some(folder.path().to_owned());
    assert_eq!(config, expected);
    assert_eq!(config.server, ServerConfig::default());
}

#[test]
fn a_single_file_is_a_configuration_and_paths_are_relative_to_its_folder() {
    let folder = folder(&[
        ("a.yaml", "plugins: { dir: wasm, cache_dir: /var/cache/x }"),
        ("b.yaml", "- no"),
    ]);
    let loaded = load_folder(&folder.path().join("a.yaml")).unwrap();
    assert_eq!(loaded.config.plugins.dir, folder.path().join("wasm"));
    assert_eq!(loaded.config.plugins.cache_dir.unwrap().to_str(), Some("/var/cache/x"));
}

#[test]
fn a_folder_of_links_as_mounted_by_kubernetes_is_followed() {
    let folder = folder(&[]);
    let path = folder.path();
    for (state, auth) in [("..2026_1", "off"), ("..2026_2", "required")] {
        fs::create_dir(path.join(state)).unwrap();
        fs::write(
            path.join(state).join("server.yaml"),
            format!("server: {{ auth: {auth} }}"),
        )
        .unwrap();
    }
    symlink("..2026_1", path.join("..data")).unwrap();
    symlink("..data/server.yaml", path.join("server.yaml")).unwrap();
    let first = load_folder(path).unwrap();
    assert_eq!(first.config.server.auth, Auth::Off);
    assert_eq!(first.inputs.files, [path.join("server.yaml")]);

    symlink("..2026_2", path.join("..data_tmp")).unwrap();
    fs::rename(path.join("..data_tmp"), path.join("..data")).unwrap();
    let second = load_folder(path).unwrap();
    assert_eq!(second.config.server.auth, Auth::Required);
    assert_ne!(first.inputs.digest, second.inputs.digest);
}

#[test]
fn a_dangling_link_is_a_fault() {
    let folder = folder(&[("a.yaml", "")]);
    symlink("nowhere", folder.path().join("b.yaml")).unwrap();
    let faults = load_folder(folder.path()).unwrap_err();
    assert_eq!(faults.0.len(), 1);
    assert_eq!(faults.0[0].file, folder.path().join("b.yaml"));
}

#[test]
fn the_digest_depends_on_names_contents_and_referenced_files_alone() {
    let text = "providers: { a: { adapter: echo, api_key: \"${file:k}\" } }";
    let digest = |files: &[(&str, &str)]| {
        let folder = folder(files);
        let loaded = load(folder.path(), &environment(&[])).unwrap();
        assert_eq!(loaded.inputs.digest.len(), 64);
        loaded.inputs.digest
    };
    let folder = folder(&[("a.yaml", text), ("k", "1")]);
    let one = load_folder(folder.path()).unwrap().inputs.digest;
    assert_eq!(load_folder(folder.path()).unwrap().inputs.digest, one);
    fs::write(folder.path().join("k"), "2").unwrap();
    assert_ne!(load_folder(folder.path()).unwrap().inputs.digest, one);
    assert_ne!(digest(&[("a.yaml", "")]), digest(&[("b.yaml", "")]));
}

#[test]
fn yaml_means_what_version_1_2_says() {
    let text = "server: { auth: off }\nmodels:\n  y: &m { name: no, context: 0x10, chain: [{ provider: a, model: '1' }], FREE }\n\
        \x20 z: *m\nproviders: { a: { adapter: echo, settings: { on: yes, n: 2.0, f: 1.5, t: 1e3, none: ~ } } }\n";
    let config = load_text(text, &[]).unwrap().config;
    assert_eq!(config.models["y"].name.as_deref(), Some("no"));
    assert_eq!(config.models["y"].context, Some(16));
    assert_eq!(config.models["z"], config.models["y"]);
    let settings = serde_json::to_string(&config.providers["a"].settings).unwrap();
    assert_eq!(settings, r#"{"on":"yes","n":2,"f":1.5,"t":1000,"none":null}"#);
}
