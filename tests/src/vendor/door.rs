//! What every vendor demands of a request before it reads it.

use serde_json::Value;

use super::fault::{Fault, FaultKind, demand};
use crate::upstream::Request;

/// The body of a POST of JSON that carries this credential in this header.
pub(super) fn body(request: &Request, header: &str, credential: &str) -> Result<Value, Fault> {
    if request.method != "POST" {
        let message = format!("{} {} is not found", request.method, request.path);
        return Err(Fault::new(FaultKind::NotFound, message));
    }
    if request.header(header) != Some(credential) {
        return Err(Fault::new(FaultKind::Unauthenticated, "the credential is wrong"));
    }
    let is_json = request.header("content-type") == Some("application/json");
    demand(is_json, "the content type must be application/json")?;
    serde_json::from_slice(&request.body).map_err(|_| Fault::invalid("the body is not JSON"))
}

/// No member but the known ones, in the object at `place`.
pub(super) fn closed(object: &Value, known: &[&str], place: &str) -> Result<(), Fault> {
    let members = object.as_object();
    let members = members.ok_or_else(|| Fault::invalid(format!("{place} must be an object")))?;
    for name in members.keys() {
        demand(
            known.contains(&name.as_str()),
            format!("{place} has no member \"{name}\""),
        )?;
    }
    Ok(())
}

/// The items of a list that may be missing.
pub(super) fn items<'a>(list: &'a Value, place: &str) -> Result<&'a [Value], Fault> {
    match list {
        Value::Null => Ok(&[]),
        Value::Array(items) => Ok(items),
        _ => Err(Fault::invalid(format!("{place} must be a list"))),
    }
}
