//! The builder's side of fetching: which plugins have to be fetched, and which are there.

use super::Builder;
use crate::snapshot::plugins::Folder;
use jackfield_config::{Fault, Loaded};

// === impl Builder ===

impl Builder {
    /// Reads the files once, so that it is known which sources have to be fetched.
    pub(crate) fn note_sources(&self) {
        self.read();
    }

    /// The plugins in the folder, and those that have been fetched.
    pub(in crate::snapshot) fn folder(&self, loaded: &Loaded) -> Result<Folder, Fault> {
        let mut folder = Folder::read(&self.plugins_dir(&loaded.config.plugins), &loaded.config.plugins)?;
        folder.add_sources(&loaded.config.plugins, &self.supply);
        Ok(folder)
    }

    /// Tries once to fetch what the configuration's sources name and what is not kept yet.
    pub async fn fetch(&self, loaded: &Loaded) {
        self.supply.contents(&loaded.config.plugins);
        self.supply.fetch_once().await;
    }

    /// The sources of the configuration that have not been fetched, by the plugins' names.
    #[must_use]
    pub fn unfetched(&self, loaded: &Loaded) -> Vec<String> {
        let contents = self.supply.contents(&loaded.config.plugins).into_iter();
        let missing = contents.filter(|(.., content)| content.is_err());
        missing.map(|(name, ..)| name).collect()
    }
}
