//! Adapters of the fleet as they are built, over upstreams that speak their vendors' protocols, with keys and books.

mod audio;
mod bedrock;
mod bfl;
mod edits;
mod endpoints;
mod fal;
mod kept;
mod replicate;
mod studio;
mod vectors;
mod vertex;
