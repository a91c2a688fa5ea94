//! The files of a gateway under test: its folders and the built plugins in them.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Folders with built plugins, below the repository's root.
const BUILT: [&str; 3] = ["target/example-plugins", "target/plugins", "target/test-plugins"];

/// A folder with an empty `plugins` folder and this configuration as `config/config.yaml`, and the plugins that
/// the configuration names. What it leaves out is completed.
pub(super) fn folder(config: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the gateway");
    fs::create_dir(folder.path().join("config")).expect("a config folder");
    fs::create_dir(folder.path().join("plugins")).expect("a plugins folder");
    install_adapters(config, &folder.path().join("plugins"));
    let file = folder.path().join("config/config.yaml");
    fs::write(file, completed(config)).expect("a config");
    folder
}

/// Copies the adapters and shapers that the configuration names into a plugins folder.
pub fn install_adapters(config: &str, folder: &Path) {
    for file in built_plugins() {
        let name = file.file_stem().expect("a plugin's name").to_string_lossy();
        let named = |line: &str| {
            let mut named = ["adapter: ", " plugin: "]
                .into_iter()
                .filter_map(|key| line.split(key).nth(1));
            named.any(|rest| rest.split([',', ' ', '}']).next() == Some(&*name))
        };
        if config.lines().any(named) {
            fs::copy(&file, folder.join(format!("{name}.wasm"))).expect("a copy of the plugin");
        }
    }
}

/// The configuration, completed with the sections that a test needs. No plugin may time out because the machine is
/// busy; a story about deadlines sets its own.
pub(super) fn completed(config: &str) -> String {
    let has = |section: &str| config.lines().any(|line| line.starts_with(section));
    let mut config = config.to_owned();
    for (section, usual) in [
        ("server:", "server: { auth: off }"),
        ("plugins:", "plugins: { deadline: 10s }"),
        // Most stories are not about what is kept.
        ("storage:", "storage: { url: none }"),
    ] {
        if !has(section) {
            config = format!("{config}\n{usual}\n");
        }
    }
    config
}

/// The built plugin of that name.
pub fn built_plugin(name: &str) -> PathBuf {
    let file = format!("{name}.wasm");
    let found = built_plugins().into_iter().find(|path| path.ends_with(&file));
    found.unwrap_or_else(|| panic!("{file} is not built; run `make test`"))
}

fn built_plugins() -> Vec<PathBuf> {
    let entries = BUILT.iter().flat_map(|folder| fs::read_dir(root().join(folder)));
    let files = entries.flatten().flatten().map(|entry| entry.path());
    let is_plugin = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "wasm");
    files.filter(is_plugin).collect()
}

/// Writes a file next to its destination and renames it over it, as editors do.
pub fn put(place: &Path, bytes: &[u8]) {
    let beside = place.with_extension("new");
    fs::write(&beside, bytes).expect("a file");
    fs::rename(beside, place).expect("a rename");
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the repository's root")
        .to_owned()
}
