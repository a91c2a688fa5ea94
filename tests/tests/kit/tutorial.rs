//! The tutorial, word for word: every file that it shows is written, every command run, in an empty folder.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::Instant;

use crate::desk::{Desk, Running, root};

/// Where the part for plugin authors begins.
const BEGIN: &str = "\n## 6. Write a plugin\n";

/// Characters that a person types in a minute: 60 words of five.
const SPEED: usize = 300;

/// The addresses in the tutorial, for which the test takes free ones.
const ADDRESSES: [&str; 2] = ["127.0.0.1:9090", "127.0.0.1:8081"];

/// One step.
#[derive(Debug)]
enum Step {
    /// Write a file.
    File { path: String, content: String },
    /// Run a command.
    Command(String),
}

/// The steps of the tutorial, and what a person types for them.
struct Walk {
    desk: Desk,
    servers: Vec<Running>,
    addresses: BTreeMap<&'static str, String>,
    typed: usize,
    /// What the last command printed.
    said: String,
}

#[test]
fn the_tutorial_leads_from_nothing_to_a_streaming_adapter_in_ten_minutes_of_typing() {
    let text = fs::read_to_string(root().join("docs/src/tutorial.md")).unwrap();
    let (_, part) = text
        .split_once(BEGIN)
        .expect("the tutorial has a part for plugin authors");
    let steps = steps(part);
    let began = Instant::now();
    let mut walk = Walk::new();
    for step in &steps {
        walk.take(step);
    }
    assert!(
        walk.said.contains("Hello, ") && walk.said.contains("data: [DONE]"),
        "{}",
        walk.said
    );
    let tenths = walk.typed * 10 / SPEED;
    let commands = steps.iter().filter(|step| matches!(step, Step::Command(_))).count();
    println!(
        "{commands} commands and {} files: {} characters, {}.{} minutes of typing; {:?} of the machine's",
        steps.len() - commands,
        walk.typed,
        tenths / 10,
        tenths % 10,
        began.elapsed()
    );
    assert!(tenths < 100, "{tenths} tenths of a minute of typing");
    walk.is_the_template();
}

// === impl Walk ===

impl Walk {
    fn new() -> Self {
        Self {
            desk: Desk::new(),
            servers: Vec::new(),
            addresses: ADDRESSES.map(|address| (address, free_address())).into(),
            typed: 0,
            said: String::new(),
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::File { path, content } => {
                let known = fs::read_to_string(self.desk.path(path)).unwrap_or_default();
                let new = content
                    .lines()
                    .filter(|line| !known.lines().any(|known| known == *line));
                self.typed += new.map(|line| line.trim().len() + 1).sum::<usize>();
                self.desk.write(path, self.here(content));
            }
            Step::Command(command) => {
                self.typed += command.len() + 1;
                let command = self.here(command);
                match command.strip_suffix(" &") {
                    Some(server) => self.servers.push(self.desk.serve(server)),
                    None => self.said = self.desk.shell(&command).well(),
                }
                self.pin_versions();
            }
        }
    }

    /// The text with addresses that are free here.
    fn here(&self, text: &str) -> String {
        let replace = |text: String, (documented, free): (&&str, &String)| text.replace(*documented, free);
        self.addresses.iter().fold(text.to_owned(), replace)
    }

    /// The versions that this repository is tested with; an author gets the newest.
    fn pin_versions(&self) {
        let lock = self.desk.path("talker/Cargo.lock");
        if self.desk.path("talker").is_dir() && !lock.exists() {
            fs::copy(root().join("Cargo.lock"), lock).unwrap();
        }
    }

    /// What was written is what the template of that name holds.
    fn is_the_template(&self) {
        fs::create_dir(self.desk.path("twin")).unwrap();
        self.desk
            .jackfield(&["plugin", "new", "talker", "--template", "talker", "--dir", "twin"])
            .well();
        let (written, template) = (files(&self.desk.path("talker")), files(&self.desk.path("twin/talker")));
        assert_eq!(written.keys().collect::<Vec<_>>(), template.keys().collect::<Vec<_>>());
        for (path, text) in &template {
            if path != "Cargo.toml" {
                assert_eq!(&written[path], text, "{path} is not as in the tutorial");
            }
        }
    }
}

/// The steps in a part of the tutorial. A block is a file if the sentence before it ends with its path.
fn steps(part: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = part.lines();
    let mut sentence = "";
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            if !line.is_empty() {
                sentence = line;
            }
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let path = sentence
            .strip_suffix("`:")
            .and_then(|sentence| sentence.rsplit('`').next());
        match (language, path) {
            ("console", _) => steps.extend(block.iter().map(|line| Step::Command((*line).to_owned()))),
            (_, Some(path)) => steps.push(Step::File {
                path: path.to_owned(),
                content: block.join("\n") + "\n",
            }),
            _ => {}
        }
    }
    steps
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// Every file below a folder that an author would commit.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            if path.is_dir() && name != "target" {
                folders.push(path);
            } else if path.is_file() && name != "Cargo.lock" {
                found.insert(name, String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned());
            }
        }
    }
    found
}
