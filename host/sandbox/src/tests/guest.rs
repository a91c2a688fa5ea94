//! A plugin for the tests and benchmarks: a core module in text form, packed into a component.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Answers every request with the number of calls that its instance has served, as one digit.
pub(crate) const COUNTS: &str = "
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (i32.store8 (global.get $out) (i32.add (i32.const 48) (global.get $calls)))
    (call $answer (global.get $out) (i32.const 1))";

/// The module, without the body of `prepare`. Numbers in `$answer` are offsets in the canonical ABI's layout of
/// `result<prepared, failure>`. Memory that the host asked for is free again at the next `prepare`.
const MODULE: &str = r#"(module
    (import "jackfield:plugin/host@1.1.0" "log" (func $log (param i32 i32 i32)))
    (import "jackfield:plugin/host@1.1.0" "body" (func $body (param i32)))
    (memory (export "memory") 2)
    (table $table 1 funcref)
    (global $calls (mut i32) (i32.const 0))
    (global $out i32 (i32.const 2048))
    (global $free (mut i32) (i32.const 4096))
    (data (i32.const 0) "\08\00\00\00MANIFEST_LENGTHMANIFEST")

    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (local $start i32)
        (local.set $start (global.get $free))
        (global.set $free (i32.and
            (i32.add (i32.add (local.get $start) (local.get 3)) (i32.const 7))
            (i32.const -8)))
        (local.get $start))

    (func $answer (param $pointer i32) (param $length i32) (result i32)
        (i32.store8 (i32.const 1024) (i32.const 0))
        (i32.store8 (i32.const 1032) (i32.const 1))
        (i32.store8 (i32.const 1036) (i32.const 0))
        (i32.store (i32.const 1040) (i32.const 0))
        (i32.store (i32.const 1044) (i32.const 0))
        (i32.store (i32.const 1048) (local.get $pointer))
        (i32.store (i32.const 1052) (local.get $length))
        (i32.store (i32.const 1056) (i32.const 0))
        (i32.store (i32.const 1060) (i32.const 0))
        (i32.const 1024))

    (func (export "jackfield:plugin/adapter@1.1.0#describe") (result i32)
        (i32.const 0))
    (func (export "jackfield:plugin/adapter@1.1.0#prepare")
        (param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
        (global.set $free (i32.const 4096))
        PREPARE)
    (func (export "jackfield:plugin/adapter@1.1.0#decode") (param i32) (result i32)
        (unreachable))
    (func (export "jackfield:plugin/adapter@1.1.0#decode-events")
        (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
        (unreachable)))"#;

/// A plugin named `guest` whose `prepare` has this body.
pub(crate) fn component(prepare: &str) -> Vec<u8> {
    let manifest = r#"{"name":"guest","version":"1","operations":["chat"]}"#;
    let length = manifest.len();
    let text = MODULE
        .replace("MANIFEST_LENGTH", &format!("\\{length:02x}\\00\\00\\00"))
        .replace("MANIFEST", &manifest.replace('"', "\\\""))
        .replace("PREPARE", prepare);
    let mut module = wat::parse_str(text).unwrap();
    let mut contract = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let (package, _) = contract.push_path(wit).unwrap();
    let world = contract.select_world(&[package], Some("adapter-plugin")).unwrap();
    embed_component_metadata(&mut module, &contract, world, StringEncoding::UTF8).unwrap();
    let encoder = ComponentEncoder::default().validate(true);
    encoder.module(&module).unwrap().encode().unwrap()
}
