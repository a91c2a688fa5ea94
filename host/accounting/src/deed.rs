//! What the audit log says of a change of accounts, whether it was made over HTTP or on the command line.

use serde_json::{Value, json};

use crate::credits::as_credits;
use crate::ledger::utc;
use crate::store::{Change, Key, KeyTerms, OnExhausted, User};

/// A change that somebody made, as the audit log tells it: without secrets, and in the words and units of operators.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed<'a> {
    /// What was done, such as `user.change`.
    pub action: &'static str,
    /// To whom or what.
    pub subject: &'a str,
    /// How it was before; `None` if there was nothing.
    pub before: Option<Value>,
    /// How it is now; `None` if there is nothing any more.
    pub after: Option<Value>,
}

// === impl Deed ===

impl<'a> Deed<'a> {
    /// This user is new.
    #[must_use]
    pub fn user_added(user: &'a User) -> Self {
        Self {
            action: "user.add",
            subject: &user.id,
            before: None,
            after: Some(json!({ "plan": user.plan, "credits": as_credits(user.balance) })),
        }
    }

    /// The user has another plan, or is disabled or enabled.
    #[must_use]
    pub fn user_changed(before: &User, after: &'a User) -> Self {
        let told = |user: &User| json!({ "plan": user.plan, "disabled": user.disabled_at.is_some() });
        Self {
            action: "user.change",
            subject: &after.id,
            before: Some(told(before)),
            after: Some(told(after)),
        }
    }

    /// The user of this id was given `amount`, and has `balance` now, both in micro-credits.
    #[must_use]
    pub fn credits_added(id: &'a str, amount: i64, balance: i64) -> Self {
        let told = |balance| json!({ "credits": as_credits(balance) });
        Self {
            action: "user.add-credits",
            subject: id,
            before: Some(told(balance.saturating_sub(amount))),
            after: Some(told(balance)),
        }
    }

    /// The user is gone, and so many of their keys were revoked.
    #[must_use]
    pub fn user_removed(user: &'a User, revoked_keys: u64) -> Self {
        Self {
            action: "user.remove",
            subject: &user.id,
            before: Some(json!({ "plan": user.plan, "credits": as_credits(user.balance), "keys": revoked_keys })),
            after: None,
        }
    }

    /// This key is new.
    #[must_use]
    pub fn key_created(key: &'a Key) -> Self {
        let told = json!({ "user": key.user, "name": key.name, "key_prefix": key.prefix, "terms": terms(&key.terms) });
        Self {
            action: "key.create",
            subject: &key.id,
            before: None,
            after: Some(told),
        }
    }

    /// The key has another name or other terms.
    #[must_use]
    pub fn key_changed(before: &Key, after: &'a Key) -> Self {
        let told = |key: &Key| json!({ "name": key.name, "terms": terms(&key.terms) });
        Self {
            action: "key.change",
            subject: &after.id,
            before: Some(told(before)),
            after: Some(told(after)),
        }
    }

    /// The key of this id was revoked.
    #[must_use]
    pub fn key_revoked(id: &'a str) -> Self {
        Self {
            action: "key.revoke",
            subject: id,
            before: Some(json!({ "revoked": false })),
            after: Some(json!({ "revoked": true })),
        }
    }

    /// The same as it is stored, of whoever did it.
    #[must_use]
    pub fn by(self, actor: &str) -> Change {
        let text = |value: Option<Value>| value.map(|value| value.to_string());
        Change {
            actor: actor.to_owned(),
            action: self.action.to_owned(),
            subject: self.subject.to_owned(),
            before: text(self.before),
            after: text(self.after),
        }
    }
}

/// The terms that a key has, as `/admin/api/keys` shows them; what does not apply is left out.
fn terms(terms: &KeyTerms) -> Value {
    let amount = |most: Option<i64>| most.map(as_credits);
    let substitute = match &terms.on_exhausted {
        OnExhausted::Deny => None,
        OnExhausted::Model(_) => Some(&terms.on_exhausted),
    };
    let all = json!({
        "expires_at": terms.expires_at.map(utc),
        "models": terms.models,
        "tags": terms.tags,
        "limits": terms.limits,
        "budget": {
            "day": amount(terms.budget.day),
            "month": amount(terms.budget.month),
            "total": amount(terms.budget.total),
        },
        "on_exhausted": substitute,
    });
    applying(all).unwrap_or_else(|| json!({}))
}

/// What is there of a value: neither nulls, nor lists and objects of nothing.
fn applying(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(members) => {
            let applying = members
                .into_iter()
                .filter_map(|(name, value)| Some((name, applying(value)?)));
            let applying: serde_json::Map<_, _> = applying.collect();
            (!applying.is_empty()).then_some(Value::Object(applying))
        }
        value => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Budget, KeyLimits};

    #[test]
    fn terms_are_told_in_credits_and_dates_and_only_those_that_there_are() {
        assert_eq!(terms(&KeyTerms::default()), json!({}));
        let some = KeyTerms {
            expires_at: Some(1_798_761_600_000),
            tags: vec!["team".to_owned()],
            limits: KeyLimits {
                per_minute: Some(3),
                ..KeyLimits::default()
            },
            budget: Budget {
                month: Some(2_500_000),
                ..Budget::default()
            },
            on_exhausted: OnExhausted::Model("small".to_owned()),
            ..KeyTerms::default()
        };
        let told = json!({
            "expires_at": "2027-01-01T00:00:00.000+00:00",
            "tags": ["team"],
            "limits": { "per_minute": 3 },
            "budget": { "month": 2.5 },
            "on_exhausted": { "model": "small" },
        });
        assert_eq!(terms(&some), told);
    }

    #[test]
    fn a_deed_is_stored_as_text_of_whoever_did_it() {
        let change = Deed::credits_added("ada", 12_500_000, 10_000_000).by("boss");
        assert_eq!(
            (&*change.actor, &*change.action, &*change.subject),
            ("boss", "user.add-credits", "ada")
        );
        assert_eq!(change.before.as_deref(), Some(r#"{"credits":-2.5}"#));
        assert_eq!(change.after.as_deref(), Some(r#"{"credits":10.0}"#));
    }
}
