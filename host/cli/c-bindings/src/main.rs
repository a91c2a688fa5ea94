//! Writes the C header and code of each world that a plugin can implement: `jackfield-c-bindings WIT_FOLDER OUT_FOLDER`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};
use wit_bindgen_c::Opts;
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;

/// The worlds; the others of the contract only add to these.
const WORLDS: [&str; 2] = ["adapter-plugin", "shaper-plugin"];

/// The comment above what links the object.
const OBJECT: &str = "\n// Ensure that the *_component_type.o object is linked in";

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [wit, out] = folders.as_slice() else {
        return Err("usage: jackfield-c-bindings WIT_FOLDER OUT_FOLDER".into());
    };
    WORLDS.iter().try_for_each(|world| generate(wit, world, out))?;
    Ok(fs::write(out.join("contract.sha256"), digest(wit)?)?)
}

/// SHA-256 of the contract's files in the order of their names, by which a test tells whether the header is of this
/// contract.
fn digest(wit: &Path) -> Result<String, std::io::Error> {
    let entries = fs::read_dir(wit)?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<PathBuf> = entries.iter().map(|entry| entry.path()).collect();
    files.sort();
    let contents: Vec<Vec<u8>> = files.iter().map(fs::read).collect::<Result<_, _>>()?;
    Ok(format!("{:x}\n", Sha256::digest(contents.concat())))
}

/// Without the object that holds the component's type: `plugin build` adds the type itself.
fn generate(wit: &Path, world: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit)?;
    let world = resolve.select_world(&[package], Some(world))?;
    let mut files = Files::default();
    let options = Opts {
        no_object_file: true,
        ..Opts::default()
    };
    options.build().generate(&mut resolve, world, &mut files)?;
    for (name, content) in files.iter() {
        let text = String::from_utf8_lossy(content);
        // The end of the code is a reference to the object that is not made.
        let text = text.split(OBJECT).next().unwrap_or_default();
        fs::write(out.join(name), text)?;
    }
    Ok(())
}
