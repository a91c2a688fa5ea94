//! Files that cannot be read as YAML at all.

use super::{faults_of, folder, load_folder, told};

#[test]
fn what_is_not_the_yaml_of_a_configuration_is_told_with_its_place() {
    let deep = format!("server: {}", "[".repeat(100));
    let cases = [
        (
            "server:\n  listen: \"127.0.0.1:1\n",
            "2:11: is not YAML: while scanning a quoted scalar, found unexpected end of stream; check the indentation, quotes and brackets here and in the line before",
        ),
        (
            "server:\n listen: a\n  auth: off\n",
            "3:7: is not YAML: mapping values are not allowed in this context; check the indentation, quotes and brackets here and in the line before",
        ),
        (
            "server: {\n",
            "2:1: is not YAML: while parsing a node, did not find expected node content; check the indentation, quotes and brackets here and in the line before",
        ),
        (
            "server:\n\tlisten: a\n",
            "2:2: is not YAML: tabs disallowed within this context (block indentation); check the indentation, quotes and brackets here and in the line before",
        ),
        (
            "server: @x\n",
            "1:9: is not YAML: unexpected character: `@'; check the indentation, quotes and brackets here and in the line before",
        ),
        (
            "- a\n- b\n",
            "1:1: is not a mapping; begin with a key such as \"server:\"",
        ),
        (
            "just text\n",
            "1:1: is not a mapping; begin with a key such as \"server:\"",
        ),
        (
            "server: {}\n---\nlog: {}\n",
            "3:1: begins a second document; put it into a file of its own",
        ),
        (
            "? [a, b]\n: c\n",
            "1:3: has a list or mapping as a key; write a plain text as the key",
        ),
        (
            "a: &a b\n*a : c\n",
            "2:1: has an alias as a key; write a plain text as the key",
        ),
        (
            "a: &a [*a]\n",
            "1:8: refers to the value that it is part of; write the value out",
        ),
        (deep.as_str(), "1:72: is nested too deeply; keep to 64 levels"),
    ];
    for (text, expected) in cases {
        assert_eq!(faults_of(text), expected, "\n{text}");
    }
}

#[test]
fn a_key_given_twice_names_both_places() {
    assert_eq!(
        faults_of("server:\n  auth: off\n  listen: \"127.0.0.1:1\"\n  auth: required\n"),
        "4:3: server.auth: was given already at 2:3; keep one of the two"
    );
    let files = [("a.yaml", "log: {}\nserver: {}\n"), ("b.yml", "\n\nserver: {}\n")];
    let folder = folder(&files);
    assert_eq!(
        told(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config/b.yml:3:1: server: was given already at config/a.yaml:2:1; keep one of the two"
    );
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
    assert_eq!(faults_of(&text), "5:45: holds too many values; use fewer aliases");
}

#[test]
fn faults_in_several_files_are_told_in_their_order() {
    let folder = folder(&[("b.yaml", "log: {"), ("a.yaml", "- x")]);
    assert_eq!(
        told(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config/a.yaml:1:1: is not a mapping; begin with a key such as \"server:\"\nconfig/b.yaml:2:1: is not YAML: while parsing a node, did not find expected node content; check the indentation, quotes and brackets here and in the line before"
    );
}

#[test]
fn a_folder_without_yaml_and_a_path_without_anything_are_told() {
    let folder = folder(&[("notes.txt", "x"), (".hidden.yaml", "- x")]);
    assert_eq!(
        told(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config: holds no *.yaml file; name the folder that holds the configuration"
    );
    let nowhere = folder.path().join("nowhere");
    assert_eq!(
        told(folder.path(), &load_folder(&nowhere).unwrap_err()),
        "config/nowhere: cannot be read: No such file or directory (os error 2); name a folder or file of YAML that this process may read"
    );
}

#[test]
fn a_file_that_is_not_utf_8_is_told() {
    let folder = folder(&[]);
    std::fs::write(folder.path().join("a.yaml"), b"server: \xff\n").unwrap();
    assert_eq!(
        told(folder.path(), &load_folder(folder.path()).unwrap_err()),
        "config/a.yaml: cannot be read: stream did not contain valid UTF-8; name a folder or file of YAML that this process may read"
    );
}
