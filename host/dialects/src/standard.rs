//! What a target gets of a canonical chat: what it does not accept becomes OpenAI's standard form, or is left out and
//! listed.
//!
//! `scan` finds out whether there is anything to do. `parameters`, `conversation` and `tools` write the parts of a
//! request (`content`, `document` and `part` what a message holds) for a `target`, after `functions` made tools of what is
//! older than they are; `dropped` is the list of what was left out, `names` the tools whose names were shortened, and
//! `call_ids` shortens the ids of calls. `restoration` is what replies get back.

mod call_ids;
mod content;
mod conversation;
mod document;
mod dropped;
mod functions;
mod names;
mod parameters;
mod part;
mod restoration;
mod scan;
mod target;
#[cfg(test)]
mod tests;
mod tools;

pub use self::dropped::Dropped;
pub(crate) use self::restoration::FunctionCalls;
pub use self::restoration::Restoration;
pub(crate) use self::target::Origin;

use self::target::{Edits, Target};
use self::tools::Written;
use crate::accepts::{Accepts, Extension};
use crate::fault::RequestFault;
use crate::json::Members;
use crate::json::fields::{given, no_object};

/// A canonical chat, written for a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standard {
    /// The text; `None` if it stays as it is.
    pub text: Option<Vec<u8>>,
    /// What was left out.
    pub dropped: Dropped,
    /// What the replies get back.
    pub restoration: Restoration,
}

/// Writes a canonical chat for a target. Whatever needs no change is copied byte for byte. Tools that a vendor runs are
/// refused where there are some `elsewhere` in the chain, else left out.
///
/// # Errors
/// If the target cannot be sent the request. The message is for the client, the field is canonical.
pub(crate) fn standard(
    request: &Members<'_>,
    accepts: Accepts,
    (origin, elsewhere): (Origin, bool),
) -> Result<Standard, RequestFault> {
    let is_own = origin == Origin::Client;
    if is_own && !scan::may_have_extensions(request) {
        return Ok(Standard::default());
    }
    let modern = if is_own && !accepts.contains(Extension::Functions) {
        functions::as_tools(request)?
    } else {
        None
    };
    let Some(modern) = modern else {
        return written(request, Target::new(accepts, origin).with_server_tools(elsewhere));
    };
    let members = Members::parse(&modern.text).map_err(|error| no_object(&error))?;
    let mut standard = written(&members, Target::new(accepts, origin))?;
    standard.restoration.functions = modern.is_offered;
    Ok(Standard {
        text: standard.text.or(Some(modern.text)),
        ..standard
    })
}

fn written(request: &Members<'_>, mut target: Target) -> Result<Standard, RequestFault> {
    if target.accepts_all() {
        return Ok(Standard::default());
    }
    let mut edits = if target.is_translated() {
        parameters::edits(request, &mut target)?
    } else {
        Edits::default()
    };
    let choice = given(request, "tool_choice");
    let tools = given(request, "tools").map(|tools| tools::write(tools, choice, &mut target));
    let written = tools.transpose()?.unwrap_or(Written::Same);
    let has_choice = !matches!(written, Written::Gone);
    match written {
        Written::Same => {}
        Written::Changed(tools) => edits.set("tools", tools),
        Written::Gone => ["tools", "tool_choice", "parallel_tool_calls"]
            .into_iter()
            .filter(|name| request.get(name).is_some())
            .for_each(|name| edits.remove(name)),
    }
    if let Some(messages) = given(request, "messages").filter(|messages| messages.starts_with('[')) {
        edits.set("messages", conversation::write(messages, &mut target)?);
    }
    edits.set_if(
        "tool_choice",
        choice
            .filter(|_| has_choice)
            .and_then(|choice| tools::choice(choice, &target)),
    );
    Ok(Standard {
        text: Some(edits.apply(request, request.text()).into_owned().into_bytes()),
        dropped: target.dropped,
        restoration: Restoration {
            names: target.names,
            ..Restoration::default()
        },
    })
}
