//! Every attack that there is, one after the other and then all at once, against the built program with accounts.

use std::time::Duration;

use jackfield_tests::attack::campaign::{self, Reference};

/// How long each attack lasts; `make attack` takes more time.
const EACH: Duration = Duration::from_millis(300);

#[tokio::test(flavor = "multi_thread")]
async fn a_bystander_is_served_during_every_attack_and_nothing_is_left_behind() {
    let report = campaign::run(EACH, Reference::None, None).await;
    // The times are for people: a machine that runs other tests as well proves nothing by them.
    println!("{report}");
    assert!(report.failures().is_empty(), "{report}");
}
