//! The tools for plugin authors, as functions: the commands below `jackfield plugin` are their faces.
//!
//! In reading order: [`verbatim`] (JSON as it was written; `indented` lays it out), [`case`] (a recorded request, and the upstream's reply to it), [`recording`] (a recorded stream, cut by
//! the host's own framing), [`sandboxed`] (a plugin in a sandbox of its own, and what may be asked of it), [`replay`] (one
//! stream under every split), [`show`] (outcomes as text), [`snapshot`] (the text that was accepted), [`golden`] (all cases of a folder), [`shaping`] (the same for
//! shapers), [`loaded`] (a file as what it is),
//! [`checkup`] (an examination under a gateway's limits), [`script`] (the cases as an upstream), [`recorder`] (from an exchange to a case), and [`loopback`] (a server for this machine).

pub mod case;
pub mod checkup;
pub mod golden;
mod indented;
pub mod loaded;
pub mod loopback;
pub mod recorder;
pub mod recording;
pub mod replay;
pub mod sandboxed;
pub mod script;
pub mod shaping;
pub mod show;
pub mod snapshot;
pub mod verbatim;
