//! The trait of a client dialect: everything that depends on which protocol a client speaks.

use std::fmt;
use std::sync::Arc;

use crate::accepts::Accepts;
use crate::address::Address;
use crate::facts::{Charge, ErrorFacts, ReplyFacts, StreamFacts};
use crate::fault::{RequestFault, StreamFault};
pub use crate::interruption::Interruption;
use crate::json::{Edited, Members, fields};
use crate::model_card::{ModelCard, Query};
use crate::operation::Operation;
use crate::reader::StreamReader;
use crate::request::ParsedRequest;
use crate::standard::{Origin, Standard, standard};
use crate::summary::ReplySummary;
use crate::texts::Texts;
use crate::texts::instruct::Instruction;
use crate::texts::stream::StreamTexts;
use crate::translated::Translated;

/// A client dialect, which lives as long as the process. Two are equal if their names are: the variants of a dialect
/// count as the same one.
pub type Dialect = &'static dyn ClientDialect;

/// A path at which clients `POST` requests in a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// The path, in axum's syntax.
    pub path: &'static str,
    /// What a request at this path asks for.
    pub operation: Operation,
}

/// The dialect that a reply or a stream arrives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The client's own dialect: the upstream speaks it.
    Native,
    /// The canonical dialect.
    Canonical,
}

/// A protocol that clients speak.
pub trait ClientDialect: fmt::Debug + Send + Sync {
    /// The dialect's name in manifests and exchanges, such as `openai-chat`.
    fn name(&self) -> &'static str;

    /// Where its clients send requests.
    fn endpoints(&self) -> &'static [Endpoint];

    /// Further paths at which its clients send requests, in axum's syntax: those that name the model and the operation.
    /// None by default.
    fn patterns(&self) -> &'static [&'static str] {
        &[]
    }

    /// What a path of one of the [`Self::patterns`], decoded, says of its request, with its query; `None` if it asks for
    /// nothing that there is.
    fn address(&self, path: &str, query: &str) -> Option<Address> {
        let _ = (path, query);
        None
    }

    /// The parameter of the query that may hold the credential of its clients. None by default.
    fn key_parameter(&self) -> Option<&'static str> {
        None
    }

    /// The path below which this dialect also answers for paths that do not exist, so that its clients can read those
    /// errors too. None by default.
    fn prefix(&self) -> Option<&'static str> {
        None
    }

    /// Why there is nothing at this path below [`Self::prefix`], in one sentence; `None` if nothing more can be said of it,
    /// which is the default.
    fn absence(&self, path: &str) -> Option<&'static str> {
        let _ = path;
        None
    }

    /// The variant of the dialect that a client speaks, by the headers of its request. `has_header` takes a name in
    /// lower case.
    fn variant(&self, has_header: &dyn Fn(&str) -> bool) -> Dialect;

    /// True if a request with these headers comes from a client of this dialect, whatever it asks for. `has_header` takes
    /// a name in lower case. False by default.
    fn is_spoken_by(&self, has_header: &dyn Fn(&str) -> bool) -> bool {
        let _ = has_header;
        false
    }

    /// The request headers that travel to adapters of this dialect as parameters, each with the parameter's name, in
    /// addition to [`PARAMETER_HEADERS`](crate::PARAMETER_HEADERS). None by default.
    fn native_headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Reads a body as far as the host needs to. The rest is the upstream's to judge.
    ///
    /// # Errors
    /// If the body is not a JSON object, or as [`Self::read`].
    fn parse<'a>(&self, operation: Operation, body: &'a [u8]) -> Result<ParsedRequest<'a>, RequestFault> {
        self.read(operation, fields::body(body)?)
    }

    /// The same of a body whose top level is known.
    ///
    /// # Errors
    /// If a member that the host reads is missing or of the wrong type, or the dialect does not have the operation. The
    /// fault names the field.
    fn read<'a>(&self, operation: Operation, members: Members<'a>) -> Result<ParsedRequest<'a>, RequestFault>;

    /// The text of the same request with the items that it refers to by their ids. `find` knows those of recent answers.
    /// `None` if it refers to none of them, which is the default.
    fn recalled(&self, request: &ParsedRequest<'_>, find: &dyn Fn(&str) -> Option<Arc<[u8]>>) -> Option<Vec<u8>> {
        let _ = (request, find);
        None
    }

    /// The items of a reply to which later requests may refer: their ids, and themselves as JSON. None by default.
    fn items(&self, reply: &[u8]) -> Vec<(String, Vec<u8>)> {
        let _ = reply;
        Vec::new()
    }

    /// The text of the same request in the canonical dialect; `None` if the client's own text is canonical.
    ///
    /// # Errors
    /// If a part of the request that only the translation reads is not of its shape. The fault names its path.
    fn canonical(&self, request: &ParsedRequest<'_>) -> Result<Option<Vec<u8>>, RequestFault>;

    /// The same as [`Self::canonical`], with what was left out on the way. `is_asked` tells of a provider whether the
    /// request may go to it: what its models alone can read is left out for others.
    ///
    /// # Errors
    /// As [`Self::canonical`].
    fn translated(
        &self,
        request: &ParsedRequest<'_>,
        is_asked: &dyn Fn(&str) -> bool,
    ) -> Result<Option<Translated>, RequestFault> {
        let _ = is_asked;
        Ok(self.canonical(request)?.map(Translated::whole))
    }

    /// The options for which some upstreams charge extra and of which the translation leaves nothing: where it is needed,
    /// they cost nothing. None by default.
    fn unsent_extras(&self) -> &'static [&'static str] {
        &[]
    }

    /// What a target that accepts only these extensions gets of a chat, whose canonical form is `canonical`. Tools that a
    /// vendor runs are left out if the target does not accept them, unless there is one `elsewhere` in its chain that does.
    ///
    /// # Errors
    /// If the target cannot be sent the request; another may be. The message is for the client.
    fn standard(&self, canonical: &Members<'_>, accepts: Accepts, elsewhere: bool) -> Result<Standard, RequestFault> {
        if self.is_canonical() {
            return standard(canonical, accepts, (Origin::Client, false));
        }
        let standard = standard(canonical, accepts, (Origin::Translation, elsewhere))?;
        let dropped = standard.dropped.map(|place| self.place(place));
        Ok(Standard { dropped, ..standard })
    }

    /// What a target gets that speaks this dialect itself, of the client's own text: the same by default.
    fn native(&self, request: &ParsedRequest<'_>) -> Standard {
        let _ = request;
        Standard::default()
    }

    /// The place of a member of the canonical form in the words of this dialect. The same by default.
    fn place(&self, canonical: &str) -> String {
        canonical.to_owned()
    }

    /// True for the one dialect that is the canonical form. False by default.
    fn is_canonical(&self) -> bool {
        false
    }

    /// Checks a buffered reply and writes it as the client is to see it.
    /// Step 10 of a request's life (ARCHITECTURE.md).
    ///
    /// # Errors
    /// [`StreamFault::Malformed`] if `body` is not a reply to the operation; [`StreamFault::Upstream`] if it reports an
    /// error, whatever the status was.
    fn reply(&self, body: &[u8], form: Form, facts: &ReplyFacts<'_>) -> Result<(Vec<u8>, ReplySummary), StreamFault>;

    /// Adds the charge to a reply that [`Self::reply`] wrote, if the dialect shows it. By default the reply is returned
    /// as it is.
    ///
    /// # Errors
    /// [`StreamFault::Malformed`] if the reply cannot be read.
    fn charged(&self, reply: Vec<u8>, charge: &Charge<'_>) -> Result<Vec<u8>, StreamFault> {
        let _ = charge;
        Ok(reply)
    }

    /// A reader for the stream of one attempt, which arrives in `form`.
    fn stream(&self, form: Form, facts: &StreamFacts<'_>) -> Box<dyn StreamReader>;

    /// The reply that the host gives itself if no target can; `None` if it cannot either, which is the default.
    fn estimate(&self, request: &ParsedRequest<'_>) -> Option<Vec<u8>> {
        let _ = request;
        None
    }

    /// The body of an error response: a JSON object.
    fn error(&self, error: &ErrorFacts<'_>) -> Vec<u8>;

    /// The HTTP status of the error for a model that does not exist. 400 by default.
    fn unknown_model_status(&self) -> u16 {
        400
    }

    /// The list of these models in a form of the dialect's own, as far as the query asks for it; `None` if it has none,
    /// which is the default.
    ///
    /// # Errors
    /// If the query makes no sense. The fault names its parameter.
    fn model_list(&self, models: &[ModelCard<'_>], query: &Query) -> Result<Option<Vec<u8>>, RequestFault> {
        let _ = (models, query);
        Ok(None)
    }

    /// One model in a form of the dialect's own; `None` if it has none, which is the default.
    fn model(&self, model: &ModelCard<'_>) -> Option<Vec<u8>> {
        let _ = model;
        None
    }

    /// True if clients must get [`Self::error`] whatever form of errors the operator chose. False by default.
    fn has_own_error_form(&self) -> bool {
        false
    }

    /// A response header for the request's id, in addition to the host's own. None by default.
    fn request_id_header(&self) -> Option<&'static str> {
        None
    }

    /// The texts of a request, in order.
    ///
    /// # Errors
    /// If two readers of the request might find different texts. The fault names the place.
    fn request_texts(&self, request: &ParsedRequest<'_>) -> Result<Texts, RequestFault>;

    /// The same request with these instructions. All else stays byte for byte.
    ///
    /// # Errors
    /// If the request is not of its shape, or its operation takes no instructions.
    fn instructed(&self, request: &ParsedRequest<'_>, instructions: &[Instruction]) -> Result<Edited, RequestFault>;

    /// False if a shaper could not find the texts in what the client asks for, such as subtitles. True by default.
    fn reply_has_texts(&self, request: &ParsedRequest<'_>) -> bool {
        let _ = request;
        true
    }

    /// The texts of a buffered reply that [`Self::reply`] wrote, in order.
    ///
    /// # Errors
    /// [`StreamFault::Malformed`] if two readers of the reply might find different texts.
    fn reply_texts(&self, operation: Operation, reply: &[u8]) -> Result<Texts, StreamFault>;

    /// Finds the texts in a stream that [`Self::stream`] wrote.
    fn stream_texts(&self) -> Box<dyn StreamTexts>;

    /// The last events of a stream that did not reach its end.
    fn interrupted(&self, by: Interruption<'_>) -> Vec<u8>;
}

// === impl ClientDialect ===

impl PartialEq for dyn ClientDialect {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for dyn ClientDialect {}
