//! The models that patterns stand for, kept while their snapshot is in force: what they cost is looked up once a name.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// How many are kept. Clients may invent names, so all are let go when there are more.
const MOST: usize = 512;

/// The models that patterns stood for, by the ids that clients asked for.
#[derive(Debug)]
pub(crate) struct Named<M> {
    models: RwLock<HashMap<Box<str>, Arc<M>>>,
}

// === impl Named ===

impl<M> Named<M> {
    /// The model of this id, which is made if it is not kept; `None` if there is none.
    pub(super) fn get_or_make(&self, id: &str, make: impl FnOnce() -> Option<M>) -> Option<Arc<M>> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = models.get(id) {
            return Some(Arc::clone(model));
        }
        drop(models);
        let model = Arc::new(make()?);
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        if models.len() >= MOST {
            models.clear();
        }
        models.insert(id.into(), Arc::clone(&model));
        Some(model)
    }
}

impl<M> Default for Named<M> {
    fn default() -> Self {
        Self {
            models: RwLock::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_made_once_and_only_so_many_are_kept() {
        let named = Named::default();
        let first = named.get_or_make("a", || Some(1)).unwrap();
        let again = named.get_or_make("a", || unreachable!("it is kept")).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(named.get_or_make("b", || None), None);
        for number in 0..3 * MOST {
            named.get_or_make(&number.to_string(), || Some(number)).unwrap();
        }
        assert!(named.models.read().unwrap().len() <= MOST);
    }
}
