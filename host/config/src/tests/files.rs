//! Which files make up a configuration, and what is recorded about them.

use std::{fs, os::unix::fs::symlink};

use super::{environment, folder, load, load_folder, load_text};
use crate::{Auth, Config, Secret, ServerConfig};

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
    assert_eq!(loaded.files, names);
}

#[test]
fn an_empty_configuration_is_all_defaults() {
    let folder = folder(&[("a.yaml", "")]);
    let config = load_folder(folder.path()).unwrap().config;
    let mut expected = Config::default();
    expected.plugins.dir = folder.path().join("../target/plugins");
    expected.storage.url = Secret::new(format!("sqlite:{}", folder.path().join("jackfield.db").display()));
    expected.storage.journal = Some(folder.path().join("jackfield.journal"));
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
    assert_eq!(first.files, [path.join("server.yaml")]);

    symlink("..2026_2", path.join("..data_tmp")).unwrap();
    fs::rename(path.join("..data_tmp"), path.join("..data")).unwrap();
    let second = load_folder(path).unwrap();
    assert_eq!(second.config.server.auth, Auth::Required);
    assert_ne!(first.digest, second.digest);
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
        assert_eq!(loaded.digest.len(), 64);
        loaded.digest
    };
    let folder = folder(&[("a.yaml", text), ("k", "1")]);
    let one = load_folder(folder.path()).unwrap().digest;
    assert_eq!(load_folder(folder.path()).unwrap().digest, one);
    fs::write(folder.path().join("k"), "2").unwrap();
    assert_ne!(load_folder(folder.path()).unwrap().digest, one);
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
