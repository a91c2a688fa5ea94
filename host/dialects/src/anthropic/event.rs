//! One event of a Messages stream.

use crate::json::Object;
use crate::sse::write_event;

/// Appends an event whose data is an object of the type that names the event.
pub(super) fn write_named(out: &mut Vec<u8>, name: &str, write: impl FnOnce(&mut Object<'_>)) {
    write_event(out, Some(name), |out| {
        Object::write(out, |event| {
            event.string("type", name);
            write(event);
        });
    });
}
