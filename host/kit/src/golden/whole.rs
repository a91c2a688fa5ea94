//! Whether a stream, put together, says what the reply in one piece says.

use std::path::Path;

use jackfield_dialects::{StreamFault, assembled, taken_apart};
use jackfield_sandbox::contract::Step;
use serde_json::Value;

use crate::case::Case;
use crate::sandboxed::Sandboxed;
use crate::verbatim::Verbatim;

/// The members in which both must agree.
const MEMBERS: [&str; 2] = ["choices", "usage"];

/// Compares the chunks of a stream with the case of this name in `response/`.
///
/// # Errors
/// If they differ, or one of them makes no sense.
pub(super) fn compare(plugin: &Sandboxed, folder: &Path, name: &str, chunks: &[Verbatim]) -> Result<(), String> {
    let file = folder.join("response").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let case = Case::parse(&text)?;
    let Some(reply) = &case.reply else {
        return Err(format!("{}: has no `reply`", file.display()));
    };
    let call = case.call();
    let decoded = plugin
        .state(&call)
        .and_then(|state| plugin.decode(&call, reply, &state));
    let body = match decoded.map_err(|fault| format!("{}: {fault}", file.display()))? {
        Step::Done(payload) => payload.body,
        Step::Canonical => reply.body.bytes(),
        Step::Again(_) => return Err(format!("{}: asks for another exchange", file.display())),
    };
    let streamed = joined(chunks.iter().map(|chunk| chunk.text().as_bytes()))?;
    let lines = taken_apart(&body).map_err(|fault| wording(&fault))?;
    let whole = joined(lines.split(|byte| *byte == b'\n'))?;
    for member in MEMBERS {
        if streamed[member] != whole[member] {
            return Err(format!(
                "put together, the stream's `{member}` differ from those of response/{name}.json\n  streamed  {}\n  whole     {}",
                streamed[member], whole[member]
            ));
        }
    }
    Ok(())
}

fn joined<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Result<Value, String> {
    let whole = assembled(lines).map_err(|fault| wording(&fault))?;
    serde_json::from_slice(&whole).map_err(|error| error.to_string())
}

fn wording(fault: &StreamFault) -> String {
    format!("it cannot be put together: {fault:?}")
}
