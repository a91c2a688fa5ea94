//! The shaper that adds the operator's instructions to chats.
//!
//! [`settings`] is what an operator may set; [`template`] puts the caller's plan, model and pseudonym into the text. It
//! needs nothing of the request: the host splices the text in, and a long prompt never enters the sandbox.

pub mod settings;
pub mod template;

use jackfield_plugin_sdk::{Changes, Failure, Operation, Part, Shaper, ShaperManifest, Shaping, Verdict};

use crate::settings::Settings;

/// The shaper.
pub struct SystemPrompt;

jackfield_plugin_sdk::export_shaper!(SystemPrompt);

// === impl SystemPrompt ===

impl Shaper for SystemPrompt {
    type Settings = Settings;
    type State = ();

    fn manifest() -> ShaperManifest {
        ShaperManifest::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .operation(Operation::Chat)
            .operation(Operation::CountTokens)
            .licence(env!("CARGO_PKG_LICENSE"))
    }

    fn shape_request(call: &Shaping<Settings>, _: &[Part]) -> Result<Verdict<()>, Failure> {
        let values = [("plan", &*call.plan), ("model", &*call.model), ("user", &*call.user)];
        let text = template::filled(&call.settings.text, &values);
        if text.trim().is_empty() {
            return Ok(Verdict::Pass);
        }
        Ok(Changes::new().instruction(call.settings.place.into(), text).into())
    }
}
