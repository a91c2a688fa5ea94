//! JSON as raw text: read where the host must know, edited where it must set, and otherwise left byte for byte.
//!
//! [`Members`] is an object's top level, [`set_members`] edits it in place, [`Edited`] is a text whose members are known
//! without being read, `object` writes new objects, `node` is a value that grows, `depth` tells how deep a text is nested,
//! `raw` looks at single values, `text` reads strings, and `fields` and `block` read the members of requests and of what is
//! in them, with a sentence for the client who got one wrong. `watched` finds the members that nobody reads, and `skim` a few
//! values without reading the rest.

pub(crate) mod block;
mod depth;
pub(crate) mod fields;
mod members;
mod node;
mod object;
pub(crate) mod raw;
pub(crate) mod skim;
mod splice;
pub(crate) mod text;
mod watched;

pub use self::depth::{DEEPEST, is_deep};
pub use self::members::{Edited, Members, Outline};
pub(crate) use self::node::Node;
pub(crate) use self::object::{List, Object, json_string};
pub use self::splice::{Edit, SpliceError, set_members};
pub(crate) use self::splice::{Replacement, place_in, place_of, spliced};
pub(crate) use self::watched::Watched;
