//! Classifies fal's errors by the type that each has in `detail`, or by their status.
//!
//! Sources: <https://fal.ai/docs/documentation/model-apis/errors>,
//! <https://fal.ai/docs/documentation/model-apis/request-errors>.

use jackfield_plugin_sdk::{Failure, FailureClass, Reply};
use serde_json::Value;

/// The types of errors that say more than their status, which is 422 for most.
const TYPES: [(&str, FailureClass); 6] = [
    ("content_policy_violation", FailureClass::ContentPolicy),
    ("downstream_service_error", FailureClass::Overloaded),
    ("downstream_service_unavailable", FailureClass::Overloaded),
    ("feature_not_supported", FailureClass::Refused),
    ("generation_timeout", FailureClass::Timeout),
    ("internal_server_error", FailureClass::Overloaded),
];

/// The failure for an error reply.
pub(crate) fn of_reply(reply: &Reply) -> Failure {
    let mut failure = Failure::from_reply(reply);
    if let Some(kind) = kind(reply) {
        let known = TYPES.iter().find(|(name, _)| *name == kind);
        failure.class = known.map_or(failure.class, |(_, class)| *class);
        failure.detail.kind = Some(kind);
    }
    failure
}

/// Whether a reply is an error of the job itself, and not of the way to it.
pub(crate) fn is_final(reply: &Reply) -> bool {
    kind(reply).is_some()
}

/// The type of the first error in `detail`, or beside it.
fn kind(reply: &Reply) -> Option<String> {
    let body: Value = reply.json().ok()?;
    let kind = body["detail"][0]["type"]
        .as_str()
        .or_else(|| body["error_type"].as_str());
    kind.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_type_of_an_error_counts_before_its_status() {
        for (status, kind, class) in [
            (422, "content_policy_violation", FailureClass::ContentPolicy),
            (422, "missing", FailureClass::Client),
            (504, "generation_timeout", FailureClass::Timeout),
            (500, "downstream_service_error", FailureClass::Overloaded),
        ] {
            let mut reply = Reply::default();
            reply.status = status;
            reply.body = json!({"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": kind}]})
                .to_string()
                .into();
            let failure = of_reply(&reply);
            assert_eq!(failure.class, class, "{kind}");
            assert_eq!(failure.detail.kind.as_deref(), Some(kind));
            assert_eq!(failure.detail.param.as_deref(), Some("prompt"));
        }
    }
}
