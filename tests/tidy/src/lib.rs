//! The tidy test: what we believe about this repository's shape, checked.
//!
//! Each rule is a function from text to findings, tested with a text that breaks it, and one test here that
//! runs it over the repository.

#![cfg(test)]

mod adapters;
mod arrows;
mod budgets;
mod documented;
mod goldens;
mod manifests;
mod markdown;
mod modules;
mod paths;
mod source;
mod tables;
mod tree;

use tree::Tree;

/// Fails with all findings at once.
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn files_and_functions_are_short_and_files_begin_with_their_purpose() {
    let rust = Tree::repository().files("rs");
    assert!(rust.len() > 50, "only {} files were found", rust.len());
    assert_none(&rust.iter().flat_map(budgets::findings).collect::<Vec<_>>());
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let paths = Tree::repository().paths;
    assert_none(
        &paths
            .iter()
            .filter_map(|path| budgets::bad_name(path))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn only_the_owner_of_a_library_mentions_it() {
    let rust = Tree::repository().files("rs");
    assert_none(&rust.iter().flat_map(arrows::findings).collect::<Vec<_>>());
}

#[test]
fn every_package_inherits_the_lints_and_depends_along_the_arrows() {
    let manifests = Tree::repository().files("toml");
    let manifests: Vec<_> = manifests.iter().filter(|file| file.is("Cargo.toml")).collect();
    assert!(manifests.len() > 3, "only {} manifests were found", manifests.len());
    assert_none(&manifests.into_iter().flat_map(manifests::findings).collect::<Vec<_>>());
}

#[test]
fn every_golden_case_has_a_snapshot_and_the_reverse() {
    assert_none(&goldens::findings(&Tree::repository().paths));
}

#[test]
fn every_key_of_the_configuration_is_shown_in_the_shipped_files() {
    let shipped: String = Tree::repository()
        .files("yaml")
        .iter()
        .filter(|file| file.path.starts_with("config/"))
        .map(|file| file.text.as_str())
        .collect();
    assert_none(&documented::missing_keys(&jackfield_config::json_schema(), &shipped));
}

#[test]
fn the_code_map_names_what_is_there() {
    let tree = Tree::repository();
    assert_none(&documented::code_map_findings(
        &tree.read("ARCHITECTURE.md"),
        &tree.tracked(),
    ));
}

/// The files above the dialects that may name one: the description of the API tells clients which header to send.
const DESCRIBES_DIALECTS: &[&str] = &["host/gateway/src/edge/openapi.rs"];

#[test]
fn nothing_above_the_dialects_names_one() {
    let rust = Tree::repository().files("rs");
    assert_none(&arrows::dialects_named(&rust, DESCRIBES_DIALECTS));
}

/// The files of the host that may name adapters: the selftest's upstream speaks the protocol of each that it rehearses.
const SPEAKS_FOR_UPSTREAMS: &[&str] = &["host/cli/src/commands/selftest/replies.rs"];

#[test]
fn an_adapter_is_its_folder_with_its_goldens_and_a_line_of_documentation() {
    let tree = Tree::repository();
    let rust = tree.files("rs");
    let adapters = adapters::names(&rust);
    assert!(adapters.len() > 12, "only {adapters:?} were found");
    assert_none(&adapters::incomplete(&tree, &adapters));
    assert_none(&adapters::named(&rust, &adapters, SPEAKS_FOR_UPSTREAMS));
}

#[test]
fn no_modules_of_the_host_form_a_circle() {
    let rust = Tree::repository().files("rs");
    let arrows: usize = modules::Modules::read(&rust)
        .iter()
        .map(modules::Modules::arrow_count)
        .sum();
    assert!(arrows > 300, "only {arrows} arrows were found");
    assert_none(&modules::findings(&rust));
}

/// Where the classes of failures are named.
const CLASSES: &str = "host/dialects/src/words/failures.rs";

#[test]
fn the_tables_of_errors_sections_and_classes_say_what_the_code_says() {
    let tree = Tree::repository();
    let errors = tables::errors(&tree.read("docs/src/api.md"), &tree.read("host/gateway/src/error.rs"));
    let schema = jackfield_config::json_schema();
    let sections = tables::sections(&tree.read("docs/src/configuration.md"), &schema);
    let failures = tables::failures(&tree.read("docs/src/operations.md"), (CLASSES, &tree.read(CLASSES)));
    assert_none(&[errors, sections, failures].concat());
}

#[test]
fn the_layout_in_the_readme_names_the_folders_that_are_there() {
    let tree = Tree::repository();
    assert_none(&tables::layout(&tree.read("README.md"), &tree.tracked()));
}
