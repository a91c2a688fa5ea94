//! The world of shapers.

use wasmtime::Store;
use wasmtime::component::{HasSelf, InstancePre, Linker};

use super::World;
use crate::bindings::shaper::exports::jackfield::plugin::shaper::Guest;
use crate::bindings::shaper::{ShaperPlugin, ShaperPluginPre};
use crate::store::State;

/// The world of shapers.
pub(crate) struct ShaperWorld;

/// The exports of a shaper's instance.
pub(crate) struct ShaperExports(ShaperPlugin);

impl World for ShaperWorld {
    type Pre = ShaperPluginPre<State>;
    type Exports = ShaperExports;

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        ShaperPlugin::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
    }

    fn find(pre: InstancePre<State>) -> wasmtime::Result<Self::Pre> {
        ShaperPluginPre::new(pre)
    }

    fn instantiate(pre: &Self::Pre, store: &mut Store<State>) -> wasmtime::Result<ShaperExports> {
        pre.instantiate(store).map(ShaperExports)
    }

    fn describe(exports: &ShaperExports, store: &mut Store<State>) -> wasmtime::Result<Vec<u8>> {
        exports.guest().call_describe(store)
    }
}

// === impl ShaperExports ===

impl ShaperExports {
    /// The functions of the shaper.
    pub(crate) fn guest(&self) -> &Guest {
        self.0.jackfield_plugin_shaper()
    }
}
