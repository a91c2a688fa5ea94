//! The worlds of the contract: which functions a component exports, and which plugin it is for that.

pub(crate) mod adapter;
pub(crate) mod shaper;

use wasmtime::Store;
use wasmtime::component::{InstancePre, Linker};

use crate::store::State;

/// A kind of plugin, by the world that it implements.
pub(crate) trait World: 'static {
    /// The component with its imports linked and its exports found.
    type Pre: Clone + Send + Sync;
    /// The exports of one instance.
    type Exports: Send;

    /// Links what the world imports.
    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()>;

    /// Finds the exports.
    fn find(pre: InstancePre<State>) -> wasmtime::Result<Self::Pre>;

    /// Makes an instance.
    fn instantiate(pre: &Self::Pre, store: &mut Store<State>) -> wasmtime::Result<Self::Exports>;

    /// Calls `describe`.
    fn describe(exports: &Self::Exports, store: &mut Store<State>) -> wasmtime::Result<Vec<u8>>;
}
