//! Tests of what can be judged without a plugin.

use serde_json::json;

use super::settings::schema;
use super::*;

#[test]
fn a_schema_that_finds_mistakes_and_explains_itself_passes() {
    let property = json!({ "type": "string", "description": "How strict the filter is." });
    let good = json!({ "type": "object", "properties": { "safety": property }, "additionalProperties": false });
    assert_eq!(schema(&good), Finding::passed("settings", "safety"));
    assert_eq!(schema(&json!({ "type": "null" })), Finding::passed("settings", "none"));
}

#[test]
fn a_schema_that_lets_mistakes_pass_is_a_warning_with_the_way_out() {
    let property = json!({ "type": "string" });
    for (loose, said) in [
        (json!(true), "the manifest has no schema"),
        (
            json!({ "properties": { "safety": property } }),
            "the schema of safety lets misspelt settings pass",
        ),
        (
            json!({ "properties": { "safety": property }, "additionalProperties": false }),
            "`safety` has no description",
        ),
    ] {
        let finding = schema(&loose);
        assert_eq!(finding.outcome, Outcome::Warning, "{loose}");
        assert!(
            finding.detail.starts_with(said) && !finding.remedy.is_empty(),
            "{}",
            finding.detail
        );
    }
}

#[test]
fn one_failure_fails_the_whole_and_a_warning_does_not() {
    let mut report = Report::default();
    report.checks.push(Finding::warning("a", "b", "c"));
    assert!(report.passed());
    report.checks.push(Finding::failed("a", "b", "c"));
    assert!(!report.passed());
}
