//! What a glance refuses before anything is done for a request.

use jackfield_accounting::callers::CredentialKind;
use jackfield_config::QuotaConfig;

use super::*;

fn caller(credential: CredentialKind) -> Caller {
    Caller::without_key("ada", "plan", credential)
}

fn plan(overdraft: bool, per_day: Option<u64>) -> PlanConfig {
    PlanConfig {
        tiers: Vec::new(),
        capabilities: Vec::new(),
        models: Vec::new(),
        overdraft,
        passes: Vec::new(),
        shapers: Vec::new(),
        limits: QuotaConfig {
            per_day,
            ..QuotaConfig::default()
        },
    }
}

/// The error of a glance at a user with this balance.
fn glance(balance: i64, credential: CredentialKind, overdraft: bool, is_free: bool) -> Option<ErrorKind> {
    let metering = Metering::in_memory();
    metering.balances.refresh(&"ada".into(), balance);
    let plan = plan(overdraft, None);
    let glance = metering.glance(&caller(credential), Some(&plan), || is_free);
    glance.err().map(|error| error.kind)
}

#[test]
fn spent_credits_refuse_who_can_only_call_what_costs_something() {
    use CredentialKind::{Static, Token};
    let refused = Some(ErrorKind::InsufficientCredits);
    assert_eq!(glance(0, Token, false, false), refused);
    assert_eq!(glance(-5, Token, false, false), refused);
    assert_eq!(glance(1, Token, false, false), None);
    assert_eq!(glance(0, Token, false, true), None, "something is free");
    assert_eq!(glance(0, Token, true, false), None, "an overdraft");
    assert_eq!(glance(0, Static, false, false), None, "no balance");
}

#[tokio::test]
async fn a_spent_quota_refuses_and_a_glance_takes_nothing() {
    let metering = Metering::in_memory();
    let (ada, plan) = (caller(CredentialKind::Static), plan(false, Some(1)));
    for _ in 0..3 {
        assert!(metering.glance(&ada, Some(&plan), || true).is_ok());
    }
    let charge = Charge { day: 1, stream: false };
    let taken = metering
        .limits
        .take("ada", &quota(Some(&plan)), charge, SystemTime::now())
        .await;
    let error = metering.glance(&ada, Some(&plan), || true).unwrap_err();
    assert_eq!(error.kind, ErrorKind::DailyLimit);
    taken.unwrap().refund();
    assert!(metering.glance(&ada, Some(&plan), || true).is_ok());
}
