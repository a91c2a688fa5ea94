//! What `MiniMax` reports in `base_resp`, with status 200.
//!
//! Source: <https://platform.minimax.io/docs/api-reference/errorcode>; the codes of plans are those of `src/errors/api.ts`
//! in <https://github.com/MiniMax-AI/cli>.

use jackfield_plugin_sdk::{Failure, FailureClass, FailureDetail, Reply};
use serde::Deserialize;

/// The classes of the codes. All others are the provider's own trouble.
const CODES: [(i64, FailureClass); 18] = [
    (1001, FailureClass::Timeout),
    (1002, FailureClass::RateLimited),
    (1004, FailureClass::Refused),
    (1008, FailureClass::Refused),
    (1026, FailureClass::ContentPolicy),
    (1027, FailureClass::ContentPolicy),
    (1028, FailureClass::Refused),
    (1030, FailureClass::Refused),
    (1039, FailureClass::RateLimited),
    (1041, FailureClass::RateLimited),
    (1042, FailureClass::Client),
    (2013, FailureClass::Client),
    (2038, FailureClass::Refused),
    (2042, FailureClass::Refused),
    (2045, FailureClass::RateLimited),
    (2049, FailureClass::Refused),
    (2056, FailureClass::Refused),
    (2061, FailureClass::Refused),
];

#[derive(Deserialize)]
struct Body {
    base_resp: Option<Report>,
}

#[derive(Deserialize)]
struct Report {
    status_code: i64,
    status_msg: Option<String>,
}

/// The failure that a reply reports, if it does.
pub(crate) fn reported(reply: &Reply) -> Option<Failure> {
    let body: Body = reply.json().ok()?;
    let report = body.base_resp.filter(|report| report.status_code != 0)?;
    let code = report.status_code;
    let known = CODES.iter().find(|(known, _)| *known == code);
    let class = known.map_or(FailureClass::Overloaded, |(_, class)| *class);
    let message = report.status_msg.filter(|message| !message.trim().is_empty());
    let message = message.unwrap_or_else(|| format!("the upstream reported error {code}"));
    let failure = Failure::new(class.refined(&message), message).retry_after(reply.retry_after());
    Some(failure.detail(FailureDetail {
        code: Some(code.to_string()),
        ..FailureDetail::default()
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn failure(report: &serde_json::Value) -> Option<Failure> {
        let mut reply = Reply::default();
        reply.status = 200;
        reply.body = json!({ "base_resp": report }).to_string().into();
        reported(&reply)
    }

    #[test]
    fn the_codes_are_in_order_and_unique() {
        assert!(CODES.is_sorted_by(|(one, _), (next, _)| one < next));
    }

    #[test]
    fn a_code_gives_its_class() {
        for (code, class) in [
            (1000, FailureClass::Overloaded),
            (1002, FailureClass::RateLimited),
            (1026, FailureClass::ContentPolicy),
            (2013, FailureClass::Client),
            (2049, FailureClass::Refused),
        ] {
            let failure = failure(&json!({"status_code": code, "status_msg": "no"})).unwrap();
            assert_eq!((failure.class, failure.message.as_str()), (class, "no"), "{code}");
            assert_eq!(failure.detail.code, Some(code.to_string()));
        }
    }

    #[test]
    fn success_is_no_failure() {
        assert_eq!(failure(&json!({"status_code": 0, "status_msg": "success"})), None);
        assert_eq!(failure(&json!(null)), None);
    }
}
