//! What can go wrong with a plugin: while it is loaded, and while it is called.

use std::time::Duration;

/// Why a file is not accepted as a plugin. Each message says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The machine cannot run WebAssembly.
    #[error("WebAssembly cannot run on this machine: {0}")]
    Engine(String),
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(String),
    /// Neither a module nor a component: garbage, or a file that is still being written.
    #[error("is not a WebAssembly component (it begins with {found}); build one with `jackfield plugin build`")]
    NotWasm {
        /// The first bytes, in hexadecimal.
        found: String,
    },
    /// A core module that was not packed.
    #[error("is a core module, not a component; pack it with `jackfield plugin build` or `wasm-tools component new`")]
    CoreModule,
    /// The component does not compile; usually cut off in the middle.
    #[error("does not compile: {0}; build it again, or wait until it has been written in full")]
    Compile(String),
    /// No adapter is exported.
    #[error(
        "exports no `jackfield:plugin/adapter` (it exports {found}); implement the world `adapter-plugin` of jackfield:plugin@{host}"
    )]
    WrongWorld {
        /// What it exports instead.
        found: String,
        /// The host's contract version.
        host: &'static str,
    },
    /// The contract's major version differs.
    #[error(
        "was built for jackfield:plugin@{plugin}, this host speaks jackfield:plugin@{host}; rebuild it with the SDK of the host's version"
    )]
    WrongVersion {
        /// The plugin's contract version.
        plugin: String,
        /// The host's contract version.
        host: &'static str,
    },
    /// It wants something of the host that does not exist.
    #[error("does not link: {0}; a plugin may import only jackfield:plugin and WASI 0.2")]
    Link(String),
    /// `describe` failed.
    #[error("fails in `describe`: {0}")]
    Describe(CallError),
    /// The manifest is not what it should be.
    #[error("has a bad manifest: {0}")]
    Manifest(String),
}

/// Why a call of a plugin gave no result. It ends that one request and touches no other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It trapped (a panic, `unreachable`, a wild access).
    #[error("trapped: {0}")]
    Trap(String),
    /// It ran for too long.
    #[error("ran longer than {0:?}")]
    Deadline(Duration),
    /// It wanted too much memory.
    #[error("wanted more than {0} bytes of memory")]
    Memory(usize),
    /// Its result is too large.
    #[error("returned more than {0} bytes")]
    Output(usize),
    /// No instance could be made.
    #[error("could not be instantiated: {0}")]
    Instantiate(String),
}
