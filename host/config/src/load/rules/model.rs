//! The rules for `models`.

use super::Rules;
use crate::{SharedStepConfig, StepConfig, Sticky, Strategy, TargetConfig, TargetPlace, is_pattern};

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
            if model.cache.is_some() && !model.capability.can_be_cached() {
                let problem = format!("has no effect on a model for {}", model.capability.operation());
                self.add(
                    &["models", id, "cache"],
                    problem,
                    "remove it; answers in text and numbers can be kept",
                );
            }
            for (place, target) in model.targets() {
                self.target(id, &place, target);
            }
            for (index, step) in model.chain.iter().enumerate() {
                self.weights(id, step, index);
                if let StepConfig::Shared(step) = step {
                    self.duplicates(id, step, index);
                }
            }
        }
    }

    /// Weights that decide nothing.
    fn weights(&mut self, id: &str, step: &StepConfig, index: usize) {
        let (problem, remedy) = match step {
            StepConfig::Shared(step) if step.strategy.weighs() || step.sticky != Sticky::None => return,
            StepConfig::Shared(step) => {
                let strategy = if step.strategy == Strategy::Order {
                    "order"
                } else {
                    "least-latency"
                };
                let problem = format!("has no effect with the strategy {strategy}");
                (problem, "write `strategy: weighted` beside `targets`, or remove it")
            }
            StepConfig::Single(_) => (
                "has no effect, because this target is alone in its step".to_owned(),
                "list the targets of the step, as in `{ strategy: weighted, targets: […] }`, or remove it",
            ),
        };
        for (place, target) in step.placed(index) {
            if target.weight.is_some() {
                self.add(&place.path(id, "weight"), problem.as_str(), remedy);
            }
        }
    }

    /// Targets that a step lists twice.
    fn duplicates(&mut self, id: &str, step: &SharedStepConfig, index: usize) {
        for (number, target) in step.targets.iter().enumerate() {
            let same = |other: &TargetConfig| {
                let names = |it: &TargetConfig| (it.provider.clone(), it.model.clone());
                names(other) == names(target) && other.settings == target.settings
            };
            if let Some(first) = step.targets[..number].iter().position(same) {
                let path = [
                    "models",
                    id,
                    "chain",
                    &index.to_string(),
                    "targets",
                    &number.to_string(),
                ];
                let problem = format!("is the same target as targets[{first}]");
                self.add(
                    &path,
                    problem,
                    "keep one of the two, with a weight if it is to get more",
                );
            }
        }
    }

    fn target(&mut self, id: &str, place: &TargetPlace, target: &TargetConfig) {
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
            self.add(&place.path(id, "model"), problem, remedy);
        }
        let name = target.provider.as_str();
        if self.document.has(&["providers", name]) {
            return;
        }
        let path = place.path(id, "provider");
        let known = self.config.providers.keys().map(String::as_str);
        self.no_such(&path, "provider", name, known);
    }
}
