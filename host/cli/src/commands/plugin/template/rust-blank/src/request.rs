//! The request for the upstream.

use jackfield_plugin_sdk::{Call, Failure, Prepared};

use crate::settings::Settings;

/// Turns a client's request into an exchange with the upstream.
pub(crate) fn prepare(_: &Call<Settings>) -> Result<Prepared, Failure> {
    Err(Failure::unsupported("requests are not translated yet"))
}
