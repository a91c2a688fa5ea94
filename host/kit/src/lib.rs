//! The tools for plugin authors, as functions: the commands below `jackfield plugin` are their faces.
//!
//! In reading order: [`case`] (a recorded request, and the upstream's reply to it), [`recording`] (a recorded stream, cut by
//! the host's own framing), [`sandboxed`] (a plugin in a sandbox of its own, and what may be asked of it), [`replay`] (one
//! stream under every split), [`show`] (outcomes as text), [`snapshot`] (the text that was accepted), and [`golden`] (all cases of a
//! folder).

pub mod case;
pub mod golden;
pub mod recording;
pub mod replay;
pub mod sandboxed;
pub mod show;
pub mod snapshot;
