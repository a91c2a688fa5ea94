//! Items of recent answers that a request names by their ids.

use bytes::Bytes;
use jackfield_accounting::callers::Caller;
use jackfield_dialects::ParsedRequest;

use super::Pipeline;
use crate::request::bodies::adapters;
use crate::request::recent_items::RecentItems;
use crate::snapshot::Model;

// === impl Pipeline ===

impl Pipeline<'_> {
    /// The request's text with the items that it names, as far as they are remembered; `None` if it names none of them. A
    /// vendor that speaks the client's dialect knows them itself.
    pub(super) fn recalled(
        &self,
        model: &Model,
        request: &ParsedRequest<'_>,
        caller: Option<&Caller>,
    ) -> Option<Bytes> {
        if adapters(model).all(|adapter| adapter.speaks(self.dialect.name())) {
            return None;
        }
        let user = RecentItems::user_of(caller);
        let find = |id: &str| self.gateway.recent.find(&user, id);
        self.dialect.recalled(request, &find).map(Bytes::from)
    }
}
