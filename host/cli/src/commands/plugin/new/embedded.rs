//! The files that the build script embedded: the SDK, the contract and the template.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
