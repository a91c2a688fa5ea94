//! The rules for `models`.

use super::Rules;
use crate::{TargetConfig, is_pattern};

impl Rules<'_> {
    pub(super) fn models(&mut self) {
        for (id, model) in &self.config.models {
            if id.is_empty() || !id.chars().all(|c| c.is_ascii_graphic()) {
                let problem = "is not a valid model id";
                self.add(
                    &["models", id],
                    problem,
                    "use printable ASCII characters without spaces",
                );
            }
            if id.trim_end_matches('*').contains('*') || id.ends_with("**") {
                let problem = "has a `*` that is not its end";
                self.add(&["models", id], problem, "end the id with one `*`, as in openai/*");
            }
            if model.truncate_messages && model.context.is_none() {
                let problem = "is missing, but truncate_messages requires it";
                self.add(&["models", id, "context"], problem, "add the context window, in tokens");
            }
            for (index, target) in model.chain.iter().enumerate() {
                self.target(id, &index.to_string(), target);
            }
        }
    }

    fn target(&mut self, id: &str, index: &str, target: &TargetConfig) {
        let stars = target.model.matches('*').count();
        if stars > usize::from(is_pattern(id)) {
            let (problem, remedy) = if is_pattern(id) {
                ("has more than one `*`", "keep one")
            } else {
                (
                    "has a `*`, but the model's id has none",
                    "end the id with `*`, as in openai/*, or name one model",
                )
            };
            self.add(&["models", id, "chain", index, "model"], problem, remedy);
        }
        let name = target.provider.as_str();
        if self.document.has(&["providers", name]) {
            return;
        }
        let path = ["models", id, "chain", index, "provider"];
        let known = self.config.providers.keys().map(String::as_str);
        self.no_such(&path, "provider", name, known);
    }
}
