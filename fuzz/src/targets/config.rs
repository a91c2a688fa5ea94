//! Files of the configuration: every fault has a place and a remedy, and none shows a secret.

use std::cell::OnceCell;
use std::fs;

use jackfield_config::Environment;
use tempfile::TempDir;

/// Words of the configuration.
pub const WORDS: &[&str] = &[
    "server:\n",
    "plugins:\n",
    "providers:\n",
    "models:\n",
    "plans:\n",
    "keys:\n",
    "tokens:\n",
    "storage:\n",
    "limits:\n",
    "  a:\n",
    "    adapter: echo\n",
    "    chain: [{ provider: a, model: b }]\n",
    "${env:SECRET}",
    "${env:NONE}",
    "$${",
    "${file:config.yaml}",
    "\"",
    "'",
    "- ",
    "? ",
    ": ",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "|\n",
    ">-\n",
    "---\n",
    "{ ",
    " }",
    "[",
    "]",
    "1e999",
    "5s",
    "0x10",
    "~",
    "\t",
    "\u{feff}",
];

/// The value of the one variable that is set.
const SECRET: &str = "fuzz-secret-5f1e";

/// The environment of every load.
struct Variables;

thread_local! {
    /// The folder of the file, one for all inputs.
    static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
}

/// One file of YAML.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    // Whoever writes the configuration may name any file, but a target must read none of the machine's: some do not end.
    if text.contains("${file:/") || text.contains("..") || text.contains(SECRET) {
        return;
    }
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| tempfile::tempdir().expect("a folder"));
        fs::write(folder.path().join("config.yaml"), data).expect("a file");
        let Err(faults) = jackfield_config::load(folder.path(), &Variables) else {
            return;
        };
        assert!(!faults.0.is_empty(), "a configuration is refused for a reason");
        for fault in &faults.0 {
            assert!(!fault.problem.is_empty() && !fault.remedy.is_empty(), "{fault}");
        }
        assert!(!faults.to_string().contains(SECRET), "a fault shows a secret: {faults}");
    });
}

// === impl Variables ===

impl Environment for Variables {
    fn var(&self, name: &str) -> Option<String> {
        (name == "SECRET").then(|| SECRET.to_owned())
    }
}
