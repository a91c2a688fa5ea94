//! Sixteen faults of a provider and what a client gets, scored as the public benchmark of failover scores them: *pass*
//! (the whole answer, and the gateway behaved), *partial* (the whole answer, but it could have behaved better), *safe* (a
//! clean error) or *fail*. The table stands in `docs/src/faults.md`.

mod scenarios;
mod verdict;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use self::scenarios::{Mode, SCENARIOS};

#[tokio::test]
async fn the_documented_verdicts_are_the_measured_ones() {
    let mut table = String::from("| fault | default | `stream: whole` | `continuation: true` |\n|---|---|---|---|\n");
    for scenario in SCENARIOS {
        let _ = write!(table, "| {} |", scenario.fault);
        for mode in [Mode::Default, Mode::Whole, Mode::Continuation] {
            let verdict = scenario.play(mode).await;
            let _ = write!(table, " {verdict} |");
        }
        table.push('\n');
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/src/faults.md")).unwrap();
    if !page.contains(&table) {
        fs::write(root.join("target/faults.md"), &table).unwrap();
        panic!("docs/src/faults.md differs from what was measured; the measured table is in target/faults.md");
    }
}
