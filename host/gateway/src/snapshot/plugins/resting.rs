//! Plugins that nothing names are at rest: the manifest stays, and the code, a few megabytes each, is left to the cache.

use super::{Folder, Loading, PluginFile, Plugins};
use jackfield_sandbox::Loaded;

// === impl Loading ===

impl Loading<'_> {
    /// Lets those plugins rest that the configuration does not name, and loads those again that it does.
    pub(super) fn rest(&self, plugins: &mut Plugins, folder: &Folder) {
        for mut file in std::mem::take(&mut plugins.files) {
            let is_named = file.plugin.is_named_by(self.config);
            let has_code = file.plugin.has_code();
            if !is_named && has_code && self.cache.has(self.engine, file.plugin.sha256()) {
                file.plugin = file.plugin.at_rest();
            }
            if is_named && !has_code {
                let Some(loaded) = self.awake(&file, folder) else {
                    plugins.lose(&file);
                    continue;
                };
                file.plugin = loaded.into();
            }
            plugins.files.push(file);
        }
    }

    /// The plugin with its code: from the cache, or from its file if that still has the same content.
    fn awake(&self, file: &PluginFile, folder: &Folder) -> Option<Loaded> {
        let (sha256, limits) = (file.plugin.sha256(), |name: &str| self.config.plugins.limits_for(name));
        Loaded::load_cached(self.engine, self.cache, sha256, limits).or_else(|| {
            let content = folder.found.get(&file.path)?.content.as_ref().ok()?;
            let is_same = content.sha256 == sha256;
            is_same.then(|| Loaded::load(self.engine, self.cache, &content.bytes, limits).ok())?
        })
    }
}
