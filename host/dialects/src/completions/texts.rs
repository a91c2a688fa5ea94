//! The texts of requests for completions and of buffered completions.

use crate::fault::RequestFault;
use crate::json::{Edited, Members, fields, json_string};
use crate::texts::instruct::{Instruction, InstructionPlace, at};
use crate::texts::walk::{Problem, Walk};
use crate::texts::{TextKind, Texts};

/// The texts of a request. Prompts of tokens are none.
///
/// # Errors
/// If two readers might find different ones.
pub(super) fn request(members: &Members<'_>) -> Result<Texts, Problem> {
    let mut walk = Walk::new(members.text());
    walk.check(members, "");
    if let Some(prompt) = members.get("prompt") {
        walk.string(Some(prompt), "/prompt".to_owned(), TextKind::Prompt);
        for (path, entry) in walk.list(prompt, "/prompt") {
            walk.string(Some(entry), path, TextKind::Prompt);
        }
    }
    walk.string(members.get("suffix"), "/suffix".to_owned(), TextKind::Prompt);
    walk.finish()
}

/// The texts of a buffered completion.
///
/// # Errors
/// If two readers might find different ones.
pub(super) fn reply(reply: &Members<'_>) -> Result<Texts, Problem> {
    let mut walk = Walk::new(reply.text());
    walk.role = "assistant";
    let choices = reply.get("choices").map(|choices| walk.list(choices, "/choices"));
    for (number, (path, choice)) in choices.unwrap_or_default().into_iter().enumerate() {
        let Some(choice) = walk.object(choice, &path) else {
            continue;
        };
        let index = choice.get("index").and_then(|index| index.get().parse().ok());
        walk.choice = index.unwrap_or(u32::try_from(number).unwrap_or(u32::MAX));
        walk.echo(choice.get("logprobs"));
        walk.string(choice.get("text"), format!("{path}/text"), TextKind::Text);
    }
    walk.finish()
}

/// The request with these instructions before and after its prompt. One that is to stand alone goes before it too: a prompt
/// has no instructions of its own that it could replace.
///
/// # Errors
/// If the prompt is not one text.
pub(super) fn instructed(members: &Members<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault> {
    let Some(prompt) = fields::text(members, "prompt").ok().flatten() else {
        return Err(RequestFault::new(
            "prompt",
            "must be one text, or it takes no instructions",
        ));
    };
    let before = at(instructions, InstructionPlace::First).chain(at(instructions, InstructionPlace::Only));
    let parts = before
        .chain([prompt.as_str()])
        .chain(at(instructions, InstructionPlace::Last));
    let prompt = json_string(&parts.collect::<Vec<_>>().join("\n\n"));
    Ok(members.set(&[("prompt", Some(&prompt))]))
}
