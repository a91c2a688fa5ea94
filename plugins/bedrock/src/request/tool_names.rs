//! The names of tools, as the API wants them: letters, digits, `_` and `-`, up to 64. The client's own come back in
//! replies.
//!
//! Source: <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolSpecification.html>, `name`.

use std::collections::{BTreeMap, BTreeSet};

/// The longest name.
const LONGEST: usize = 64;

/// The names of a request's tools.
#[derive(Default)]
pub(crate) struct ToolNames {
    /// The API's name for each of the client's.
    sent: BTreeMap<String, String>,
    /// All of the API's.
    used: BTreeSet<String>,
}

// === impl ToolNames ===

impl ToolNames {
    /// The names of these tools. Those that are legal stay, whatever becomes of the others.
    pub(super) fn of<'a>(offered: impl Iterator<Item = &'a str> + Clone) -> Self {
        let mut names = Self::default();
        for name in offered.clone().filter(|name| is_legal(name)) {
            names.send(name);
        }
        for name in offered {
            names.send(name);
        }
        names
    }

    /// The API's name for a tool.
    pub(super) fn send(&mut self, name: &str) -> String {
        if let Some(known) = self.sent.get(name) {
            return known.clone();
        }
        let legal = legal(name);
        let mut unique = legal.clone();
        let mut count = 1;
        while !self.used.insert(unique.clone()) {
            count += 1;
            let number = format!("_{count}");
            unique = legal.chars().take(LONGEST - number.len()).collect::<String>() + &number;
        }
        self.sent.insert(name.to_owned(), unique.clone());
        unique
    }

    /// The client's names of the tools that were renamed, by the API's.
    pub(crate) fn renamed(&self) -> BTreeMap<String, String> {
        let changed = self.sent.iter().filter(|(client, sent)| client != sent);
        changed.map(|(client, sent)| (sent.clone(), client.clone())).collect()
    }
}

fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn is_legal(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST && name.chars().all(fits)
}

fn legal(name: &str) -> String {
    let legal: String = name
        .chars()
        .map(|c| if fits(c) { c } else { '_' })
        .take(LONGEST)
        .collect();
    if legal.is_empty() { "tool".to_owned() } else { legal }
}

#[cfg(test)]
mod tests {
    use super::ToolNames;

    #[test]
    fn a_name_is_legal_and_comes_back() {
        let long = "n".repeat(70);
        let offered = ["a.b", "a_b", "a:b", "", &long];
        let mut names = ToolNames::of(offered.into_iter());
        let sent = offered.map(|name| names.send(name));
        assert_eq!(sent, ["a_b_2", "a_b", "a_b_3", "tool", &"n".repeat(64)]);
        let renamed = names.renamed();
        assert_eq!(renamed.get("a_b_2").map(String::as_str), Some("a.b"));
        assert_eq!(renamed.get("a_b"), None);
    }
}
