//! Panics in the process's log: where, and what, as far as that is the code's own words.

use std::any::Any;
use std::panic::{self, Location};
use std::thread;

/// Has every panic logged in place of the text on stderr that Rust writes by default.
pub(super) fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(Location::to_string).unwrap_or_default();
        let thread = thread::current();
        let thread = thread.name().unwrap_or_default();
        tracing::error!(place, thread, "panicked: {}", own_words(info.payload()));
    }));
}

/// The message, if it is a literal. A formatted one may quote a prompt or a secret.
fn own_words(payload: &(dyn Any + Send)) -> &'static str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("(the message may quote a request)")
}

#[cfg(test)]
mod tests {
    use super::own_words;

    #[test]
    fn a_message_that_may_quote_a_request_is_left_out() {
        assert_eq!(own_words(&"no slot"), "no slot");
        assert_eq!(
            own_words(&"in `a prompt`".to_owned()),
            "(the message may quote a request)"
        );
    }
}
