//! The gRPC codec for calls that are encoded before they are made.

use bytes::BufMut;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

use crate::upstream::outgoing_body::OutgoingBody;

/// Writes bytes as they are, and reads what a collector answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Encoded;

// === impl Encoded ===

impl Codec for Encoded {
    type Encode = OutgoingBody;
    type Decode = ExportTraceServiceResponse;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Encoded {
    type Item = OutgoingBody;
    type Error = Status;

    fn encode(&mut self, call: OutgoingBody, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        call.iter().for_each(|piece| into.put_slice(piece));
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = ExportTraceServiceResponse;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        let answer = ExportTraceServiceResponse::decode(from);
        answer.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
