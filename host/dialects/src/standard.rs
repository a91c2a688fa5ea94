//! What a target gets of a canonical chat: what it does not accept becomes OpenAI's standard form, or is left out and
//! listed.
//!
//! `scan` finds out whether there is anything to do. `parameters`, `conversation` and `tools` write the parts of a
//! request (`content`, `document` and `part` what a message holds) for a `target`; `dropped` is the list of what was
//! left out, `names` the tools whose names were shortened, and `call_ids` shortens the ids of calls.

mod call_ids;
mod content;
mod conversation;
mod document;
mod dropped;
mod names;
mod parameters;
mod part;
mod scan;
mod target;
#[cfg(test)]
mod tests;
mod tools;

pub use self::dropped::Dropped;
pub use self::names::ToolNames;
pub(crate) use self::target::Origin;

use self::target::{Edits, Target};
use crate::accepts::Accepts;
use crate::fault::RequestFault;
use crate::json::Members;
use crate::json::fields::given;

/// A canonical chat, written for a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standard {
    /// The text; `None` if it stays as it is.
    pub text: Option<Vec<u8>>,
    /// What was left out.
    pub dropped: Dropped,
    /// The tools whose names were shortened.
    pub names: ToolNames,
}

/// Writes a canonical chat for a target. Whatever needs no change is copied byte for byte.
///
/// # Errors
/// If the target cannot be sent the request. The message is for the client, the field is canonical.
pub(crate) fn standard(request: &Members<'_>, accepts: Accepts, origin: Origin) -> Result<Standard, RequestFault> {
    let is_own = origin == Origin::Client;
    if accepts == Accepts::ALL || (is_own && !scan::may_have_extensions(request)) {
        return Ok(Standard::default());
    }
    let mut target = Target::new(accepts, origin);
    let mut edits = if is_own {
        Edits::default()
    } else {
        parameters::edits(request, &mut target)?
    };
    if let Some(tools) = given(request, "tools") {
        edits.set_if("tools", tools::write(tools, &mut target)?);
    }
    if let Some(messages) = given(request, "messages").filter(|messages| messages.starts_with('[')) {
        edits.set("messages", conversation::write(messages, &mut target)?);
    }
    edits.set_if(
        "tool_choice",
        given(request, "tool_choice").and_then(|choice| tools::choice(choice, &target)),
    );
    Ok(Standard {
        text: Some(edits.apply(request, request.text()).into_owned().into_bytes()),
        dropped: target.dropped,
        names: target.names,
    })
}
