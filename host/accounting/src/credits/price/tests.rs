//! Tests of charges: known examples and general properties.

use proptest::prelude::*;

use super::*;

#[test]
fn a_charge_is_tokens_times_price_times_the_multiplier() {
    let price = Price::per_million(0.27, 1.1, 1.65);
    assert_eq!(price.charge(&Used::tokens(1_000_000, 0), None), 445_500);
    assert_eq!(price.charge(&Used::tokens(0, 1_000_000), None), 1_815_000);
    assert_eq!(price.charge(&Used::tokens(1_200, 345), None), 1_161);
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
            Price::per_million(price, 0.0, 1.0).charge(&Used::tokens(tokens, 0), None),
            charge,
            "{price}"
        );
    }
}

#[test]
fn input_and_output_are_rounded_together() {
    assert_eq!(Price::per_million(0.25, 0.25, 1.0).charge(&Used::tokens(1, 1), None), 1);
}

#[test]
fn invalid_prices_cost_nothing() {
    for price in [-1.0, f64::NAN, f64::NEG_INFINITY, 0.0] {
        assert_eq!(
            Price::per_million(price, price, 1.0).charge(&Used::tokens(u64::MAX, u64::MAX), None),
            0
        );
        assert!(Price::per_million(price, price, 1.65).is_free());
    }
}

#[test]
fn an_excessive_charge_is_capped() {
    let price = Price::per_million(f64::INFINITY, f64::MAX, f64::MAX);
    assert_eq!(price.charge(&Used::tokens(u64::MAX, u64::MAX), None), MAX_CHARGE);
    assert_eq!(price.estimate(&Used::tokens(u64::MAX, u64::MAX)), MAX_CHARGE);
}

#[test]
fn an_estimate_is_zero_only_where_everything_is_free() {
    assert_eq!(Price::per_million(0.000_001, 0.0, 1.0).estimate(&Used::tokens(1, 0)), 1);
    assert_eq!(
        Price::per_million(0.0, 0.0, 1.65).estimate(&Used::tokens(1_000, 1_000)),
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
        prop_assert_eq!(u128::try_from(price.charge(&Used::tokens(input_tokens, output_tokens), None)).unwrap(), exact);
    }

    #[test]
    fn a_charge_is_within_its_bounds_and_never_falls_with_more_tokens(
        prices in (any::<f64>(), any::<f64>(), any::<f64>()),
        tokens in (any::<u64>(), any::<u64>()),
    ) {
        let price = Price::per_million(prices.0, prices.1, prices.2);
        let charge = price.charge(&Used::tokens(tokens.0, tokens.1), None);
        prop_assert!((0..=MAX_CHARGE).contains(&charge));
        prop_assert!(charge <= price.charge(&Used::tokens(tokens.0.saturating_add(1), tokens.1), None));
        prop_assert!(charge <= price.charge(&Used::tokens(tokens.0, tokens.1.saturating_add(1)), None));
    }

    #[test]
    fn an_estimate_covers_the_charge_for_the_same_tokens(input in 0_u64..1 << 38, output in 0_u64..1 << 32) {
        let price = Price::per_million(0.27, 1.1, 1.65);
        prop_assert!(price.estimate(&Used::tokens(input, output)) >= price.charge(&Used::tokens(input, output), None));
    }
}
