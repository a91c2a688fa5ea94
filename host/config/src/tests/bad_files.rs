//! Files that cannot be parsed at all.

use super::{faults_of, folder, load_folder, printed};

#[test]
fn a_file_that_is_not_valid_yaml_is_reported_with_its_place() {
    let deep = format!("server: {}", "[".repeat(100));
    let cases = [
        (
            "server:\n  listen: \"127.0.0.1:1\n",
            "2:11: is not valid YAML: while scanning a quoted scalar, found unexpected end of stream; check the indentation, quotes and brackets on this line and the one before",
        ),
        (
            "server:\n listen: a\n  auth: off\n",
            "3:7: is not valid YAML: mapping values are not allowed in this context; check the indentation, quotes and brackets on this line and the one before",
        ),
        (
            "server: {\n",
            "2:1: is not valid YAML: while parsing a node, did not find expected node content; check the indentation, quotes and brackets on this line and the one before",
        ),
        (
            "server:\n\tlisten: a\n",
            "2:2: is not valid YAML: tabs disallowed within this context (block indentation); check the indentation, quotes and brackets on this line and the one before",
        ),
        (
            "server: @x\n",
            "1:9: is not valid YAML: unexpected character: `@'; check the indentation, quotes and brackets on this line and the one before",
        ),
        (
            "- a\n- b\n",
            "1:1: is not a mapping; start with a key such as \"server:\"",
        ),
        (
            "just text\n",
            "1:1: is not a mapping; start with a key such as \"server:\"",
        ),
        (
            "server: {}\n---\nlog: {}\n",
            "3:1: starts a second document; move it to its own file",
        ),
        (
            "? [a, b]\n: c\n",
            "1:3: uses a list or mapping as a key; use a plain string as the key",
        ),
        (
            "a: &a b\n*a : c\n",
            "2:1: uses an alias as a key; use a plain string as the key",
        ),
        (
            "a: &a [*a]\n",
            "1:8: refers to a value that contains it; write the value itself",
        ),
        (deep.as_str(), "1:72: is nested too deeply; use at most 64 levels"),
    ];
    for (text, expected) in cases {
        assert_eq!(faults_of(text), expected, "\n{text}");
    }
}

#[test]
fn a_duplicate_key_is_reported_with_both_places() {
    assert_eq!(
        faults_of("server:\n  auth: off\n  listen: \"127.0.0.1:1\"\n  auth: required\n"),
        "4:3: server.auth: is already defined at 2:3; keep one of the two"
    );
    let files = [("a.yaml", "log: {}\nserver: {}\n"), ("b.yml", "\n\nserver: {}\n")];
    let folder = folder(&files);
    assert_eq!(
        printed(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config/b.yml:3:1: server: is already defined at config/a.yaml:2:1; keep one of the two"
    );
}

#[test]
fn a_duplicate_name_is_reported_with_both_files() {
    let files = [
        (
            "a.yaml",
            "plans: { p: { tiers: [free] } }\nproviders: { x: { adapter: echo } }\n",
        ),
        ("b.yaml", "providers:\n  y: { adapter: echo }\n  x: { adapter: echo }\n"),
        ("c.yaml", "plans:\n  p: { tiers: [] }\n"),
    ];
    let folder = folder(&files);
    assert_eq!(
        printed(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config/b.yaml:3:3: providers.x: is already defined at config/a.yaml:2:14; keep one of the two\n\
         config/c.yaml:2:3: plans.p: is already defined at config/a.yaml:1:10; keep one of the two"
    );
}

#[test]
fn a_section_twice_in_one_file_is_a_duplicate_even_if_it_may_be_spread() {
    let folder = folder(&[("a.yaml", "models: {}\n"), ("b.yaml", "models: {}\n\nmodels: {}\n")]);
    assert_eq!(
        printed(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config/b.yaml:3:1: models: is already defined at config/b.yaml:1:1; keep one of the two"
    );
}

#[test]
fn a_part_of_a_spread_section_that_is_no_mapping_is_reported_where_it_is() {
    let wrong = "config/b.yaml:1:1: models: must be a mapping, found a list; write its keys below it, indented";
    for (a, b, c) in [
        ("models: {}", "models: [m]", "models: {}"),
        ("models:", "models: [m]", "models: {}"),
        ("plans: {}", "models: [m]", "models:"),
    ] {
        let folder = folder(&[("a.yaml", a), ("b.yaml", b), ("c.yaml", c)]);
        assert_eq!(printed(folder.path(), &load_folder(folder.path()).unwrap_err()), wrong);
    }
}

#[test]
fn aliases_that_multiply_each_other_are_refused() {
    let level = |level: usize| {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        format!(
            "b{level}: &a{level} [{aliases}]
"
        )
    };
    let text: String = (1..8).map(level).collect();
    let text = format!(
        "a: &a0 [x, x, x, x, x, x, x, x, x, x]
{text}"
    );
    assert_eq!(faults_of(&text), "5:45: contains too many values; use fewer aliases");
}

#[test]
fn faults_in_several_files_are_reported_in_the_order_of_the_files() {
    let folder = folder(&[("b.yaml", "log: {"), ("a.yaml", "- x")]);
    assert_eq!(
        printed(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config/a.yaml:1:1: is not a mapping; start with a key such as \"server:\"\nconfig/b.yaml:2:1: is not valid YAML: while parsing a node, did not find expected node content; check the indentation, quotes and brackets on this line and the one before"
    );
}

#[test]
fn a_folder_without_yaml_and_a_missing_path_are_reported() {
    let folder = folder(&[("notes.txt", "x"), (".hidden.yaml", "- x")]);
    assert_eq!(
        printed(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config: contains no *.yaml file; give the folder that contains the configuration"
    );
    let nowhere = folder.path().join("nowhere");
    assert_eq!(
        printed(folder.path(), &load_folder(&nowhere).unwrap_err()),
        "config/nowhere: cannot be read: No such file or directory (os error 2); give a YAML file or folder that this process can read"
    );
}

#[test]
fn a_file_that_is_too_large_is_reported() {
    let folder = folder(&[]);
    let file = std::fs::File::create(folder.path().join("a.yaml")).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    assert_eq!(
        printed(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config/a.yaml: cannot be read: file too large; give a YAML file or folder that this process can read"
    );
}

#[test]
fn a_file_that_is_not_utf_8_is_reported() {
    let folder = folder(&[]);
    std::fs::write(folder.path().join("a.yaml"), b"server: \xff\n").unwrap();
    assert_eq!(
        printed(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config/a.yaml: cannot be read: stream did not contain valid UTF-8; give a YAML file or folder that this process can read"
    );
}
