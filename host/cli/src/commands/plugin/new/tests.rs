//! Tests of which files a new plugin has, and where they go.

use super::*;

fn other() -> Names {
    Names::new("other-one").unwrap()
}

fn checkout() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("plugin-sdk")).unwrap();
    std::fs::create_dir_all(root.path().join("plugins")).unwrap();
    std::fs::write(root.path().join("plugin-sdk/Cargo.toml"), "").unwrap();
    root
}

#[test]
fn inside_a_checkout_the_plugin_goes_into_its_plugins_folder() {
    let root = checkout();
    let inside = root.path().canonicalize().unwrap().join("plugin-sdk");
    let expected = Place {
        parent: inside.parent().unwrap().join("plugins"),
        sdk: Sdk::Checkout,
    };
    assert_eq!(Place::choose(&inside, None), expected);
    assert_eq!(Place::choose(&inside, Some(Path::new("../plugins"))), expected);
}

#[test]
fn elsewhere_the_plugin_brings_its_own_sdk() {
    let root = checkout();
    let asked = Place::choose(root.path(), Some(Path::new("elsewhere")));
    assert_eq!(
        asked,
        Place {
            parent: root.path().join("elsewhere"),
            sdk: Sdk::Bundled
        }
    );
    let outside = tempfile::tempdir().unwrap();
    let here = Place::choose(outside.path(), None);
    assert_eq!(
        here,
        Place {
            parent: outside.path().to_owned(),
            sdk: Sdk::Bundled
        }
    );
}

#[test]
fn the_templates_name_is_replaced_everywhere() {
    let names = ["rust-blank", "rust-openai", "rust-shaper", "rust-talker"];
    let all = names.map(|template| files(&other(), template, Some(&Sdk::Checkout)).unwrap());
    assert!(all.iter().all(|files| files.len() >= 5));
    for (path, content) in all.into_iter().flatten() {
        let content = String::from_utf8(content).unwrap();
        for name in ["my-plugin", "my_plugin"] {
            assert!(!content.contains(name), "{name} in {}", path.display());
        }
    }
}

#[test]
fn a_bundled_sdk_has_the_contract_beside_it() {
    let files = files(&other(), "rust-openai", Some(&Sdk::Bundled)).unwrap();
    let has = |path: &str| files.iter().any(|(file, _)| file == Path::new(path));
    assert!(has("sdk/plugin-sdk/Cargo.toml") && has("sdk/wit/world.wit"));
}

#[test]
fn an_existing_folder_is_not_touched() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("mine");
    std::fs::create_dir(&folder).unwrap();
    let error = write(&folder, &files(&other(), "rust-openai", Some(&Sdk::Checkout)).unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{} already exists; nothing was written", folder.display())
    );
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn a_template_that_is_not_there_is_refused_with_those_that_are() {
    let error = files(&other(), "c-openai", None).unwrap_err().to_string();
    assert!(
        error.starts_with("there is no template c-openai; there are: "),
        "{error}"
    );
    assert!(
        error.contains("rust-blank, rust-openai, rust-shaper, rust-talker"),
        "{error}"
    );
}

#[test]
fn an_authors_folder_has_no_lints_but_its_own() {
    let files = files(&other(), "rust-talker", Some(&Sdk::Bundled)).unwrap();
    let manifests = files.iter().filter(|(path, _)| path.ends_with("Cargo.toml"));
    let texts: Vec<_> = manifests.map(|(_, text)| String::from_utf8_lossy(text)).collect();
    assert_eq!(texts.len(), 2);
    assert!(
        texts
            .iter()
            .all(|text| !text.contains("lints") && !text.contains("workspace = true"))
    );
}

#[test]
fn a_plugin_in_another_language_begins_as_the_example_under_its_own_name() {
    for (lang, example, named_in) in [
        (Lang::Js, "ollama-js", "ollama.js"),
        (Lang::Python, "ollama-python", "ollama.py"),
        (Lang::C, "ollama-c", "adapter.c"),
    ] {
        let template = format!("{}-talker", written(&lang));
        assert_eq!(lang.example(&template), Some(example));
        let files = of_example(&other(), example);
        assert!(files.len() >= 6, "{example}");
        for (path, content) in &files {
            let content = String::from_utf8_lossy(content);
            assert!(!content.contains(example), "{}", path.display());
            let is_made = ["node_modules", "bindings", "__pycache__"]
                .iter()
                .any(|made| path.starts_with(made));
            assert!(!is_made, "{}", path.display());
            if path == Path::new(named_in) {
                assert!(content.contains("other-one"), "{content}");
            }
        }
    }
}

#[test]
fn a_template_that_is_not_there_is_told_with_those_that_are() {
    let error = files(&other(), "js-blank", None).unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no template js-blank; there are: c-talker, js-shaper, js-talker, python-shaper, python-talker, \
         rust-blank, rust-openai, rust-shaper, rust-talker"
    );
}

#[test]
fn a_shaper_in_another_language_has_all_that_its_tool_needs_and_no_sdk() {
    for (template, needed) in [
        (
            "js-shaper",
            [
                "shaper.js",
                "bytes.js",
                "package-lock.json",
                "tests/golden/shape-text/words.snap",
            ],
        ),
        (
            "python-shaper",
            [
                "app.py",
                "words.py",
                "requirements.txt",
                "tests/golden/shape-text/words.snap",
            ],
        ),
    ] {
        let files = files(&other(), template, None).unwrap();
        for path in needed {
            let file = files.iter().find(|(file, _)| file == Path::new(path));
            let (_, content) = file.unwrap_or_else(|| panic!("{template}: {path}"));
            let content = String::from_utf8_lossy(content);
            assert!(!content.contains("my-plugin") && !content.contains("ollama"), "{path}");
        }
        assert!(!files.iter().any(|(path, _)| path.starts_with("sdk")), "{template}");
    }
}
