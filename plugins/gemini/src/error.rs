//! Classifies the API's errors, in replies and in streams.
//!
//! Sources: <https://ai.google.dev/gemini-api/docs/troubleshooting>; <https://cloud.google.com/apis/design/errors>, "Error
//! model"; `google/rpc/error_details.proto` for what `details` holds.

use std::time::Duration;

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Failure, FailureClass, FailureDetail, Reply};

/// How long a quota that is spent for the day is left alone. The API names a delay of seconds for it too, after which
/// it refuses again; when the day ends there, a plugin without a clock cannot know.
const DAY_IS_SPENT: Duration = Duration::from_hours(1);

/// The failure for a buffered error, or for one in place of a stream.
pub(crate) fn of_reply(reply: &Reply) -> Failure {
    let failure = Failure::from_reply(reply);
    let body = reply.json::<Extra>().or_else(|_| {
        // Without `alt=sse`, streams are lists, and so are their errors.
        let mut entries: Vec<Extra> = reply.json()?;
        entries.pop().ok_or_else(|| Failure::malformed("the list is empty"))
    });
    match body.ok().and_then(|body| body.read("error")) {
        Some(error) => refined(failure, &error),
        None => failure,
    }
}

/// The failure that an event, or a reply of successful status, reports, if it does.
pub(crate) fn reported(body: &Extra) -> Option<Failure> {
    let error: Extra = body.read("error")?;
    let message = error.text("message").filter(|message| !message.trim().is_empty());
    let message = message.unwrap_or_else(|| "the upstream reported an error without a message".to_owned());
    let class = error
        .read("code")
        .map_or(FailureClass::Overloaded, FailureClass::of_status);
    let detail = FailureDetail {
        kind: error.text("status"),
        status: error.read("code"),
        ..FailureDetail::default()
    };
    let failure = Failure::new(class.refined(&message), message).detail(detail);
    Some(refined(failure, &error))
}

/// The failure with what the error's status and details say.
fn refined(mut failure: Failure, error: &Extra) -> Failure {
    let details: Vec<Extra> = error.read("details").unwrap_or_default();
    let of_type = |name: &str| {
        let is = |detail: &&Extra| detail.text("@type").is_some_and(|kind| kind.ends_with(name));
        details.iter().find(is)
    };
    let reason = of_type("ErrorInfo").and_then(|info| info.text("reason"));
    let violations: Vec<Extra> = of_type("QuotaFailure")
        .and_then(|quota| quota.read("violations"))
        .unwrap_or_default();
    let status = error.text("status").unwrap_or_default();
    if let Some(class) = class(&status, reason.as_deref(), &failure.message) {
        failure.class = class.refined(&failure.message);
    }
    let quota = |name: &str| violations.iter().find_map(|violation| violation.text(name));
    if failure.class == FailureClass::RateLimited {
        let delay = of_type("RetryInfo").and_then(|info| duration(&info.text("retryDelay")?));
        failure.retry_after = delay.or(failure.retry_after);
        let quotas = violations.iter().filter_map(|violation| violation.text("quotaId"));
        if quotas.into_iter().any(|id| id.contains("PerDay")) {
            failure.retry_after = Some(DAY_IS_SPENT);
        }
        // A plan without the model: waiting does not help.
        if quota("quotaValue").is_some_and(|value| value == "0") {
            (failure.class, failure.retry_after) = (FailureClass::Refused, None);
        }
    }
    let fields: Vec<Extra> = of_type("BadRequest")
        .and_then(|bad| bad.read("fieldViolations"))
        .unwrap_or_default();
    failure.detail.code = reason.or_else(|| quota("quotaId")).or(failure.detail.code.take());
    failure.detail.param = fields
        .first()
        .and_then(|field| field.text("field"))
        .or(failure.detail.param.take());
    failure
}

/// The class of an error by its status; none if the status is unknown.
fn class(status: &str, reason: Option<&str>, message: &str) -> Option<FailureClass> {
    Some(match status {
        // The API calls a wrong key an invalid argument.
        "INVALID_ARGUMENT" if is_about_the_key(reason, message) => FailureClass::Refused,
        "INVALID_ARGUMENT" | "OUT_OF_RANGE" => FailureClass::Client,
        "FAILED_PRECONDITION" | "UNAUTHENTICATED" | "PERMISSION_DENIED" | "NOT_FOUND" | "UNIMPLEMENTED" => {
            FailureClass::Refused
        }
        "RESOURCE_EXHAUSTED" => FailureClass::RateLimited,
        "DEADLINE_EXCEEDED" => FailureClass::Timeout,
        "ABORTED" | "CANCELLED" | "DATA_LOSS" | "INTERNAL" | "UNAVAILABLE" | "UNKNOWN" => FailureClass::Overloaded,
        _ => return None,
    })
}

fn is_about_the_key(reason: Option<&str>, message: &str) -> bool {
    reason.is_some_and(|reason| reason.starts_with("API_KEY_")) || message.starts_with("API key ")
}

/// A duration in protobuf's JSON form: `34.4s`.
fn duration(text: &str) -> Option<Duration> {
    let seconds = serde_json::from_str::<f64>(text.strip_suffix('s')?).ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use jackfield_plugin_sdk::canonical::Json;
    use serde_json::{Value, json};

    use super::*;

    fn error(error: &Value) -> Failure {
        reported(&Json::of(&json!({ "error": error })).read().unwrap()).unwrap()
    }

    #[test]
    fn the_status_of_an_error_gives_its_class() {
        for (status, class) in [
            ("INVALID_ARGUMENT", FailureClass::Client),
            ("FAILED_PRECONDITION", FailureClass::Refused),
            ("UNAUTHENTICATED", FailureClass::Refused),
            ("PERMISSION_DENIED", FailureClass::Refused),
            ("NOT_FOUND", FailureClass::Refused),
            ("RESOURCE_EXHAUSTED", FailureClass::RateLimited),
            ("INTERNAL", FailureClass::Overloaded),
            ("UNAVAILABLE", FailureClass::Overloaded),
            ("DEADLINE_EXCEEDED", FailureClass::Timeout),
            ("BRAND_NEW", FailureClass::Overloaded),
        ] {
            let failure = error(&json!({"status": status, "message": "no"}));
            assert_eq!(failure.class, class, "{status}");
            assert_eq!(failure.detail.kind.as_deref(), Some(status));
        }
        assert_eq!(error(&json!({"code": 504})).class, FailureClass::Timeout);
    }

    #[test]
    fn a_wrong_key_is_not_the_clients_fault() {
        let info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"});
        for error in [
            error(&json!({"status": "INVALID_ARGUMENT", "message": "no", "details": [info]})),
            error(&json!({"status": "INVALID_ARGUMENT", "message": "API key not valid. Please pass a valid API key."})),
        ] {
            assert_eq!(error.class, FailureClass::Refused);
        }
    }

    #[test]
    fn the_message_tells_of_length() {
        let message = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).";
        let failure = error(&json!({"code": 400, "status": "INVALID_ARGUMENT", "message": message}));
        assert_eq!(failure.class, FailureClass::ContextLength);
    }

    #[test]
    fn a_quota_of_the_minute_waits_as_told_and_one_of_the_day_waits_long() {
        let spent = |violation: Value| {
            error(
                &json!({"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow", "details": [
                    {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]},
                    {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.4s"},
                ]}),
            )
        };
        let minute = spent(json!({"quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}));
        assert_eq!(minute.retry_after, Some(Duration::from_millis(34_400)));
        assert_eq!(
            minute.detail.code.as_deref(),
            Some("GenerateRequestsPerMinutePerProjectPerModel-FreeTier")
        );
        let day = spent(json!({"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "quotaValue": "50"}));
        assert_eq!(
            (day.class, day.retry_after),
            (FailureClass::RateLimited, Some(DAY_IS_SPENT))
        );
        let none = spent(json!({"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "quotaValue": "0"}));
        assert_eq!((none.class, none.retry_after), (FailureClass::Refused, None));
    }

    #[test]
    fn a_field_that_is_wrong_is_named() {
        let failure = error(&json!({"status": "INVALID_ARGUMENT", "message": "no", "details": [
            {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "contents[0].parts"}]},
        ]}));
        assert_eq!(failure.detail.param.as_deref(), Some("contents[0].parts"));
    }
}
