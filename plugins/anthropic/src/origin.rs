//! Whose thinking it is. Anthropic's signatures travel as they are; those of another vendor that speaks its API carry the
//! name that the operator gives it, so that neither gets the other's.

use jackfield_plugin_sdk::canonical::{Extra, signature};

/// The signature as clients get it.
pub(crate) fn carried(origin: Option<&str>, given: String) -> String {
    match origin {
        Some(origin) => signature::mark(origin, &given),
        None => given,
    }
}

/// The signature as the upstream gave it; `None` if another one did.
pub(crate) fn returned(origin: Option<&str>, carried: String) -> Option<String> {
    match origin {
        Some(origin) => signature::own(origin, &carried).map(str::to_owned),
        None => (!signature::is_marked(&carried)).then_some(carried),
    }
}

/// The whole block of thinking as clients get it. Another vendor may leave its thinking unsigned, and still want it back.
pub(crate) fn marked(mut block: Extra, origin: Option<&str>) -> Extra {
    if origin.is_some() {
        let is_redacted = block.text("type").as_deref() == Some("redacted_thinking");
        let name = if is_redacted { "data" } else { "signature" };
        let given = block.take_text(name);
        block.insert(name, carried(origin, given));
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gets_back_what_it_signed_and_nothing_else() {
        for (origin, given) in [(None, "c2ln"), (Some("deepseek"), "c2ln"), (Some("deepseek"), "")] {
            let carried = carried(origin, given.to_owned());
            assert_eq!(returned(origin, carried.clone()).as_deref(), Some(given));
            for other in [None, Some("deepseek"), Some("glm")]
                .into_iter()
                .filter(|it| *it != origin)
            {
                assert_eq!(returned(other, carried.clone()), None, "{origin:?} {other:?}");
            }
        }
    }
}
