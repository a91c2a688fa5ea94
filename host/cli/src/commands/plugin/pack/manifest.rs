//! The custom section of a component that holds its manifest: tools read it there without running anything.

use std::borrow::Cow;

use serde_json::Value;
use wasm_encoder::{ComponentSection, CustomSection};
use wasmparser::{Parser, Payload};

/// The section's name.
const SECTION: &str = "jackfield:manifest";

/// Adds a section with this manifest.
pub(in crate::commands::plugin) fn attach(component: &mut Vec<u8>, manifest: &Value) {
    let section = CustomSection {
        name: SECTION.into(),
        data: Cow::Owned(manifest.to_string().into_bytes()),
    };
    section.append_to_component(component);
}

/// The manifest that the component's section holds; `None` without such a section, or if it is not JSON.
pub(in crate::commands::plugin) fn of(component: &[u8]) -> Option<Value> {
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.ok()? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::CustomSection(section) if depth == 1 && section.name() == SECTION => {
                return serde_json::from_slice(section.data()).ok();
            }
            _ => {}
        }
    }
    None
}

/// Whether `file` is this component with a manifest added.
pub(in crate::commands::plugin) fn is_attached_to(component: &[u8], file: &[u8]) -> bool {
    of(file).is_some_and(|manifest| {
        let mut with = component.to_vec();
        attach(&mut with, &manifest);
        with == file
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_manifest_is_read_back_and_the_component_stays_one() {
        let plain = wat::parse_str("(component (core module (memory 1)))").unwrap();
        assert_eq!(of(&plain), None);
        let mut with = plain.clone();
        attach(&mut with, &json!({"name": "x"}));
        assert_eq!(of(&with), Some(json!({"name": "x"})));
        assert!(is_attached_to(&plain, &with));
        assert!(!is_attached_to(&plain, &plain));
        wasmparser::validate(&with).unwrap();
        let cut = &with[..with.len() - 1];
        assert_eq!(of(cut), None);
    }
}
