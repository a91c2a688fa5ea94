//! The one way in which looking a caller up fails.

/// Neither the directory nor the database can tell who is calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the database of users and keys is not available")]
pub struct DirectoryUnavailable;
