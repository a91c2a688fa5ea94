//! New inputs from old ones, the same ones for the same seed of the generator.

use fastrand::Rng;

/// The longest input that is made, in bytes. Longer ones find little and take long.
const LONGEST: usize = 16 * 1024;

/// Values that one of another kind may be replaced by.
const VALUES: [&str; 12] = [
    "null",
    "true",
    "0",
    "-1",
    "0.5",
    "1e9",
    "18446744073709551615",
    "\"\"",
    "\"a\"",
    "[]",
    "{}",
    "[null]",
];

/// A seed with one change, or with up to eight. Most changes break the syntax, and two of them nearly always do.
pub fn mutated(seeds: &[Vec<u8>], words: &[&str], random: &mut Rng) -> Vec<u8> {
    let mut input = random.choice(seeds).cloned().unwrap_or_default();
    let changes = if random.bool() { 1 } else { random.usize(1..=8) };
    for _ in 0..changes {
        change(&mut input, seeds, words, random);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str], random: &mut Rng) {
    let at = random.usize(0..=input.len());
    let end = random.usize(at..=input.len().min(at + 64));
    match random.u8(0..16) {
        0 => input
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|byte| *byte ^= 1 << random.u8(0..8)),
        1 => input.iter_mut().skip(at).take(1).for_each(|byte| *byte = random.u8(..)),
        2 => input.truncate(at),
        3 => drop(input.drain(at..end)),
        4 => {
            let again = input[at..end].to_vec();
            put(input, at, &again);
        }
        5 | 6 => put(input, at, random.choice(words).unwrap_or(&"").as_bytes()),
        7 => {
            // A number, or what stands where one may stand.
            let number = random.choice(["0", "-1", "1e9", "18446744073709551615", "0.1"]);
            input.splice(at..end.min(at + 1), number.unwrap_or_default().bytes());
        }
        8..=13 => replace_value(input, words, random),
        _ => {
            let other = random.choice(seeds).map_or(&[][..], Vec::as_slice);
            let from = random.usize(0..=other.len());
            let part = other[from..random.usize(from..=other.len())].to_vec();
            put(input, at, &part);
        }
    }
}

/// Puts another value where JSON has one: what follows a colon, a comma or a bracket, up to the next of them.
fn replace_value(input: &mut Vec<u8>, words: &[&str], random: &mut Rng) {
    let begins = |(at, byte): (usize, &u8)| b":,[".contains(byte).then_some(at + 1);
    let starts: Vec<usize> = input.iter().enumerate().filter_map(begins).collect();
    let Some(start) = random.choice(starts) else {
        return;
    };
    let length = input[start..]
        .iter()
        .take_while(|byte| !b",]}\n".contains(byte))
        .count();
    let choices = if random.u8(0..4) == 0 { words } else { &VALUES };
    let value = random.choice(choices).unwrap_or(&"");
    input.splice(start..start + length, value.bytes());
}

fn put(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_inputs_and_another_makes_others() {
        let seeds = [b"{\"a\":1}".to_vec(), b"[]".to_vec()];
        let inputs = |seed| {
            let mut random = Rng::with_seed(seed);
            (0..50)
                .map(|_| mutated(&seeds, &["null"], &mut random))
                .collect::<Vec<_>>()
        };
        assert_eq!(inputs(1), inputs(1));
        assert_ne!(inputs(1), inputs(2));
    }

    #[test]
    fn an_input_does_not_grow_for_ever() {
        let seeds = [vec![b'a'; LONGEST]];
        let mut random = Rng::with_seed(1);
        assert!((0..200).all(|_| mutated(&seeds, &["word"], &mut random).len() <= LONGEST));
    }
}
