//! What the texts of a stream cite.

use super::Blocks;
use crate::anthropic::stream::block::delta;

// === impl Blocks ===

impl Blocks {
    /// A citation of the text, as JSON.
    pub(in crate::anthropic::stream) fn cite(&mut self, citation: &[u8], out: &mut Vec<u8>) {
        self.cites = true;
        self.add_citation(citation, out);
    }

    /// What an annotation cites, as JSON: of the last block if it is a text, or of the first text if there was none yet. A
    /// text that has ended cannot cite any more, so an empty one behind it does. Upstreams that have citations too say it
    /// twice.
    pub(in crate::anthropic::stream) fn annotate(&mut self, citation: &[u8], out: &mut Vec<u8>) {
        if self.cites {
            return;
        }
        if self.has_text {
            self.add_citation(citation, out);
        } else {
            self.waiting_bytes += citation.len();
            self.early.push(citation.to_vec());
        }
    }

    /// The text that has begun cites what came before it.
    pub(super) fn annotate_early(&mut self, out: &mut Vec<u8>) {
        for citation in std::mem::take(&mut self.early) {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(citation.len());
            self.annotate(&citation, out);
        }
    }

    fn add_citation(&mut self, citation: &[u8], out: &mut Vec<u8>) {
        let slot = self.text_slot();
        let citation = delta("citations_delta", "citation", citation);
        self.add(slot, |block| block.wait(citation), out);
    }
}
