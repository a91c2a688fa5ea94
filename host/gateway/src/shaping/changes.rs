//! Applies what a shaper changes, and refuses what it may not change.

use std::collections::BTreeMap;

use bytes::Bytes;
use jackfield_dialects::json::{DEEPEST, Edited, Members, Outline, is_deep};
use jackfield_dialects::{
    Dialect, Instruction, Operation, ParsedRequest, RequestFault, TEXT_MEMBERS, TextKind, Texts, UnfitText,
};

use super::verdict::{Changes, Part, Trouble};

/// The members that decide which request it is.
const KEPT: [&str; 2] = ["model", "stream"];

/// The parts among `texts` that a shaper is given.
pub(super) fn parts<'t>(texts: &'t Texts, given: &[usize]) -> Vec<Part<'t>> {
    let texts = given.iter().filter_map(|number| texts.parts.get(*number));
    texts
        .map(|part| Part {
            path: &part.path,
            role: part.role,
            kind: part.kind,
            choice: part.choice,
            text: &part.text,
        })
        .collect()
}

/// A request that shapers have changed. What is known of it need not be read again.
#[derive(Debug)]
pub(crate) struct Shaped {
    /// Its text.
    pub(crate) text: Bytes,
    outline: Outline,
    /// The request, without its members.
    facts: ParsedRequest<'static>,
}

/// The request with these changes; `None` if nothing changes.
///
/// # Errors
/// [`Trouble`] if a change is not allowed, or would leave what is no request.
pub(super) fn changed(
    dialect: Dialect,
    request: &ParsedRequest<'_>,
    (texts, given): (&Texts, &[usize]),
    changes: &Changes,
) -> Result<Option<Shaped>, Trouble> {
    let mut edited = None;
    let new = chosen(texts, given, &changes.replacements)?;
    if !new.is_empty() {
        edited = Some(
            texts
                .replaced_in(&request.members, &new)
                .map_err(|fault| unfit(&fault))?,
        );
    }
    if !changes.instructions.is_empty() {
        let before = after(request, edited.as_ref())?;
        edited = Some(instructed(dialect, &before, &changes.instructions)?);
    }
    if !changes.parameters.is_empty() {
        let before = after(request, edited.as_ref())?;
        edited = Some(before.members.patched(&patch(&changes.parameters)?));
    }
    let Some(edited) = edited else { return Ok(None) };
    let request = checked(dialect, after(request, Some(&edited))?, texts, &new, changes)?;
    let facts = request.with_members(Members::empty().clone());
    let (text, outline) = edited.into_parts();
    let text = text.into();
    Ok(Some(Shaped { text, outline, facts }))
}

/// The request as it is after these edits.
fn after<'e>(request: &ParsedRequest<'e>, edited: Option<&'e Edited>) -> Result<ParsedRequest<'e>, Trouble> {
    let edited = edited.map(|edited| request.edited(edited.text(), edited.outline()));
    edited
        .unwrap_or_else(|| Ok(request.clone()))
        .map_err(|fault| no_request(&fault))
}

/// The request, read once more where a change may have left what is none: a text that is empty now, deeper arguments, and
/// every parameter.
fn checked<'e>(
    dialect: Dialect,
    request: ParsedRequest<'e>,
    texts: &Texts,
    new: &[(usize, &str)],
    changes: &Changes,
) -> Result<ParsedRequest<'e>, Trouble> {
    let has_arguments = new.iter().any(|(number, _)| {
        let part = texts.parts.get(*number);
        part.is_some_and(|part| part.kind == TextKind::ToolArguments)
    });
    if is_deep(&changes.parameters) || has_arguments && is_deep(request.members.whole()) {
        return Err(Trouble::Failed(format!(
            "nested the request deeper than {DEEPEST} levels"
        )));
    }
    if changes.parameters.is_empty() && new.iter().all(|(_, text)| !text.is_empty()) {
        return Ok(request);
    }
    let read = dialect.read(request.operation, request.members);
    read.map_err(|fault| no_request(&fault))
}

fn instructed(dialect: Dialect, request: &ParsedRequest<'_>, new: &[Instruction]) -> Result<Edited, Trouble> {
    let operation = request.operation;
    if !matches!(operation, Operation::Chat | Operation::CountTokens) {
        return Err(Trouble::Failed(format!(
            "gave instructions, and {operation} takes none"
        )));
    }
    let instructed = dialect.instructed(request, new);
    instructed.map_err(|fault| Trouble::Failed(format!("gave instructions that cannot be added: {fault}")))
}

/// `whole` with new texts for parts of it that were given; `None` if there are none.
///
/// # Errors
/// [`Trouble`] if one is for a text that was not given, or cannot take its place.
pub(super) fn replaced(
    whole: &[u8],
    texts: &Texts,
    given: &[usize],
    replacements: &[(String, String)],
) -> Result<Option<Vec<u8>>, Trouble> {
    if replacements.is_empty() {
        return Ok(None);
    }
    let text = texts.replaced(whole, &chosen(texts, given, replacements)?);
    text.map(Some).map_err(|fault| unfit(&fault))
}

/// The numbers of the texts that are replaced, and the new ones.
fn chosen<'r>(
    texts: &Texts,
    given: &[usize],
    replacements: &'r [(String, String)],
) -> Result<Vec<(usize, &'r str)>, Trouble> {
    if replacements.is_empty() {
        return Ok(Vec::new());
    }
    let mut places: BTreeMap<&str, usize> = given
        .iter()
        .filter_map(|number| Some((texts.parts.get(*number)?.path.as_str(), *number)))
        .collect();
    let new = replacements.iter().map(|(path, text)| {
        let number = places.remove(path.as_str()).ok_or_else(|| {
            let path = jackfield_config::escaped::cut(path, 256);
            Trouble::Failed(format!("replaced a text that it was not given, or twice: {path}"))
        });
        Ok((number?, text.as_str()))
    });
    new.collect()
}

fn patch(parameters: &[u8]) -> Result<Members<'_>, Trouble> {
    let patch = Members::parse(parameters)
        .map_err(|error| Trouble::Failed(format!("gave a patch that is invalid: {error}")))?;
    let mut kept = KEPT.iter().chain(&TEXT_MEMBERS);
    match kept.find(|key| patch.get(key).is_some()) {
        Some(key) => Err(Trouble::Failed(format!("patched `{key}`, which no patch may change"))),
        None => Ok(patch),
    }
}

fn unfit(fault: &UnfitText) -> Trouble {
    Trouble::Failed(format!("made a mistake: {fault}"))
}

fn no_request(fault: &RequestFault) -> Trouble {
    Trouble::Failed(format!("left what is no request: {fault}"))
}

// === impl Shaped ===

impl Shaped {
    /// The request. Its text is not read.
    ///
    /// # Errors
    /// Never in practice: the text is the one that its outline was made with.
    pub(crate) fn request(&self) -> Result<ParsedRequest<'_>, RequestFault> {
        self.facts.edited(&self.text, &self.outline)
    }
}

#[cfg(test)]
mod tests {
    use jackfield_dialects::{InstructionPlace, canonical};

    use super::*;

    const CHAT: &str = r#"{"model":"m","messages":[{"role":"user","content":"a"}],"n":1}"#;

    fn applied(changes: &Changes) -> Result<Option<String>, String> {
        let request = canonical().parse(Operation::Chat, CHAT.as_bytes()).unwrap();
        let texts = canonical().request_texts(&request).unwrap();
        let text = super::changed(canonical(), &request, (&texts, &[0]), changes);
        let text = text.map(|shaped| {
            shaped.map(|shaped| {
                let read = canonical().parse(Operation::Chat, &shaped.text).unwrap();
                assert_eq!(format!("{:?}", shaped.request().unwrap()), format!("{read:?}"));
                String::from_utf8(shaped.text.to_vec()).unwrap()
            })
        });
        text.map_err(|trouble| trouble.to_string())
    }

    fn replace(path: &str) -> Changes {
        Changes {
            replacements: vec![(path.to_owned(), "b".to_owned())],
            ..Changes::default()
        }
    }

    fn patch(parameters: &str) -> Changes {
        Changes {
            parameters: parameters.as_bytes().to_vec(),
            ..Changes::default()
        }
    }

    #[test]
    fn all_kinds_of_changes_are_applied_together() {
        let changes = Changes {
            instructions: vec![Instruction {
                place: InstructionPlace::First,
                text: "i".to_owned(),
            }],
            parameters: br#"{"n":null,"top_p":1.0}"#.to_vec(),
            ..replace("/messages/0/content")
        };
        let expected =
            r#"{"model":"m","messages":[{"role":"system","content":"i"},{"role":"user","content":"b"}],"top_p":1.0}"#;
        assert_eq!(applied(&changes), Ok(Some(expected.to_owned())));
        assert_eq!(applied(&Changes::default()), Ok(None));
    }

    #[test]
    fn what_a_shaper_may_not_change_is_its_failure() {
        for (changes, reason) in [
            (replace("/messages/1/content"), "that it was not given"),
            (replace("/model"), "that it was not given"),
            (patch(r#"{"model":"other"}"#), "patched `model`"),
            (patch(r#"{"stream":true}"#), "patched `stream`"),
            (patch(r#"{"messages":[]}"#), "patched `messages`"),
            (patch(r#"{"system":null}"#), "patched `system`"),
            (patch("[]"), "a patch that is invalid"),
            (patch(r#"{"n":100000}"#), "left what is no request"),
            (
                patch(&format!(r#"{{"tools":{}{}}}"#, "[".repeat(64), "]".repeat(64))),
                "deeper than 64 levels",
            ),
        ] {
            let trouble = applied(&changes).unwrap_err();
            assert!(trouble.contains(reason), "{trouble}");
        }
        let mut twice = replace("/messages/0/content");
        twice.replacements.push(twice.replacements[0].clone());
        assert!(applied(&twice).is_err());
    }
}
