//! Hands libFuzzer's inputs to the target that the environment names in `TARGET`.
#![no_main]

use std::sync::LazyLock;

use jackfield_fuzz::targets::{self, Target};
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("TARGET").expect("TARGET names a fuzz target");
    targets::find(&name).expect("TARGET names one of the fuzz targets")
});

fuzz_target!(|data: &[u8]| (TARGET.run)(data));
