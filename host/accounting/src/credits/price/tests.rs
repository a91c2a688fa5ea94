//! Tests of charges: known examples and general properties.

use proptest::prelude::*;

use super::*;

#[test]
fn a_charge_is_tokens_times_price_times_the_multiplier() {
    let price = Price::per_million(0.27, 1.1, 1.65);
    assert_eq!(price.charge(&Used::tokens(1_000_000, 0), Served::default()), 445_500);
    assert_eq!(price.charge(&Used::tokens(0, 1_000_000), Served::default()), 1_815_000);
    assert_eq!(price.charge(&Used::tokens(1_200, 345), Served::default()), 1_161);
    assert!(as_credits(3_000).to_string() == "0.003");
}

#[test]
fn half_a_micro_credit_is_rounded_up_even_where_binary_fractions_fall_short() {
    for (price, tokens, charge) in [
        (0.5, 1, 1),
        (0.49, 1, 0),
        (0.15, 10, 2),
        (1.005, 100, 101),
        (0.145, 100, 15),
    ] {
        assert_eq!(
            Price::per_million(price, 0.0, 1.0).charge(&Used::tokens(tokens, 0), Served::default()),
            charge,
            "{price}"
        );
    }
}

#[test]
fn input_and_output_are_rounded_together() {
    assert_eq!(
        Price::per_million(0.25, 0.25, 1.0).charge(&Used::tokens(1, 1), Served::default()),
        1
    );
}

#[test]
fn invalid_prices_cost_nothing() {
    for price in [-1.0, f64::NAN, f64::NEG_INFINITY, 0.0] {
        assert_eq!(
            Price::per_million(price, price, 1.0).charge(&Used::tokens(u64::MAX, u64::MAX), Served::default()),
            0
        );
        assert!(Price::per_million(price, price, 1.65).is_free());
    }
}

#[test]
fn an_excessive_charge_is_capped() {
    let price = Price::per_million(f64::INFINITY, f64::MAX, f64::MAX);
    assert_eq!(
        price.charge(&Used::tokens(u64::MAX, u64::MAX), Served::default()),
        MAX_CHARGE
    );
    assert_eq!(price.estimate(&Used::tokens(u64::MAX, u64::MAX), None), MAX_CHARGE);
}

#[test]
fn an_image_costs_what_its_quality_and_size_do_as_far_as_they_have_a_price() {
    let rates = SteppedRates {
        usual: Rates {
            image: 0.04,
            ..Rates::default()
        },
        above: Vec::new(),
    };
    let own = [("hd/1024x1024", 0.08), ("512x512", 0.02), ("low", 0.01)];
    let price = Price::new(&rates, &[], own.into_iter(), 1.5);
    let two = Used {
        images: 2,
        ..Used::default()
    };
    for (image, charge) in [
        (None, 120_000),
        (Some("hd/1024x1024"), 240_000),
        (Some("HD/1024x1024"), 240_000),
        (Some("hd/512x512"), 60_000),
        (Some("512x512"), 60_000),
        (Some("low/1x1"), 30_000),
        (Some("low"), 30_000),
        (Some("hd"), 120_000),
    ] {
        let served = Served {
            image,
            ..Served::default()
        };
        assert_eq!(price.charge(&two, served), charge, "{image:?}");
        assert_eq!(price.estimate(&two, image), charge, "{image:?}");
    }
    let free = Price::new(&SteppedRates::default(), &[], [("hd", 0.1)].into_iter(), 1.0);
    assert!(!free.is_free());
}

#[test]
fn recordings_are_paid_by_the_millisecond_and_speech_by_the_character() {
    let usual = Rates {
        second: 0.000_030_83,
        characters: 15.0,
        ..Rates::default()
    };
    let rates = SteppedRates {
        usual,
        above: Vec::new(),
    };
    let price = Price::new(&rates, &[], std::iter::empty(), 1.0);
    let used = Used {
        recording_ms: 3_600_500,
        characters: 100,
        ..Used::default()
    };
    assert_eq!(price.charge(&used, Served::default()), 111_003 + 1_500);
}

#[test]
fn an_estimate_is_zero_only_where_everything_is_free() {
    assert_eq!(
        Price::per_million(0.000_001, 0.0, 1.0).estimate(&Used::tokens(1, 0), None),
        1
    );
    assert_eq!(
        Price::per_million(0.0, 0.0, 1.65).estimate(&Used::tokens(1_000, 1_000), None),
        0
    );
}

proptest! {
    /// Compares with the same rule in integers, for prices that are whole millionths.
    #[test]
    fn charges_equal_exact_arithmetic(
        (input, output) in (0_u64..50_000_000, 0_u64..200_000_000),
        multiplier in 0_u64..10_000_000,
        (input_tokens, output_tokens) in (0_u64..2_000_000, 0_u64..200_000),
    ) {
        let decimal = |millionths: u64| format!("{millionths}e-6").parse::<f64>().unwrap();
        let price = Price::per_million(decimal(input), decimal(output), decimal(multiplier));
        let used = u128::from(input) * u128::from(input_tokens) + u128::from(output) * u128::from(output_tokens);
        let exact = (used * u128::from(multiplier) + UNIT / 2) / UNIT;
        prop_assert_eq!(u128::try_from(price.charge(&Used::tokens(input_tokens, output_tokens), Served::default())).unwrap(), exact);
    }

    #[test]
    fn a_charge_is_within_its_bounds_and_never_falls_with_more_tokens(
        prices in (any::<f64>(), any::<f64>(), any::<f64>()),
        tokens in (any::<u64>(), any::<u64>()),
    ) {
        let price = Price::per_million(prices.0, prices.1, prices.2);
        let charge = price.charge(&Used::tokens(tokens.0, tokens.1), Served::default());
        prop_assert!((0..=MAX_CHARGE).contains(&charge));
        prop_assert!(charge <= price.charge(&Used::tokens(tokens.0.saturating_add(1), tokens.1), Served::default()));
        prop_assert!(charge <= price.charge(&Used::tokens(tokens.0, tokens.1.saturating_add(1)), Served::default()));
    }

    #[test]
    fn an_estimate_covers_the_charge_for_the_same_tokens(input in 0_u64..1 << 38, output in 0_u64..1 << 32) {
        let price = Price::per_million(0.27, 1.1, 1.65);
        prop_assert!(price.estimate(&Used::tokens(input, output), None) >= price.charge(&Used::tokens(input, output), Served::default()));
    }
}
