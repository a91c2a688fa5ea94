//! Applies what a shaper changes, and refuses what it may not change.

use jackfield_dialects::json::Members;
use jackfield_dialects::{Dialect, Operation, ParsedRequest, TEXT_MEMBERS, Texts};

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

/// The text of the request with these changes; `None` if nothing changes.
///
/// # Errors
/// [`Trouble`] if a change is not allowed, or would leave what is no request.
pub(super) fn changed(
    dialect: Dialect,
    request: &ParsedRequest<'_>,
    (texts, given): (&Texts, &[usize]),
    changes: &Changes,
) -> Result<Option<Vec<u8>>, Trouble> {
    let mut text = replaced(request.members.whole(), texts, given, &changes.replacements)?;
    if !changes.instructions.is_empty() {
        if !matches!(request.operation, Operation::Chat | Operation::CountTokens) {
            let operation = request.operation;
            return Err(Trouble::Failed(format!(
                "gave instructions, and {operation} takes none"
            )));
        }
        let instructed = |request: &ParsedRequest<'_>| {
            let instructed = dialect.instructed(request, &changes.instructions);
            instructed.map_err(|fault| Trouble::Failed(format!("gave instructions that cannot be added: {fault}")))
        };
        text = Some(match &text {
            None => instructed(request)?,
            Some(text) => instructed(&parsed(dialect, request.operation, text)?)?,
        });
    }
    if !changes.parameters.is_empty() {
        let patch = patch(&changes.parameters)?;
        text = Some(match &text {
            None => request.members.patch(&patch),
            Some(text) => parsed(dialect, request.operation, text)?.members.patch(&patch),
        });
    }
    if let Some(text) = &text {
        parsed(dialect, request.operation, text)?;
    }
    Ok(text)
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
    let mut places: std::collections::BTreeMap<&str, usize> = given
        .iter()
        .filter_map(|number| Some((texts.parts.get(*number)?.path.as_str(), *number)))
        .collect();
    let mut new = Vec::with_capacity(replacements.len());
    for (path, text) in replacements {
        let Some(number) = places.remove(path.as_str()) else {
            let path = jackfield_config::escaped::cut(path, 256);
            return Err(Trouble::Failed(format!(
                "replaced a text that it was not given, or twice: {path}"
            )));
        };
        new.push((number, text.as_str()));
    }
    let text = texts.replaced(whole, &new);
    text.map(Some)
        .map_err(|unfit| Trouble::Failed(format!("made a mistake: {unfit}")))
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

fn parsed(dialect: Dialect, operation: Operation, text: &[u8]) -> Result<ParsedRequest<'_>, Trouble> {
    let parsed = dialect.parse(operation, text);
    parsed.map_err(|fault| Trouble::Failed(format!("left what is no request: {fault}")))
}

#[cfg(test)]
mod tests {
    use jackfield_dialects::{Instruction, InstructionPlace, canonical};

    use super::*;

    const CHAT: &str = r#"{"model":"m","messages":[{"role":"user","content":"a"}],"n":1}"#;

    fn applied(changes: &Changes) -> Result<Option<String>, String> {
        let request = canonical().parse(Operation::Chat, CHAT.as_bytes()).unwrap();
        let texts = canonical().request_texts(&request).unwrap();
        let text = super::changed(canonical(), &request, (&texts, &[0]), changes);
        let text = text.map(|text| text.map(|text| String::from_utf8(text).unwrap()));
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
        ] {
            let trouble = applied(&changes).unwrap_err();
            assert!(trouble.contains(reason), "{trouble}");
        }
        let mut twice = replace("/messages/0/content");
        twice.replacements.push(twice.replacements[0].clone());
        assert!(applied(&twice).is_err());
    }
}
