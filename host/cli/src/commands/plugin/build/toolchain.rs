//! Finds a compiler for `wasm32-unknown-unknown` and prepares calls of its cargo.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The target that plugins are compiled for. It has no system interface, so a component imports only the contract.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// A small stack, placed first: the pool then has little memory to reset, and an overflow traps instead of overwriting
/// data. Vector instructions, which every host of plugins has: texts are searched sixteen bytes at a time.
const COMPILER_FLAGS: &str = "-C link-arg=-zstack-size=65536 -C link-arg=--stack-first -C target-feature=+simd128";

/// The release profile of every plugin, regardless of its workspace's. Function names are kept for the backtraces of
/// traps; line tables, of which a precompiled standard library brings many, are stripped.
const PROFILE: [(&str, &str); 6] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3"),
    ("CARGO_PROFILE_RELEASE_LTO", "fat"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_PROFILE_RELEASE_STRIP", "debuginfo"),
];

/// The profile of a build whose author waits for it: nothing is optimised over crates, and what did not change is kept.
const PROFILE_SOON: [(&str, &str); 7] = [
    ("CARGO_PROFILE_DEV_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_DEV_LTO", "off"),
    ("CARGO_PROFILE_DEV_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_DEV_PANIC", "abort"),
    ("CARGO_PROFILE_DEV_DEBUG", "0"),
    ("CARGO_PROFILE_DEV_STRIP", "debuginfo"),
    ("CARGO_PROFILE_DEV_INCREMENTAL", "true"),
];

/// Variables that would override our flags.
const FLAGS: [&str; 3] = ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS"];

/// Variables that would make the system's cargo use another compiler.
const COMPILERS: [&str; 10] = [
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "RUSTUP_TOOLCHAIN",
    "RUSTDOC",
    "CARGO",
    "LD_LIBRARY_PATH",
];

/// No compiler for plugins is installed.
#[derive(Debug, thiserror::Error)]
#[error(
    "no compiler for {TARGET} found; install one:\n\
     \x20 with rustup:      rustup target add {TARGET}\n\
     \x20 on Debian 12:     apt-get install rustc-web cargo-web rust-web-src rust-web-llvm lld-19"
)]
pub(in crate::commands::plugin) struct ToolchainMissing;

/// What a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands::plugin) enum Speed {
    /// Use: the component is as fast and small as can be.
    Best,
    /// A look at a change: the component is there soon.
    Soon,
}

/// A compiler for plugins.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Toolchain {
    /// The Rust on the PATH, which has the target's standard library.
    Installed,
    /// The system's Rust, which has to compile the standard library from source.
    FromSource {
        /// The folder that holds `cargo` and `rustc`.
        bin: PathBuf,
        /// The WebAssembly linker in the same folder.
        linker: PathBuf,
    },
}

// === impl Speed ===

impl Speed {
    /// The folder below the target's in which cargo leaves the module.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Best => "release",
            Self::Soon => "debug",
        }
    }
}

// === impl Toolchain ===

impl Toolchain {
    /// The same as [`Self::find`], which is asked once in a process: `plugin dev` builds again and again.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub(super) fn known() -> Result<&'static Self, ToolchainMissing> {
        static KNOWN: OnceLock<Toolchain> = OnceLock::new();
        if let Some(known) = KNOWN.get() {
            return Ok(known);
        }
        let found = Self::find()?;
        Ok(KNOWN.get_or_init(|| found))
    }

    /// The Rust on the PATH if it can compile plugins, otherwise the one that system packages installed under `/usr`.
    ///
    /// # Errors
    /// If neither exists; the message says what to install.
    fn find() -> Result<Self, ToolchainMissing> {
        if target_library("rustc".as_ref()).is_some_and(|library| library.is_dir()) {
            return Ok(Self::Installed);
        }
        Self::from_source(Path::new("/usr"))
    }

    /// The toolchain under `prefix`, if it is complete.
    fn from_source(prefix: &Path) -> Result<Self, ToolchainMissing> {
        let bin = prefix.join("bin");
        let source = prefix.join("lib/rustlib/src/rust/library/Cargo.toml");
        let complete = [bin.join("cargo"), bin.join("rustc"), source]
            .iter()
            .all(|file| file.is_file());
        match newest_linker(&bin) {
            Some(linker) if complete => Ok(Self::FromSource { bin, linker }),
            _ => Err(ToolchainMissing),
        }
    }

    /// Cargo, shielded from the variables of another toolchain that this program may have been started under.
    pub(super) fn cargo(&self) -> Command {
        match self {
            Self::Installed => Command::new("cargo"),
            Self::FromSource { bin, .. } => {
                let mut command = Command::new(bin.join("cargo"));
                for variable in COMPILERS {
                    command.env_remove(variable);
                }
                command.env("RUSTC", bin.join("rustc"));
                command
            }
        }
    }

    /// `cargo build` for the target, with the profile and link arguments of plugins.
    pub(super) fn cargo_build(&self, speed: Speed) -> Command {
        let mut command = self.cargo();
        for variable in FLAGS {
            command.env_remove(variable);
        }
        command
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", COMPILER_FLAGS)
            .args(["build", "--target", TARGET]);
        match speed {
            Speed::Best => command.envs(PROFILE).arg("--release"),
            Speed::Soon => command.envs(PROFILE_SOON).arg("--quiet"),
        };
        if let Self::FromSource { linker, .. } = self {
            command
                // A stable compiler builds the standard library only with unstable options allowed.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .arg("-Zbuild-std=std,panic_abort");
        }
        command
    }
}

/// The folder of the target's standard library, which exists only if that is installed.
fn target_library(rustc: &OsStr) -> Option<PathBuf> {
    let printed = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Some(PathBuf::from(String::from_utf8(printed.stdout).ok()?.trim()))
}

/// `wasm-ld` in a folder, or else the newest `wasm-ld-NN`.
fn newest_linker(bin: &Path) -> Option<PathBuf> {
    let version = |name: &OsStr| match name.to_str()?.strip_prefix("wasm-ld")? {
        "" => Some(u32::MAX),
        version => version.strip_prefix('-')?.parse().ok(),
    };
    std::fs::read_dir(bin)
        .ok()?
        .flatten()
        .filter_map(|entry| Some((version(&entry.file_name())?, entry.path())))
        .max()
        .map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, all empty.
    fn system(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        root
    }

    const RUST: [&str; 3] = ["bin/cargo", "bin/rustc", "lib/rustlib/src/rust/library/Cargo.toml"];

    #[test]
    fn the_newest_numbered_linker_is_taken() {
        let root = system(&[&RUST[..], &["bin/wasm-ld-9", "bin/wasm-ld-19", "bin/wasm-ldx"]].concat());
        let Ok(Toolchain::FromSource { linker, .. }) = Toolchain::from_source(root.path()) else {
            panic!("not found");
        };
        assert_eq!(linker, root.path().join("bin/wasm-ld-19"));
    }

    #[test]
    fn each_missing_part_makes_the_toolchain_missing() {
        let all = [&RUST[..], &["bin/wasm-ld-19"]].concat();
        for missing in 0..all.len() {
            let mut files = all.clone();
            files.remove(missing);
            let root = system(&files);
            assert!(Toolchain::from_source(root.path()).is_err(), "without {}", all[missing]);
        }
    }

    #[test]
    fn the_error_says_what_to_install_with_and_without_rustup() {
        let message = ToolchainMissing.to_string();
        assert!(
            message.contains("rustup target add wasm32-unknown-unknown"),
            "{message}"
        );
        assert!(message.contains("rust-web-src rust-web-llvm lld-19"), "{message}");
    }

    #[test]
    fn inherited_flags_and_compilers_do_not_reach_the_system_cargo() {
        let root = system(&[&RUST[..], &["bin/wasm-ld-19"]].concat());
        let command = Toolchain::from_source(root.path()).unwrap().cargo_build(Speed::Best);
        let removed: Vec<_> = command
            .get_envs()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| name)
            .collect();
        for variable in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTUP_TOOLCHAIN",
            "RUSTC_WRAPPER",
        ] {
            assert!(removed.contains(&OsStr::new(variable)), "{variable} is inherited");
        }
    }
}
