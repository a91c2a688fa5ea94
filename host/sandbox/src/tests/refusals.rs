//! Files that are refused as plugins, with the messages.

use jackfield_config::PluginsConfig;

use crate::{AdapterPlugin, CodeCache, Engine, LoadError};

fn refused(bytes: &[u8]) -> LoadError {
    let engine = Engine::new().unwrap();
    let limits = |name: &str| PluginsConfig::default().limits_for(name);
    AdapterPlugin::load(&engine, &CodeCache::disabled(), bytes, limits).unwrap_err()
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

#[test]
fn garbage_is_refused_with_its_first_bytes() {
    assert_eq!(
        refused(b"<html>").to_string(),
        "is not a WebAssembly component (it begins with 3c 68 74 6d)"
    );
    assert_eq!(
        refused(b""),
        LoadError::NotWasm {
            found: "nothing".to_owned()
        }
    );
}

#[test]
fn a_core_module_is_told_from_a_component() {
    assert_eq!(refused(&component("(module)")), LoadError::CoreModule);
}

#[test]
fn half_a_component_does_not_compile() {
    let whole = component(r#"(component (core module (func (export "f"))))"#);
    let error = refused(&whole[..whole.len() - 3]);
    assert!(matches!(error, LoadError::Compile(_)), "{error}");
}

#[test]
fn a_component_of_another_world_is_refused_with_what_it_exports() {
    let error = refused(&component("(component)"));
    assert_eq!(
        error.to_string(),
        "exports no `adapter` and no `shaper` of jackfield:plugin@1.1.0 (it exports nothing)"
    );
}

#[test]
fn another_major_of_the_contract_is_refused_with_both_versions() {
    let error = refused(&component(
        r#"(component (instance $adapter) (export "jackfield:plugin/adapter@2.1.0" (instance $adapter)))"#,
    ));
    assert_eq!(
        error.to_string(),
        "was built for jackfield:plugin@2.1.0, but this host implements jackfield:plugin@1.1.0"
    );
}

#[test]
fn an_adapter_without_the_contracts_functions_does_not_link() {
    let error = refused(&component(
        r#"(component (instance $adapter) (export "jackfield:plugin/adapter@1.1.0" (instance $adapter)))"#,
    ));
    assert!(matches!(error, LoadError::Link(_)), "{error}");
}

/// What components of other languages bring that no gateway has, and how to build them without it.
#[test]
fn what_cannot_be_linked_is_named_with_the_switch_that_removes_it() {
    let importing = |name: &str| {
        let adapter = r#"(instance $adapter) (export "jackfield:plugin/adapter@1.1.0" (instance $adapter))"#;
        refused(&component(&format!(
            "(component (import \"{name}\" (instance)) {adapter})"
        )))
    };
    let http = importing("wasi:http/types@0.2.3");
    assert!(http.to_string().contains("wasi:http/types@0.2.3"), "{http}");
    assert!(
        http.remedy().contains("`--disable http fetch-event`"),
        "{}",
        http.remedy()
    );
    let other = importing("acme:tools/clock@1.0.0");
    assert!(other.to_string().contains("acme:tools/clock@1.0.0"), "{other}");
    assert!(
        other.remedy().starts_with("import only jackfield:plugin and"),
        "{}",
        other.remedy()
    );
    // What an async export needs, which componentize-qjs makes unless it is told not to.
    let waits = refused(&component("(component (core func $wait (canon waitable-set.new)))"));
    assert!(matches!(waits, LoadError::Async(_)), "{waits}");
    assert!(waits.remedy().contains("`--sync`"), "{}", waits.remedy());
}
