//! Texts for the model that do not come from the client.

/// Where an instruction goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstructionPlace {
    /// Before the client's system text.
    First,
    /// After it.
    Last,
    /// Instead of it.
    Only,
}

/// A text for the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Where it goes.
    pub place: InstructionPlace,
    /// The text.
    pub text: String,
}

/// The texts that go to one place, in order.
pub(crate) fn at(instructions: &[Instruction], place: InstructionPlace) -> impl Iterator<Item = &str> {
    let there = instructions.iter().filter(move |it| it.place == place);
    there.map(|it| it.text.as_str())
}

/// True if the client's own system text is to go.
pub(crate) fn replaces(instructions: &[Instruction]) -> bool {
    at(instructions, InstructionPlace::Only).next().is_some()
}
