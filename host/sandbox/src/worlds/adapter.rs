//! The world of adapters, with its optional interfaces.

use wasmtime::Store;
use wasmtime::component::{HasSelf, InstancePre, Linker};

use super::World;
use crate::bindings::attachments::jackfield::plugin::fetched;
use crate::bindings::attachments::{AdapterWithAttachments, AdapterWithAttachmentsIndices};
use crate::bindings::exports::jackfield::plugin::adapter::Guest;
use crate::bindings::head::{AdapterWithHead, AdapterWithHeadIndices};
use crate::bindings::long_texts::jackfield::plugin::long_texts;
use crate::bindings::{AdapterPlugin, AdapterPluginIndices};
use crate::store::State;

/// The world of adapters.
pub(crate) struct AdapterWorld;

/// An adapter that can be instantiated.
#[derive(Clone)]
pub(crate) struct AdapterPre {
    instance: InstancePre<State>,
    adapter: AdapterPluginIndices,
    pub(crate) head: Option<AdapterWithHeadIndices>,
    pub(crate) attachments: Option<AdapterWithAttachmentsIndices>,
}

/// The exports of an adapter's instance.
pub(crate) struct AdapterExports {
    adapter: AdapterPlugin,
    pub(crate) head: Option<AdapterWithHead>,
    pub(crate) attachments: Option<AdapterWithAttachments>,
}

impl World for AdapterWorld {
    type Pre = AdapterPre;
    type Exports = AdapterExports;

    fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
        AdapterPlugin::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
        fetched::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
        long_texts::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
    }

    fn find(pre: InstancePre<State>) -> wasmtime::Result<AdapterPre> {
        Ok(AdapterPre {
            adapter: AdapterPluginIndices::new(&pre)?,
            head: AdapterWithHeadIndices::new(&pre).ok(),
            attachments: AdapterWithAttachmentsIndices::new(&pre).ok(),
            instance: pre,
        })
    }

    fn instantiate(pre: &AdapterPre, store: &mut Store<State>) -> wasmtime::Result<AdapterExports> {
        let instance = pre.instance.instantiate(&mut *store)?;
        let head = pre.head.as_ref().map(|head| head.load(&mut *store, &instance));
        let attachments = pre.attachments.as_ref().map(|found| found.load(&mut *store, &instance));
        Ok(AdapterExports {
            adapter: pre.adapter.load(store, &instance)?,
            head: head.transpose()?,
            attachments: attachments.transpose()?,
        })
    }

    fn describe(exports: &AdapterExports, store: &mut Store<State>) -> wasmtime::Result<Vec<u8>> {
        exports.guest().call_describe(store)
    }
}

// === impl AdapterExports ===

impl AdapterExports {
    /// The functions that every adapter has.
    pub(crate) fn guest(&self) -> &Guest {
        self.adapter.jackfield_plugin_adapter()
    }
}
