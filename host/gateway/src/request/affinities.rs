//! What a request has in common with others: its conversation and its user, for chains that keep these at one target.

use http::HeaderMap;
use jackfield_accounting::callers::Caller;
use jackfield_dialects::{Operation, ParsedRequest, conversation};

use crate::affinity::{Affinities, Affinity};
use crate::routing::Wanted;

/// The header in which a client may name the conversation (<https://openrouter.ai/docs/api-reference/overview>).
const SESSION: &str = "x-session-id";

/// What is wanted of it.
pub(super) fn affinities(
    wanted: Wanted,
    request: &ParsedRequest<'_>,
    headers: &HeaderMap,
    caller: Option<&Caller>,
) -> Affinities {
    Affinities {
        conversation: wanted.conversation.then(|| of_conversation(request, headers)).flatten(),
        user: wanted.user.then(|| of_user(request, caller)).flatten(),
    }
}

fn of_conversation(request: &ParsedRequest<'_>, headers: &HeaderMap) -> Option<Affinity> {
    let header = || {
        headers
            .get(SESSION)
            .and_then(|name| Some(name.to_str().ok()?.to_owned()))
    };
    if let Some(name) = conversation::session(&request.members).or_else(header) {
        return Some(Affinity::of([name.as_bytes()]));
    }
    let of_chat = matches!(request.operation, Operation::Chat | Operation::CountTokens);
    let opening = if of_chat {
        conversation::opening(&request.members)
    } else {
        Vec::new()
    };
    (!opening.is_empty()).then(|| Affinity::of(opening.into_iter().map(str::as_bytes)))
}

fn of_user(request: &ParsedRequest<'_>, caller: Option<&Caller>) -> Option<Affinity> {
    let (caller, named) = (caller.map(|caller| &*caller.user), conversation::user(&request.members));
    if caller.is_none() && named.is_none() {
        return None;
    }
    let parts = [caller.unwrap_or_default(), named.as_deref().unwrap_or_default()];
    Some(Affinity::of(parts.map(str::as_bytes)))
}
