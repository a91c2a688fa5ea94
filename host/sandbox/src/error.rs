//! The errors of loading a plugin and of calling it.

use std::time::Duration;

use crate::contract::Failure;

/// Why a file was not loaded as a plugin. Each message is a predicate whose subject is the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// The machine cannot run WebAssembly. The only message that is not about a file.
    #[error("WebAssembly cannot run on this machine: {0}")]
    Engine(String),
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Read(String),
    /// The file is neither a module nor a component: garbage, or still being written.
    #[error("is not a WebAssembly component (it begins with {found})")]
    NotWasm {
        /// The first bytes, in hexadecimal.
        found: String,
    },
    /// The file is a core module that was not packed into a component.
    #[error("is a core module, not a component")]
    CoreModule,
    /// The component does not compile; usually the file was cut off.
    #[error("does not compile: {0}")]
    Compile(String),
    /// The component exports neither an adapter nor a shaper.
    #[error("exports no `adapter` and no `shaper` of jackfield:plugin@{host} (it exports {found})")]
    WrongWorld {
        /// What it exports instead.
        found: String,
        /// The host's contract version.
        host: &'static str,
    },
    /// The plugin was built for another major version of the contract.
    #[error("was built for jackfield:plugin@{plugin}, but this host implements jackfield:plugin@{host}")]
    WrongVersion {
        /// The plugin's contract version.
        plugin: String,
        /// The host's contract version.
        host: &'static str,
    },
    /// The plugin was built for a later version of the contract, and needs what this host lacks.
    #[error("was built for jackfield:plugin@{plugin}, but this host implements {host}: {reason}")]
    NewerContract {
        /// The plugin's contract version.
        plugin: String,
        /// The host's contract version.
        host: &'static str,
        /// What is missing.
        reason: String,
    },
    /// The manifest asks for a later version of the host.
    #[error("needs Jackfield {needs} or later, and this is {host}")]
    HostTooOld {
        /// The manifest's `minimum_host`.
        needs: String,
        /// The host's version.
        host: &'static str,
    },
    /// The file is a shaper where an adapter is wanted.
    #[error("is a shaper, not an adapter")]
    WrongKind,
    /// The component has async functions (Component Model, "Async"), which the contract has not.
    #[error("was built with async functions, which this host does not run: {0}")]
    Async(String),
    /// The component imports interfaces that the host does not provide; their names.
    #[error("imports {0}, which this host does not provide")]
    Imports(String),
    /// The component's imports have other types than the host's.
    #[error("does not link: {0}")]
    Link(String),
    /// The call of `describe` failed.
    #[error("has a failing `describe`: it {0}")]
    Describe(CallError),
    /// The manifest is not JSON, or lacks something.
    #[error("has an invalid manifest: {0}")]
    Manifest(String),
}

/// Why the sandbox ended a call. It ends that one request and affects no other. Each message is a predicate whose
/// subject is the plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A trap: a panic, `unreachable`, an access out of bounds.
    #[error("trapped: {0}")]
    Trap(String),
    /// The call reached its deadline.
    #[error("ran longer than {0:?}")]
    Deadline(Duration),
    /// The call reached its memory limit, in bytes.
    #[error("asked for more than {0} bytes of memory")]
    Memory(usize),
    /// The result is larger than this many bytes.
    #[error("returned more than {0} bytes")]
    Output(usize),
    /// The plugin could not be instantiated.
    #[error("could not be instantiated: {0}")]
    Instantiate(String),
}

/// The result of a call: the plugin's own, which may be a failure, or the sandbox's error.
pub(crate) type CallResult<T> = Result<Result<T, Failure>, CallError>;

// === impl CallError ===

impl CallError {
    /// The names of the kinds, for counters.
    pub const KINDS: [&'static str; 5] = ["trap", "deadline", "memory", "output", "instantiate"];

    /// Where the name of its kind is.
    pub(crate) fn place(&self) -> usize {
        match self {
            Self::Trap(_) => 0,
            Self::Deadline(_) => 1,
            Self::Memory(_) => 2,
            Self::Output(_) => 3,
            Self::Instantiate(_) => 4,
        }
    }
}

// === impl LoadError ===

impl LoadError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Engine(_) => "run it where WebAssembly can be compiled",
            Self::Read(_) => "make it readable for this process",
            Self::NotWasm { .. } => "build one with `jackfield plugin build`",
            Self::CoreModule => "pack it with `jackfield plugin build` or `wasm-tools component new`",
            Self::Compile(_) => "rebuild it, or wait until the file is complete",
            Self::WrongWorld { .. } => "implement the world `adapter-plugin` or `shaper-plugin`",
            Self::WrongVersion { .. } => {
                "rebuild it with the SDK of this host's release, or run a host of the plugin's major version"
            }
            Self::NewerContract { .. } => {
                "upgrade the gateway, or rebuild the plugin with the SDK of this host's release"
            }
            Self::HostTooOld { .. } => "upgrade the gateway, or use an earlier version of the plugin",
            Self::WrongKind => "name it in `shapers` instead",
            Self::Async(_) => {
                "build it without, as `jackfield plugin build` does; the switch of componentize-qjs is `--sync`"
            }
            Self::Imports(names) if names.contains("wasi:http") => {
                "build it without, as `jackfield plugin build` does; the switch of componentize-js is \
                 `--disable http fetch-event`, both of them"
            }
            Self::Imports(_) => {
                "import only jackfield:plugin and, of WASI 0.2, cli, clocks, filesystem, io, random and sockets"
            }
            Self::Link(_) => "build it against the contract that `jackfield plugin wit` prints",
            Self::Describe(_) | Self::Manifest(_) => "fix the plugin and rebuild it",
        }
    }
}
