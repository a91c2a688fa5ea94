//! Adapters of the fleet as they are built, over upstreams that speak their vendors' protocols, with keys and books.

mod bedrock;
mod bfl;
mod fal;
mod kept;
mod replicate;
mod studio;
mod vertex;
