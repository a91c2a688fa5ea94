//! Compiling: one component at a time, on one thread of low priority. A large one takes many seconds of a core and some
//! hundred megabytes, and requests are served meanwhile.

use std::sync::{Mutex, PoisonError};
use std::thread;

use wasmtime::component::Component;

use crate::LoadError;
use crate::pace::lower_priority;

/// Compiles components in turn.
#[derive(Default)]
pub(crate) struct Compiler {
    turn: Mutex<()>,
}

// === impl Compiler ===

impl Compiler {
    /// Compiles a component while this thread waits.
    pub(crate) fn compile(&self, engine: &wasmtime::Engine, bytes: &[u8]) -> Result<Component, LoadError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let compile = || {
            lower_priority();
            Component::from_binary(engine, bytes)
        };
        let compiled = thread::scope(|scope| {
            let named = thread::Builder::new().name("compiler".to_owned());
            let started = named.spawn_scoped(scope, compile).map_err(|error| error.to_string())?;
            started.join().map_err(|_| "the compiler panicked".to_owned())
        });
        let compiled = compiled.map_err(LoadError::Compile)?;
        compiled.map_err(|error| LoadError::Compile(error.root_cause().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_component_is_reported_and_the_next_one_compiles() {
        let (engine, compiler) = (wasmtime::Engine::default(), Compiler::default());
        let broken = compiler.compile(&engine, b"\0asm\x0d\0\x01\0rest");
        assert!(matches!(broken, Err(LoadError::Compile(_))));
        let bytes = wat::parse_str("(component)").unwrap();
        assert!(compiler.compile(&engine, &bytes).is_ok());
    }
}
