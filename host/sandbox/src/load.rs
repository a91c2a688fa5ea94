//! From a file's bytes to a plugin that can be called.

mod compiled;

use std::fmt::{self, Debug, Formatter};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jackfield_config::PluginLimits;
use sha2::{Digest, Sha256};

use self::compiled::Compiled;
use crate::identity::Kind;
use crate::instance::Instances;
use crate::manifest::Described;
use crate::{Censor, CodeCache, Engine, LoadError, Manifest, Pace, ShaperManifest, StrainReport};

/// What a file turned out to be.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "moved once or twice, when a file is loaded")]
pub enum Loaded {
    /// An adapter.
    Adapter(AdapterPlugin),
    /// A shaper.
    Shaper(ShaperPlugin),
}

/// A compiled plugin of the kind that has the manifest `M`, ready to be called. Immutable; shared by the snapshots that
/// use it.
#[expect(
    private_bounds,
    reason = "the kinds are those of the contract: nobody else makes one"
)]
pub struct Plugin<M: Described> {
    /// The plugin's description of itself.
    pub manifest: M,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The limits of each call.
    pub limits: PluginLimits,
    /// Where its calls run. The same for all that was loaded from the same content.
    pub pace: Arc<Pace>,
    pub(crate) instances: Instances<M::World>,
}

/// A compiled adapter.
pub type AdapterPlugin = Plugin<Manifest>;

/// A compiled shaper.
pub type ShaperPlugin = Plugin<ShaperManifest>;

// === impl Loaded ===

impl Loaded {
    /// Compiles `bytes` (or takes the compiled form from `cache`), links the component and reads its manifest. `limits`
    /// maps a plugin's name to its limits; the empty name stands for the limits of `describe`, when the name is not known
    /// yet. Takes up to seconds of CPU: do not call it on async threads.
    ///
    /// # Errors
    /// [`LoadError`], except [`LoadError::Read`].
    pub fn load(
        engine: &Engine,
        cache: &CodeCache,
        bytes: &[u8],
        limits: impl Fn(&str) -> PluginLimits,
    ) -> Result<Self, LoadError> {
        let sha256 = format!("{:x}", Sha256::digest(bytes));
        let compiled = Compiled::new(engine, cache, bytes, &sha256)?;
        Self::described(&compiled, sha256, limits)
    }

    /// Loads the plugin whose file has the hash `sha256`, of which only the compiled form is needed; `None` if that is not
    /// in `cache`, or fails.
    pub fn load_cached(
        engine: &Engine,
        cache: &CodeCache,
        sha256: &str,
        limits: impl Fn(&str) -> PluginLimits,
    ) -> Option<Self> {
        let compiled = Compiled::cached(engine, cache, sha256)?;
        Self::described(&compiled, sha256.to_owned(), limits).ok()
    }

    fn described(
        compiled: &Compiled<'_>,
        sha256: String,
        limits: impl Fn(&str) -> PluginLimits,
    ) -> Result<Self, LoadError> {
        match compiled.kind() {
            Kind::Adapter => AdapterPlugin::described(compiled, sha256, limits).map(Self::Adapter),
            Kind::Shaper => ShaperPlugin::described(compiled, sha256, limits).map(Self::Shaper),
        }
    }

    /// Reads a file and loads it as [`Loaded::load`] does.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load_file(
        engine: &Engine,
        cache: &CodeCache,
        path: &Path,
        limits: impl Fn(&str) -> PluginLimits,
    ) -> Result<Self, LoadError> {
        let bytes = fs::read(path).map_err(|error| LoadError::Read(error.to_string()))?;
        Self::load(engine, cache, &bytes, limits)
    }

    /// The plugin's name, by its manifest.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Adapter(plugin) => &plugin.manifest.name,
            Self::Shaper(shaper) => &shaper.manifest.name,
        }
    }
}

// === impl AdapterPlugin ===

impl AdapterPlugin {
    /// Loads an adapter as [`Loaded::load`] does.
    ///
    /// # Errors
    /// As there, and [`LoadError::WrongKind`] for a shaper.
    pub fn load(
        engine: &Engine,
        cache: &CodeCache,
        bytes: &[u8],
        limits: impl Fn(&str) -> PluginLimits,
    ) -> Result<Self, LoadError> {
        match Loaded::load(engine, cache, bytes, limits)? {
            Loaded::Adapter(adapter) => Ok(adapter),
            Loaded::Shaper(_) => Err(LoadError::WrongKind),
        }
    }

    /// The same adapter and the same instances, whose log lines pass `censor`.
    #[must_use]
    pub fn censored_by(&self, censor: Arc<dyn Censor>) -> Self {
        self.with(self.instances.censored_by(censor), self.limits)
    }
}

// === impl Plugin ===

#[expect(private_bounds, reason = "as above")]
impl<M: Described> Plugin<M> {
    fn described(
        compiled: &Compiled<'_>,
        sha256: String,
        limits: impl Fn(&str) -> PluginLimits,
    ) -> Result<Self, LoadError> {
        let (instances, manifest) = compiled.describe::<M::World>(limits(""))?;
        let manifest = M::parse(&manifest)?;
        let limits = limits(manifest.about().name);
        Ok(Self {
            instances: instances.renamed(manifest.about().name, limits),
            pace: compiled.pace(manifest.about().name, &sha256),
            manifest,
            sha256,
            limits,
        })
    }

    /// What its calls have needed since it was loaded.
    #[must_use]
    pub fn strains(&self) -> StrainReport {
        self.instances.strains().report()
    }

    /// The same plugin with other limits.
    #[must_use]
    pub fn with_limits(&self, limits: PluginLimits) -> Self {
        self.with(self.instances.renamed(self.manifest.about().name, limits), limits)
    }

    /// The same plugin without its code: it tells what it is, and cannot be called.
    #[must_use]
    pub fn at_rest(&self) -> Self {
        self.with(self.instances.at_rest(), self.limits)
    }

    /// Whether its code is there.
    #[must_use]
    pub fn has_code(&self) -> bool {
        self.instances.pre().is_some()
    }

    fn with(&self, instances: Instances<M::World>, limits: PluginLimits) -> Self {
        Self {
            manifest: self.manifest.clone(),
            sha256: self.sha256.clone(),
            pace: Arc::clone(&self.pace),
            instances,
            limits,
        }
    }
}

impl<M: Described> Debug for Plugin<M> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Plugin({} {})",
            self.manifest.about().name,
            self.manifest.about().version
        )
    }
}
