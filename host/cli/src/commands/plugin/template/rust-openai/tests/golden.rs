//! Runs the golden cases in `tests/golden/`: one file per case, with its snapshot beside it.

use jackfield_plugin_sdk::golden;
use my_plugin::Plugin;

#[test]
fn every_golden_case_matches_its_snapshot() {
    golden::run::<Plugin>("tests/golden");
}
