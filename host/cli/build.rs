//! Embeds the SDK, the contract, the templates and the examples that `jackfield plugin new` writes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = package.join("../..");
    let table = [
        table("SDK", &root.join("plugin-sdk"))?,
        table("WIT", &root.join("wit"))?,
        table("TEMPLATES", &package.join("src/commands/plugin/template"))?,
        table("EXAMPLES", &root.join("plugins/examples"))?,
    ];
    let out = env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .ok_or(io::ErrorKind::NotFound)?;
    fs::write(out.join("embedded.rs"), table.concat())
}

/// A constant with the path and content of every file in a folder.
fn table(name: &str, folder: &Path) -> io::Result<String> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut text = format!("pub(super) const {name}: &[(&str, &[u8])] = &[\n");
    for file in files {
        let path = file.strip_prefix(folder).map_err(io::Error::other)?.to_string_lossy();
        let file = file.canonicalize()?;
        let _ = writeln!(text, "    ({path:?}, include_bytes!({:?})),", file.to_string_lossy());
    }
    text.push_str("];\n");
    Ok(text)
}

/// What the tools of other languages make beside the sources.
const MADE: [&str; 3] = ["node_modules", "__pycache__", "bindings"];

/// Collects every file in a folder, except build output, hidden files and unreviewed snapshots.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == "target" || name.starts_with('.') || name.ends_with(".snap.new") {
            continue;
        }
        if path.is_dir() && MADE.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
