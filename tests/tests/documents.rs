//! What the documents show works: every configuration loads, every command runs, every link leads somewhere.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a broken expectation fails the test where it broke"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jackfield_config::Environment;
use jackfield_tests::gateway::{Gateway, install_adapters};
use tempfile::TempDir;
use tokio::process::Command;

/// The address that the documents' commands call.
const DOCUMENTED: &str = "http://127.0.0.1:8080";

/// Folders that hold no documents of ours.
const FOREIGN: [&str; 5] = [".git", ".venv", "node_modules", "target", "template"];

/// One document.
struct Document {
    path: PathBuf,
    text: String,
}

/// What stands between two fences.
struct Block<'a> {
    language: &'a str,
    /// The document and the line of the first fence, for whoever must repair it.
    place: String,
    text: String,
}

/// No environment at all.
struct Nothing;

#[test]
fn every_configuration_in_the_book_loads() {
    let book = book();
    let blocks: Vec<Block<'_>> = book.iter().flat_map(|page| page.blocks_in("yaml")).collect();
    assert!(blocks.len() > 5, "only {} blocks were found", blocks.len());
    let faults: Vec<String> = blocks.iter().filter_map(faults_of).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_in_the_book_runs_against_the_shipped_configuration() {
    let book = book();
    let blocks: Vec<Block<'_>> = book.iter().flat_map(|page| page.blocks_in("sh")).collect();
    assert!(blocks.len() > 5, "only {} blocks were found", blocks.len());
    let gateway = shipped().await;
    // What one command writes, another reads.
    let folder = tempfile::tempdir().expect("a folder for what they write");
    let mut failures = Vec::new();
    for block in &blocks {
        failures.extend(run(block, &gateway.url(), folder.path()).await.err());
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let documents = all_documents();
    assert!(documents.len() > 10, "only {} documents were found", documents.len());
    let broken: Vec<String> = documents.iter().flat_map(Document::broken_links).collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn every_promise_of_security_names_tests_that_exist() {
    let page = Document::read(root().join("docs/src/security.md"));
    let promises = promises(&page.text);
    assert!(promises.len() > 10, "only {} promises were found", promises.len());
    let mut faults = Vec::new();
    for (promise, tests) in promises {
        let tests: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        if tests.is_empty() {
            faults.push(format!("no test holds this: {promise}"));
        }
        let missing = tests.into_iter().filter(|name| !is_test(name));
        faults.extend(missing.map(|name| format!("there is no test `{name}`")));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_heading_is_linked_to_as_the_sites_spell_it() {
    let text = "# A `b` & C's d-e_f\n```\n# no heading\n```\n## Same\n## Same\n";
    let expected = ["a-b--cs-d-e_f", "same", "same-1"].map(str::to_owned);
    assert_eq!(headings(text), BTreeSet::from(expected));
}

#[test]
fn links_in_code_are_none() {
    let text = "[a](b.md#c) and `[d](e)` and ![f](g.png)\n```\n[h](i)\n```\n[j](k \"title\")\n";
    assert_eq!(links(text), ["b.md#c", "g.png", "k"]);
}

// === impl Document ===

impl Document {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    fn name(&self) -> String {
        let path = self.path.strip_prefix(root()).unwrap_or(&self.path);
        path.display().to_string()
    }

    fn blocks_in<'a>(&'a self, language: &'a str) -> impl Iterator<Item = Block<'a>> {
        self.blocks()
            .into_iter()
            .filter(move |block| block.language == language)
    }

    fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            if let Some(language) = line.strip_prefix("```") {
                let body = lines.by_ref().map(|(_, line)| line);
                blocks.push(Block {
                    language,
                    place: format!("{}:{}", self.name(), number + 1),
                    text: body
                        .take_while(|line| *line != "```")
                        .fold(String::new(), |text, line| text + line + "\n"),
                });
            }
        }
        blocks
    }

    fn broken_links(&self) -> Vec<String> {
        let outside = |link: &&str| link.contains("://") || link.starts_with("mailto:");
        let links = links(&self.text);
        let broken = links.into_iter().filter(|link| !outside(link) && !self.resolves(link));
        broken
            .map(|link| format!("{}: the link `{link}` leads nowhere", self.name()))
            .collect()
    }

    fn resolves(&self, link: &str) -> bool {
        let (path, heading) = link
            .split_once('#')
            .map_or((link, None), |(path, heading)| (path, Some(heading)));
        let folder = self.path.parent().expect("a document is in a folder");
        let target = if path.is_empty() {
            self.path.clone()
        } else {
            folder.join(path)
        };
        match heading {
            None => target.exists(),
            Some(heading) => fs::read_to_string(target).is_ok_and(|text| headings(&text).contains(heading)),
        }
    }
}

// === impl Nothing ===

impl Environment for Nothing {
    fn var(&self, _: &str) -> Option<String> {
        None
    }
}

/// The faults of a configuration that a reader copies as it is.
fn faults_of(block: &Block<'_>) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder for the configuration");
    fs::write(folder.path().join("config.yaml"), &block.text).expect("a configuration");
    let loaded = jackfield_config::load(folder.path(), &Nothing);
    loaded.err().map(|faults| format!("{}:\n{faults}", block.place))
}

/// A gateway over a copy of the shipped configuration.
async fn shipped() -> Gateway {
    let folder = copy_of_shipped();
    Gateway::start_in(folder, "config", "plugins").await
}

fn copy_of_shipped() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder for the gateway");
    let (config, plugins) = (folder.path().join("config"), folder.path().join("plugins"));
    fs::create_dir(&config).expect("a config folder");
    fs::create_dir(&plugins).expect("a plugins folder");
    for file in entries(&root().join("config")) {
        // What a gateway that was run from the checkout has left beside the files is not shipped.
        if file.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&file).expect("a shipped file");
            install_adapters(&text, &plugins);
            // No plugin shall run out of time because the machine is busy.
            let text = text.replace("\nplugins:\n", "\nplugins:\n  deadline: 10s\n");
            fs::write(config.join(file.file_name().expect("its name")), text).expect("a copy");
        }
    }
    folder
}

/// Runs the commands of a block in this folder, each of which must succeed.
async fn run(block: &Block<'_>, gateway: &str, folder: &Path) -> Result<(), String> {
    let Block { place, text, .. } = block;
    let commands = text.replace("\\\n", " ");
    if !commands
        .lines()
        .all(|line| line.starts_with("curl ") && line.contains(DOCUMENTED))
    {
        return Err(format!(
            "{place}: mark a block `sh` only if all of it is curl against {DOCUMENTED}"
        ));
    }
    for command in commands.lines() {
        // Without this flag, curl succeeds whatever the status is.
        let command = command
            .replacen("curl ", "curl --fail-with-body ", 1)
            .replace(DOCUMENTED, gateway);
        let output = Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder)
            .output()
            .await
            .expect("a shell");
        if !output.status.success() {
            let answer = String::from_utf8_lossy(&output.stdout);
            return Err(format!("{place}: {command}\n{}: {answer}", output.status));
        }
    }
    Ok(())
}

/// The targets of the links in a document, without those in code.
fn links(text: &str) -> Vec<&str> {
    let mut links = Vec::new();
    for line in prose(text) {
        // Every second part is between backticks.
        let parts = line.split('`').step_by(2);
        let targets = parts.flat_map(|part| part.split("](").skip(1));
        links.extend(targets.filter_map(|rest| rest.split([')', ' ']).next()));
    }
    links
}

/// The headings of a document, as links name them.
fn headings(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let name: String = title.trim().to_lowercase().chars().filter(kept).collect();
        let name = name.replace(' ', "-");
        let numbered = (1..).map(|number| format!("{name}-{number}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| !names.contains(name));
        names.extend(free);
    }
    names
}

/// The lines of a document outside its blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        inside ^= is_fence;
        !inside && !is_fence
    })
}

/// The rows of tables whose last column is headed `tested by`: what is promised, and that column.
fn promises(text: &str) -> Vec<(&str, &str)> {
    let mut inside = false;
    let mut promises = Vec::new();
    for line in prose(text) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if !line.starts_with('|') {
            inside = false;
        } else if cells.last() == Some(&"tested by") {
            inside = true;
        } else if let ([promise, .., tests], true) = (cells.as_slice(), inside) {
            promises.push((*promise, *tests));
        }
    }
    promises
}

/// Whether there is such a test: `a::b::name` is the function `name` in a file whose path ends in `a/b.rs`.
fn is_test(name: &str) -> bool {
    let Some((modules, function)) = name.rsplit_once("::") else {
        return false;
    };
    let file = format!("/{}.rs", modules.replace("::", "/"));
    let declared = format!("fn {function}(");
    let mut folders = ["host", "tests", "fuzz"].map(|folder| root().join(folder)).to_vec();
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                let foreign = FOREIGN.iter().any(|foreign| path.ends_with(foreign));
                folders.extend((!foreign).then_some(path));
            } else if path.to_string_lossy().ends_with(&file) {
                let text = fs::read_to_string(&path).expect("a source file");
                let attribute = text.split(&declared).next().filter(|before| before.len() < text.len());
                if attribute
                    .is_some_and(|before| before.trim_end().ends_with("async") || before.trim_end().ends_with(']'))
                {
                    return true;
                }
            }
        }
    }
    false
}

/// What users read from end to end: the README and the book.
fn book() -> Vec<Document> {
    let pages = entries(&root().join("docs/src"))
        .into_iter()
        .filter(|path| is_document(path));
    let readme = root().join("README.md");
    std::iter::once(readme).chain(pages).map(Document::read).collect()
}

fn all_documents() -> Vec<Document> {
    let mut documents = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            let name = path.file_name().expect("its name").to_string_lossy().into_owned();
            if FOREIGN.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if is_document(&path) {
                documents.push(Document::read(path));
            }
        }
    }
    documents
}

fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

/// What is in a folder, in order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the repository's root").to_owned()
}
