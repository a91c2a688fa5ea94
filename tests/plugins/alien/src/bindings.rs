//! The other world, as wit-bindgen writes it: nothing here is by hand but the world.
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
        package other:thing@0.1.0;

        interface greeting {
            greet: func() -> string;
        }

        world thing {
            export greeting;
        }
    ",
});
