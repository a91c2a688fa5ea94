//! The limit on open descriptors: every connection takes one, and the usual soft limit of 1024 is soon reached.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit to the hard one, as the process may do without privileges (getrlimit(2)), and logs both.
pub(super) fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return tracing::info!(limit = in_words(current), "descriptors");
    }
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => tracing::info!(
            limit = in_words(maximum),
            before = in_words(current),
            "descriptors: limit raised"
        ),
        Err(error) => tracing::warn!(
            limit = in_words(current),
            "descriptors: the limit cannot be raised: {error}"
        ),
    }
}

fn in_words(limit: Option<u64>) -> String {
    limit.map_or_else(|| "none".to_owned(), |limit| limit.to_string())
}
