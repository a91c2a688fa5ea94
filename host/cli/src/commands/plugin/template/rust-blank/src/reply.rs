//! The upstream's reply in one piece, made canonical.

use jackfield_plugin_sdk::{Call, Failure, Reply, Step};

use crate::settings::Settings;

/// Turns a reply with a good status into OpenAI's form.
pub(crate) fn decode(_: &Call<Settings>, _: &Reply) -> Result<Step, Failure> {
    Err(Failure::malformed("replies are not translated yet"))
}
