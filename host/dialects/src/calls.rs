//! The tool calls of a stream: which of them a piece belongs to.
//!
//! OpenAI joins pieces by their `index`, and the first piece of a call has its id and its name. Others leave the index
//! out, give it to several calls, or write a new id into every piece:
//!
//! | a piece of the index that is known | is |
//! |---|---|
//! | without a name, whatever its id | more of the call |
//! | with a name, where the call has none yet or has the same id | more of the call |
//! | with a name, after arguments that are whole | the next call |
//! | with the same name, after arguments that are not | more of the call |
//! | with another name, after arguments that are not | malformed, unless an id or a missing index tells the calls apart |
//!
//! A piece without an index belongs to the call of its id, else to the last one.
//!
//! Source: <https://platform.openai.com/docs/guides/function-calling#streaming>.

mod arguments;
mod piece;

use self::arguments::Arguments;
pub(crate) use self::arguments::object_in;
pub(crate) use self::piece::CallPiece;
use crate::fault::StreamFault;
use crate::json::text::Halves;

/// A tool call.
#[derive(Debug, Default)]
pub(crate) struct Call {
    index: Option<u64>,
    /// Empty until the upstream gives one, or the block begins without.
    pub(crate) id: String,
    /// Empty until it arrives.
    pub(crate) name: String,
    /// As JSON.
    pub(crate) caller: Option<String>,
    pub(crate) arguments: Arguments,
    halves: Halves,
}

/// The place of the call that a piece adds to; `None` if it begins one.
///
/// # Errors
/// If it begins a call amid another one that only its index would tell apart.
pub(crate) fn place_of(calls: &[Call], piece: &CallPiece<'_>) -> Result<Option<usize>, StreamFault> {
    match candidate(calls, piece) {
        Some(place) if !calls[place].ends_before(piece)? => Ok(Some(place)),
        _ => Ok(None),
    }
}

fn candidate(calls: &[Call], piece: &CallPiece<'_>) -> Option<usize> {
    let last = calls.len().checked_sub(1);
    let same_id = |call: &Call| !piece.id.is_empty() && call.id == piece.id;
    let Some(index) = piece.index() else {
        return calls.iter().rposition(same_id).or(last);
    };
    let same_index = |call: &Call| call.index == Some(index);
    let of_both = calls.iter().rposition(|call| same_index(call) && same_id(call));
    let of_index = || calls.iter().rposition(same_index);
    // The first piece may have left the index out.
    let unnumbered = || last.filter(|last| piece.name().is_empty() && calls[*last].index.is_none());
    of_both.or_else(of_index).or_else(unnumbered)
}

// === impl Call ===

impl Call {
    /// The call that this piece begins.
    pub(crate) fn of(piece: &CallPiece<'_>) -> Self {
        Self {
            index: piece.index(),
            ..Self::default()
        }
    }

    /// Takes what a piece adds. Returns the piece of the arguments that may go out, if any.
    ///
    /// # Errors
    /// If the arguments were complete.
    pub(crate) fn take_in(&mut self, piece: &CallPiece<'_>) -> Result<Option<String>, StreamFault> {
        if self.id.is_empty() {
            self.id.clone_from(&piece.id);
        }
        if self.name.is_empty() {
            piece.name().clone_into(&mut self.name);
        }
        if let Some(caller) = piece.caller() {
            self.caller = Some(caller.to_owned());
        }
        let arguments = match piece.arguments() {
            None => return Ok(None),
            Some(string) if string.starts_with('"') => serde_json::from_str(&self.halves.join(string))?,
            Some(json) => json.to_owned(),
        };
        Ok(self.arguments.push(&arguments)?.then_some(arguments))
    }

    /// True if a piece with this call's index begins another call.
    fn ends_before(&self, piece: &CallPiece<'_>) -> Result<bool, StreamFault> {
        let has_other_id = !piece.id.is_empty() && !self.id.is_empty() && self.id != piece.id;
        let has_same_id = !piece.id.is_empty() && self.id == piece.id;
        let (is_numbered, is_whole) = (piece.index().is_some(), self.arguments.is_whole());
        let (name, adds) = (piece.name(), piece.has_arguments());
        if name.is_empty() {
            return Ok(!is_numbered && has_other_id && is_whole && adds);
        }
        if self.name.is_empty() || has_same_id {
            return Ok(false);
        }
        let is_blank = self.arguments.is_blank();
        if name == self.name {
            return Ok(if is_whole {
                has_other_id || adds
            } else {
                is_blank && !is_numbered && has_other_id
            });
        }
        if is_whole || (has_other_id && (is_blank || !is_numbered)) || (is_blank && !is_numbered) {
            return Ok(true);
        }
        Err(StreamFault::malformed(
            "a tool call began before the one of the same index was complete",
        ))
    }
}
