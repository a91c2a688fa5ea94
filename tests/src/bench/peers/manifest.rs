//! What `peer.json` in a peer's folder says: which gateway it is, in which version, and how to ask it.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;

/// The file's name.
const FILE: &str = "peer.json";

/// One other gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    /// The name of its folder.
    pub(super) name: String,
    /// What it calls itself.
    pub(super) title: String,
    /// The version that is measured.
    pub(super) version: String,
    /// The model to ask it for.
    pub(super) model: String,
    /// What it wants to read in the head of each request, by name. `UPSTREAM_V1` stands for the upstream's address.
    pub(super) headers: Vec<(String, String)>,
}

/// All peers of a folder, by name.
///
/// # Errors
/// If the folder or a manifest cannot be read.
pub(super) fn all(folder: &Path) -> io::Result<Vec<Peer>> {
    let mut peers = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.path().join(FILE);
        if file.exists() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let text = fs::read_to_string(&file)?;
            let peer = Peer::read(name, &text);
            peers.push(peer.ok_or_else(|| io::Error::other(format!("{}: is no manifest", file.display())))?);
        }
    }
    peers.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(peers)
}

// === impl Peer ===

impl Peer {
    /// `None` if something is missing.
    fn read(name: String, text: &str) -> Option<Self> {
        let manifest: Value = serde_json::from_str(text).ok()?;
        let word = |key: &str| Some(manifest.get(key)?.as_str()?.to_owned());
        let headers = manifest.get("headers")?.as_object()?;
        let headers = headers
            .iter()
            .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        Some(Self {
            name,
            title: word("title")?,
            version: word("version")?,
            model: word("model")?,
            headers: headers.collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use super::*;

    fn here() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
    }

    #[test]
    fn a_manifest_without_a_version_is_none() {
        let manifest = r#"{"title":"T","version":"1","model":"m","headers":{"a":"b"}}"#;
        let peer = Peer::read("t".to_owned(), manifest).unwrap();
        assert_eq!(peer.headers, [("a".to_owned(), "b".to_owned())]);
        assert_eq!(Peer::read("t".to_owned(), &manifest.replace("version", "v")), None);
    }

    #[test]
    fn each_peer_is_pinned_to_the_version_that_its_row_tells() {
        for peer in all(&here()).unwrap() {
            let folder = here().join(&peer.name);
            let manifest: Value = serde_json::from_str(&fs::read_to_string(folder.join(FILE)).unwrap()).unwrap();
            let package = manifest["package"].as_str().unwrap();
            let version = &peer.version;
            let pinned = if let Ok(lines) = fs::read_to_string(folder.join("requirements.txt")) {
                lines.lines().any(|line| line == format!("{package}=={version}"))
            } else {
                let lock = fs::read_to_string(folder.join("package-lock.json")).unwrap();
                let lock: Value = serde_json::from_str(&lock).unwrap();
                lock["packages"][format!("node_modules/{package}")]["version"] == **version
            };
            assert!(pinned, "{package} {version}");
        }
    }

    #[test]
    fn each_peer_stands_in_the_read_me_and_in_the_book() {
        let read_me = fs::read_to_string(here().join("README.md")).unwrap();
        let book = here().join("../../docs/src/performance.md");
        let book = fs::read_to_string(book).unwrap();
        let peers = all(&here()).unwrap();
        let folders: BTreeSet<_> = fs::read_dir(here())
            .unwrap()
            .map(Result::unwrap)
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        assert_eq!(folders, peers.iter().map(|peer| peer.name.clone()).collect());
        for Peer {
            name, title, version, ..
        } in peers
        {
            assert!(read_me.contains(&format!("| `{name}/` | {title} |")), "{name}");
            assert!(book.contains(&format!("| {title} {version} |")), "{title} {version}");
        }
    }
}
