//! Sends what belongs together to the same place: a fingerprint, and rendezvous hashing by it.
//!
//! Every node and every start of the process must come to the same result, so the hashes are fixed ones. They need no
//! strength against attackers: whoever chooses a fingerprint chooses only among the places that serve everybody.

/// What requests that belong together have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Affinity(u64);

/// The name of a place to which requests can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u64);

/// What a request has in common with others, as far as somebody wants to know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Affinities {
    /// With those of the same conversation.
    pub(crate) conversation: Option<Affinity>,
    /// With those of the same user.
    pub(crate) user: Option<Affinity>,
}

// === impl Affinity ===

impl Affinity {
    /// The fingerprint of these parts, in this order.
    #[must_use]
    pub(crate) fn of<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> Self {
        Self(hash(parts))
    }

    /// How much this fingerprint prefers a place, among places that share the load equally. The place with the highest
    /// score wins; that of any other place does not depend on which places there are, so that a place that goes away
    /// takes only its own share with it (Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates",
    /// 1998).
    #[must_use]
    pub(crate) fn score(self, place: Place) -> u64 {
        mixed(self.0 ^ mixed(place.0))
    }

    /// The same for places of which each takes a share of the load by its weight: the lowest time wins (weighted
    /// rendezvous hashing: Resch, "New Hashing Algorithms for Data Storage", 2015).
    #[must_use]
    pub(crate) fn time(self, place: Place, weight: u32) -> f64 {
        -unit(self.score(place)).ln() / f64::from(weight)
    }
}

// === impl Place ===

impl Place {
    /// The place whose name has these parts.
    #[must_use]
    pub(crate) fn of<'p>(name: impl IntoIterator<Item = &'p [u8]>) -> Self {
        Self(hash(name))
    }
}

/// The hash of these parts.
fn hash<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> u64 {
    parts.into_iter().fold(FNV_BASIS, |hash, part| {
        // The length keeps the ends of the parts apart.
        let hash = fnv(hash, &(part.len() as u64).to_le_bytes());
        fnv(hash, part)
    })
}

/// The offset basis of FNV-1a with 64 bits (RFC 9923).
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a over the bytes, going on from `hash`.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    let add = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(hash, add)
}

/// Spreads each bit over all others (the finalizer of `SplitMix64`).
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// The number as a fraction, above zero and below one.
#[expect(clippy::cast_precision_loss, reason = "53 bits are kept, and as many are wanted")]
fn unit(hash: u64) -> f64 {
    ((hash >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of a thousand conversations go to each place.
    fn shares(places: &[(&str, u32)]) -> Vec<usize> {
        let mut shares = vec![0; places.len()];
        for affinity in conversations() {
            shares[winner(affinity, places)] += 1;
        }
        shares
    }

    fn conversations() -> impl Iterator<Item = Affinity> {
        (0..1000_u32).map(|number| Affinity::of([number.to_string().as_bytes()]))
    }

    fn winner(affinity: Affinity, places: &[(&str, u32)]) -> usize {
        let time = |place: &(&str, u32)| affinity.time(Place::of([place.0.as_bytes()]), place.1);
        let winner = places
            .iter()
            .enumerate()
            .min_by(|(_, one), (_, other)| time(one).total_cmp(&time(other)));
        winner.unwrap().0
    }

    #[test]
    fn the_places_share_by_their_weights() {
        for (places, expected) in [
            (&[("a", 1), ("b", 1)][..], &[500, 500][..]),
            (&[("a", 3), ("b", 1)], &[750, 250]),
            (&[("a", 5), ("b", 3), ("c", 2)], &[500, 300, 200]),
        ] {
            for (share, expected) in shares(places).into_iter().zip(expected) {
                assert!(share.abs_diff(*expected) < 50, "{share} instead of {expected}");
            }
        }
    }

    #[test]
    fn a_place_that_goes_away_takes_only_its_own_share_with_it() {
        let all = [("a", 1), ("b", 1), ("c", 1)];
        for affinity in conversations() {
            let before = winner(affinity, &all);
            if before != 2 {
                assert_eq!(winner(affinity, &all[..2]), before);
            }
        }
    }

    #[test]
    fn the_ends_of_the_parts_count() {
        let of = |parts: &[&str]| Affinity::of(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["ab"]), of(&["ab", ""]));
    }

    #[test]
    fn the_hashes_are_those_of_every_other_node() {
        assert_eq!(fnv(FNV_BASIS, b"foobar"), 0x8594_4171_f739_67e8, "from RFC 9923");
        // That of this version. If it changes, conversations move once, at the update.
        assert_eq!(
            Affinity::of([&b"a"[..]]).score(Place::of([&b"b"[..]])),
            0x8f56_005d_a3d1_37c8
        );
    }
}
