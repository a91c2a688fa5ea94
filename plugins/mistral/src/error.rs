//! Errors where a reply or an event should be: their status says nothing about them.

use jackfield_plugin_sdk::canonical::Extra;
use jackfield_plugin_sdk::{Event, Failure, FailureClass, Reply};

/// The failure that a reply of successful status reports. An error of unknown type is the upstream's fault: the next
/// target may succeed.
pub(crate) fn reported(reply: &Reply) -> Failure {
    let mut failure = Failure::from_reply(reply);
    let body: Extra = reply.json().unwrap_or_default();
    let is_error = body.text("object").as_deref() == Some("error") || body.contains_key("error");
    if failure.class == FailureClass::Malformed && is_error {
        let kind = failure.detail.kind.as_deref().and_then(FailureClass::of_word);
        failure.class = kind.unwrap_or(FailureClass::Overloaded).refined(&failure.message);
    }
    failure
}

/// The failure that an event of a stream reports.
pub(crate) fn of_event(event: &Event) -> Failure {
    of_data(&event.data)
}

/// The failure that the data of an event report.
pub(crate) fn of_data(data: &[u8]) -> Failure {
    let mut reply = Reply::default();
    (reply.status, reply.body) = (200, data.to_vec());
    reported(&reply)
}
