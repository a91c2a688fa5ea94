//! The trait a shaper implements, and what it is given and gives.

pub(crate) mod boundary;
mod call;
pub(crate) mod component;
mod fragment;
mod manifest;
mod verdict;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::call::{Part, PartKind, PartRole, Shaping};
pub use self::fragment::{Fragment, Released};
pub use self::manifest::{Need, ShaperManifest};
pub use self::verdict::{Changes, Place, Refusal, Verdict};
use crate::Failure;

/// A plugin that looks at requests and replies, and passes, changes or refuses them.
///
/// It is pure, as an [`Adapter`](crate::Adapter) is: its results depend only on its arguments, and what a later call
/// needs belongs in the state. It never gets a key, a name or an address.
///
/// ```
/// use jackfield_plugin_sdk::{Failure, Need, Part, Refusal, Shaper, ShaperManifest, Shaping, Verdict};
///
/// struct NoShouting;
///
/// impl Shaper for NoShouting {
///     type Settings = ();
///     type State = ();
///
///     fn manifest() -> ShaperManifest {
///         ShaperManifest::new("no-shouting", "0.1.0").needs([Need::Texts])
///     }
///
///     fn shape_request(_: &Shaping<()>, parts: &[Part]) -> Result<Verdict<()>, Failure> {
///         let loud = |part: &Part| part.text.contains("!!!");
///         Ok(if parts.iter().any(loud) {
///             Refusal::new("please_calm_down", "one exclamation mark is enough").into()
///         } else {
///             Verdict::Pass
///         })
///     }
/// }
///
/// jackfield_plugin_sdk::export_shaper!(NoShouting);
/// ```
pub trait Shaper: Sized {
    /// The shaper's `settings` in the configuration; `()` if it has none. As in [`Adapter`](crate::Adapter::Settings).
    type Settings: DeserializeOwned + JsonSchema;

    /// What the calls about the reply get from the call about the request, and from one another; `()` if nothing.
    ///
    /// The host holds it as JSON between calls, so keep it small. Each text of a reply has a state of its own.
    type State: Serialize + DeserializeOwned + Default;

    /// Describes the shaper: its name, operations, and what it needs to see.
    fn manifest() -> ShaperManifest;

    /// Looks at a request before it is routed. Without [`Need::Texts`], there are no parts.
    ///
    /// # Errors
    /// If the shaper cannot decide. The operator's configuration says whether the request then passes or is refused.
    fn shape_request(call: &Shaping<Self::Settings>, parts: &[Part]) -> Result<Verdict<Self::State>, Failure>;

    /// Looks at a buffered reply. Called only with [`Need::Reply`].
    ///
    /// By default, each part is one whole text for [`shape_text`](Self::shape_text), so that buffered and streamed
    /// replies are shaped alike.
    ///
    /// # Errors
    /// As [`shape_request`](Self::shape_request).
    fn shape_reply(
        call: &Shaping<Self::Settings>,
        state: &Self::State,
        parts: &[Part],
    ) -> Result<Verdict<Self::State>, Failure> {
        boundary::shape_parts::<Self>(call, state, parts)
    }

    /// Looks at a piece of one text of a streamed reply. Called only with [`Need::Reply`].
    ///
    /// What the client gets must not depend on how the text was cut. Take less than the whole fragment if its end may
    /// belong to something that goes on: the rest comes again, before what follows. By default, everything is released.
    ///
    /// # Errors
    /// As [`shape_request`](Self::shape_request).
    fn shape_text(
        call: &Shaping<Self::Settings>,
        state: &mut Self::State,
        fragment: &Fragment,
    ) -> Result<Released, Failure> {
        let _ = (call, state);
        Ok(Released::unchanged(fragment))
    }
}
