//! A contract of major version 2, as wit-bindgen writes it: nothing here is by hand but the world.
#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    reason = "generated"
)]

wit_bindgen::generate!({
    inline: "
        package jackfield:plugin@2.0.0;

        interface adapter {
            describe: func() -> list<u8>;
        }

        world adapter-plugin {
            export adapter;
        }
    ",
});
