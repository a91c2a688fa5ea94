//! What `check --strict` adds to the faults.

use super::{folder, load_folder, printed};
use crate::Faults;

/// The strict faults of a file with this text, without its path.
fn strict(text: &str) -> String {
    let folder = folder(&[("c.yaml", text)]);
    let faults = load_folder(folder.path()).unwrap().strict_faults();
    printed(folder.path(), &Faults(faults)).replace("config/c.yaml:", "")
}

const PROVIDERS: &str = "providers: { on: { adapter: echo }, off: { adapter: echo, api_key: \"${env:KEY}\" } }\n";

#[test]
fn a_provider_that_is_off_is_reported_with_its_reason() {
    assert_eq!(
        strict(PROVIDERS),
        "1:37: providers.off: is off: KEY is not set; provide it, or remove the provider"
    );
}

#[test]
fn a_model_without_a_live_target_is_reported() {
    let models = "models:\n  live: { FREE, chain: [{ provider: off, model: m }, { provider: on, model: m }] }\n  \
        dead: { FREE, chain: [{ provider: off, model: m }, { provider: off, model: n }] }\n";
    let faults = strict(&format!("{PROVIDERS}{models}"));
    let own = faults.lines().filter(|line| line.contains("models."));
    let expected =
        "4:69: models.dead.chain: has no target that is on; configure a provider of its chain, or remove the model";
    assert_eq!(own.collect::<Vec<_>>(), [expected]);
}

#[test]
fn tiers_plans_and_models_that_miss_each_other_are_reported() {
    let text = "providers: { on: { adapter: echo } }
models:
  a: { tier: lite, FREE, chain: [{ provider: on, model: m }] }
  b: { tier: gold, FREE, chain: [{ provider: on, model: m }] }
plans:
  good: { tiers: [lite] }
  typo: { tiers: [lite, litte] }
  none: { tiers: [] }
  narrow: { tiers: [lite], capabilities: [images] }
  named: { tiers: [], models: [a] }
";
    assert_eq!(
        strict(text),
        "4:3: models.b: is in no plan, so nobody can call it; add its tier or its id to a plan, or remove the model\n\
         7:25: plans.typo.tiers[1]: names a tier that no model has: \"litte\"; give a model this tier, or remove it\n\
         8:3: plans.none: includes no model, so its users can call nothing; add a tier, a capability or a model's id\n\
         9:3: plans.narrow: includes no model, so its users can call nothing; add a tier, a capability or a model's id"
    );
}

#[test]
fn without_plans_every_model_can_be_called() {
    let text = "providers: { on: { adapter: echo } }\nmodels: { a: { FREE, chain: [{ provider: on, model: m }] } }\n";
    assert_eq!(strict(text), "");
}

#[test]
fn a_model_without_a_price_is_reported() {
    let text = "providers: { on: { adapter: echo } }\nmodels:\n  a: { chain: [{ provider: on, model: m }] }\n";
    assert_eq!(
        strict(text),
        "3:3: models.a: has no price, so users who pay with credits cannot call it; add its pricing, with 0 if it is free"
    );
}

#[test]
fn a_plan_may_include_a_part_of_what_a_pattern_stands_for() {
    let text = "providers: { on: { adapter: echo } }
models:
  \"v/*\": { tier: none, FREE, chain: [{ provider: on, model: \"*\" }] }
plans:
  part: { tiers: [], models: [v/small] }
";
    assert_eq!(strict(text), "");
}
