//! Runs this plugin's golden cases.

use jackfield_plugin_sdk::golden;

#[test]
fn every_case_gives_its_snapshot() {
    golden::run::<jina::Jina>("tests/golden");
}
