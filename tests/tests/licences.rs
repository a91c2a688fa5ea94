//! Every dependency's licence, name and source are ones that `deny.toml` allows.

#![expect(clippy::unwrap_used, reason = "what cannot be read must fail the test")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A list of strings in `deny.toml`, one on a line.
fn list(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, list) = text.split_once(&format!("\n{name} = [\n")).unwrap();
    let (list, _) = list.split_once("\n]").unwrap();
    list.lines()
        .map(|line| line.trim().trim_matches([',', '"']).to_owned())
        .collect()
}

/// The packages that are compiled into anything here on this kind of machine, as `cargo metadata` has them.
fn packages() -> Vec<Value> {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--filter-platform",
            host,
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        metadata.status.success(),
        "{}",
        String::from_utf8_lossy(&metadata.stderr)
    );
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let nodes = metadata["resolve"]["nodes"].as_array().unwrap();
    let is_used = |package: &&Value| nodes.iter().any(|node| node["id"] == package["id"]);
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(is_used)
        .cloned()
        .collect()
}

/// Whether an SPDX expression can be satisfied with licences of this list: one side of each `OR` is enough.
///
/// `/` is how older packages write `OR`. `AND` binds more tightly (SPDX 2.3, annex D).
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (satisfied, rest) = either(&words, allowed);
    satisfied && rest.is_empty()
}

/// Reads `a OR b`, and what is left behind it.
fn either<'a>(words: &'a [&'a str], allowed: &[String]) -> (bool, &'a [&'a str]) {
    let (mut satisfied, mut rest) = both(words, allowed);
    while let ["OR", right @ ..] = rest {
        let (right, after) = both(right, allowed);
        satisfied |= right;
        rest = after;
    }
    (satisfied, rest)
}

/// Reads `a AND b`, and what is left behind it.
fn both<'a>(words: &'a [&'a str], allowed: &[String]) -> (bool, &'a [&'a str]) {
    let (mut satisfied, mut rest) = one(words, allowed);
    while let ["AND", right @ ..] = rest {
        let (right, after) = one(right, allowed);
        satisfied &= right;
        rest = after;
    }
    (satisfied, rest)
}

/// Reads one licence, or an expression in parentheses.
fn one<'a>(words: &'a [&'a str], allowed: &[String]) -> (bool, &'a [&'a str]) {
    match words {
        ["(", inner @ ..] => {
            let (satisfied, rest) = either(inner, allowed);
            (satisfied, rest.strip_prefix(&[")"]).unwrap_or(rest))
        }
        [licence, "WITH", exception, rest @ ..] => (allowed.contains(&format!("{licence} WITH {exception}")), rest),
        [licence, rest @ ..] => (allowed.iter().any(|allowed| allowed == licence), rest),
        [] => (false, &[]),
    }
}

#[test]
fn every_dependency_is_allowed() {
    let (licences, banned) = (list("allow"), list("deny"));
    let packages = packages();
    assert!(packages.len() > 100, "only {} packages were found", packages.len());
    let mut findings = Vec::new();
    for package in &packages {
        let text = |member: &str| package[member].as_str().unwrap_or_default();
        let name = text("name");
        if !satisfied(text("license"), &licences) {
            findings.push(format!("{name}: its licence `{}` is not allowed", text("license")));
        }
        if banned.iter().any(|banned| banned == name) {
            findings.push(format!("{name}: is banned"));
        }
        if !matches!(text("source").split_once('+'), None | Some(("registry", _))) {
            findings.push(format!("{name}: comes from {}", text("source")));
        }
    }
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn an_expression_is_satisfied_by_one_side_of_or_and_both_sides_of_and() {
    let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    for good in [
        "MIT",
        "GPL-3.0 OR MIT",
        "Unlicense/MIT",
        "MIT AND ISC",
        "(GPL-3.0 OR MIT) AND ISC",
        "GPL-3.0 AND ISC OR MIT",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(satisfied(good, &allowed), "{good}");
    }
    for bad in [
        "",
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "MIT AND (GPL-3.0 OR MPL-2.0)",
        "Apache-2.0",
        "MIT WITH LLVM-exception",
        "MIT ISC",
    ] {
        assert!(!satisfied(bad, &allowed), "{bad}");
    }
}
