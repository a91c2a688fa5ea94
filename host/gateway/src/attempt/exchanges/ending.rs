//! How an attempt ends: with its reply as the client wants it, or with the request that cancels its job.

use jackfield_dialects::Operation;
use jackfield_sandbox::contract::{Body, HttpRequest};

use super::Exchanges;
use crate::attempt::ProviderReply;
use crate::attempt::cancel::{AskedCancel, Cancel};
use crate::attempt::embedding::embedded;
use crate::attempt::outgoing::Checked;
use crate::attempt::reply_stream::UpstreamStream;
use crate::error::Failure;

// === impl Exchanges ===

impl Exchanges<'_> {
    /// A reply as the client wants it: with images in place of their URLs, and streamed or not.
    pub(super) async fn finished(
        &mut self,
        reply: ProviderReply<UpstreamStream>,
    ) -> Result<ProviderReply<UpstreamStream>, Failure> {
        let reply = match reply {
            ProviderReply::Whole(form, body) if self.makes_images() && self.wants_images() => {
                let body = embedded(self.adapter, body, &mut self.clocks).await?;
                ProviderReply::Whole(form, body)
            }
            reply => reply,
        };
        self.as_asked(reply)
    }

    fn makes_images(&self) -> bool {
        self.task.operation.capability() == Operation::Images
    }

    /// True if the client asked for images as Base64, in either of the words for it.
    fn wants_images(&self) -> bool {
        let format = self.payload.members.get("response_format");
        format.is_some_and(|format| [r#""b64_json""#, r#""base64""#].contains(&format.get()))
    }

    /// Remembers how the job of this attempt is cancelled, in place of what was remembered before.
    pub(super) fn remember_cancel(&mut self, asked: AskedCancel) -> Result<(), Failure> {
        let asked = HttpRequest {
            method: asked.method,
            path: asked.path,
            headers: Vec::new(),
            body: Body::Empty,
        };
        let checked = Checked::new((&self.adapter.reach, self.credential), asked)?;
        let request = checked.outgoing(self.payload)?;
        let cancel = Cancel::new(
            (self.adapter, self.credential),
            &self.payload.text.id,
            (request, checked.client),
        );
        self.forget_cancel();
        self.cancel = Some(cancel);
        Ok(())
    }

    pub(super) fn forget_cancel(&mut self) {
        if let Some(cancel) = self.cancel.take() {
            cancel.forget();
        }
    }
}
