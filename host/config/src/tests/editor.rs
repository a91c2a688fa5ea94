//! Editors find nothing wrong with what the documents show, and find what is wrong.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{Value, json};

use crate::{editor_schema, load::raw};

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// What an editor marks in this text.
fn marked(text: &str) -> Vec<String> {
    let settings = json!({
        "type": "object",
        "properties": { "mode": { "$ref": "#/$defs/Mode" } },
        "additionalProperties": false,
        "$defs": { "Mode": { "enum": ["fast", "slow"] } },
    });
    let adapters = BTreeMap::from([("strict".to_owned(), settings)]);
    let validator = jsonschema::validator_for(&editor_schema(&adapters, &BTreeMap::new())).unwrap();
    let value = raw(text);
    validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path().as_str()))
        .collect()
}

/// The YAML blocks of a document that are configurations.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```yaml\n").skip(1);
    blocks.map(|block| block.split("\n```").next().unwrap_or_default())
}

#[test]
fn nothing_that_is_shipped_or_documented_is_marked() {
    let mut texts = Vec::new();
    for file in fs::read_dir(root().join("config")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            texts.push((path.clone(), fs::read_to_string(path).unwrap()));
        }
    }
    let pages = fs::read_dir(root().join("docs/src")).unwrap();
    let pages = pages.map(|page| page.unwrap().path()).chain([root().join("README.md")]);
    for page in pages.filter(|page| page.is_file()) {
        let text = fs::read_to_string(&page).unwrap();
        texts.extend(blocks(&text).map(|block| (page.clone(), block.to_owned())));
    }
    assert!(texts.len() > 20, "{}", texts.len());
    let faults: Vec<String> = texts
        .iter()
        .flat_map(|(path, text)| {
            marked(text)
                .into_iter()
                .map(move |fault| format!("{}: {fault}", path.display()))
        })
        .collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_reference_may_stand_for_any_text_and_a_section_may_be_empty() {
    let text =
        "server: { listen: \"${env:LISTEN}\", auth: \"${env:AUTH}\" }\nlog:\nstorage: { url: \"${file:/run/url}\" }\n";
    assert_eq!(marked(text), [""; 0]);
    for wrong in [
        "server: { auth: on }",
        "server: { max_body_bytes: \"${env:X}\" }",
        "storage: { url: \"mysql:x\" }",
        "servers: {}",
    ] {
        assert!(!marked(wrong).is_empty(), "{wrong}");
    }
}

#[test]
fn settings_are_those_of_the_adapter() {
    let provider = |adapter: &str, settings: &str| {
        marked(&format!(
            "providers: {{ p: {{ adapter: {adapter}, settings: {settings} }} }}"
        ))
    };
    assert_eq!(provider("strict", "{ mode: fast }"), [""; 0]);
    assert_eq!(provider("strict", "{ mode: \"${env:MODE}\" }"), [""; 0]);
    assert!(!provider("strict", "{ mode: medium }").is_empty());
    assert!(!provider("strict", "{ modes: fast }").is_empty());
    assert_eq!(provider("another", "{ modes: fast }"), [""; 0]);
}

#[test]
fn what_editors_show_is_kept() {
    let schema = editor_schema(&BTreeMap::new(), &BTreeMap::new());
    let described = |pointer: &str| schema.pointer(pointer).and_then(Value::as_str).is_some();
    assert!(described("/properties/server/description"));
    assert!(described("/$defs/ServerConfig/properties/listen/description"));
}
