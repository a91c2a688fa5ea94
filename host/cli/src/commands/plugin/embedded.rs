//! The SDK, the contract and the template of a plugin, embedded by the build script.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
