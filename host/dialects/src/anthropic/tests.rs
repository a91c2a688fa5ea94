//! What the tests of replies and streams share.

pub(super) mod assembled;
