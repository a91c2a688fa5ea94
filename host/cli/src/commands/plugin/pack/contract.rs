//! Adds the component's type to a core module that implements the contract and does not say so.

use wasmparser::{Parser, Payload};
use wit_component::StringEncoding;
use wit_parser::Resolve;

use super::PackError;
use crate::commands::plugin::wit;

/// Each world, with the export that tells a module of it (Component Model, "Canonical ABI": names of core exports).
const WORLDS: [(&str, &str); 2] = [
    ("adapter-plugin", "jackfield:plugin/adapter@1.1.0#describe"),
    ("shaper-plugin", "jackfield:plugin/shaper@1.1.0#describe"),
];

/// The prefix of the custom sections in which bindings describe what a module implements (wit-component, "metadata").
const SECTION: &str = "component-type";

/// What can be seen in a module.
#[derive(Debug, Default)]
struct Seen {
    /// Whether its bindings have described it.
    described: bool,
    exports: Vec<String>,
}

/// Adds the type of the world that the module's exports implement, unless its bindings have described it.
///
/// # Errors
/// If it is not described and implements no world.
pub(super) fn complete(module: &mut Vec<u8>) -> Result<(), PackError> {
    let seen = Seen::read(module).map_err(|error| PackError::Encode(error.to_string()))?;
    if seen.described {
        return Ok(());
    }
    let implemented = |(_, export): &&(&str, &str)| seen.exports.iter().any(|name| name == export);
    let Some((world, _)) = WORLDS.iter().find(implemented) else {
        return Err(PackError::NoContract(WORLDS[0].1));
    };
    let mut resolve = Resolve::default();
    resolve
        .push_source("contract.wit", &wit::whole())
        .and_then(|package| resolve.select_world(&[package], Some(world)))
        .and_then(|world| wit_component::embed_component_metadata(module, &resolve, world, StringEncoding::UTF8))
        .map_err(|error| PackError::Encode(format!("{error:#}")))
}

// === impl Seen ===

impl Seen {
    fn read(module: &[u8]) -> Result<Self, wasmparser::BinaryReaderError> {
        let mut seen = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::CustomSection(section) => seen.described |= section.name().starts_with(SECTION),
                Payload::ExportSection(exports) => {
                    for export in exports {
                        seen.exports.push(export?.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(seen)
    }
}
