//! Counts in the words and the places of many vendors.

use super::Usage;
use crate::words::name::ServiceTier;

#[test]
fn every_count_is_read() {
    let usage = Usage::from_canonical(
        r#"{"prompt_tokens":11,"completion_tokens":22,"total_tokens":33,"queue_time":0.1,
            "prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},
            "completion_tokens_details":{"reasoning_tokens":5}}"#,
    );
    let expected = Usage {
        input_tokens: Some(11),
        output_tokens: Some(22),
        cached_tokens: Some(4),
        reasoning_tokens: Some(5),
        input_audio_tokens: Some(0),
        total_tokens: Some(33),
        ..Usage::default()
    };
    assert_eq!(usage, expected);
}

#[test]
fn the_newer_words_count_where_the_older_are_missing() {
    let images = r#"{"total_tokens":4,"input_tokens":3,"output_tokens":1}"#;
    let usage = Usage::from_canonical(images);
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(3), Some(1)));
    let both = Usage::from_canonical(r#"{"prompt_tokens":5,"input_tokens":9}"#);
    assert_eq!(both.input_tokens, Some(5));
}

#[test]
fn a_total_alone_is_input_where_there_is_no_output() {
    for (usage, input) in [
        (r#"{"total_tokens":7}"#, Some(7)),
        (r#"{"prompt_tokens":null,"total_tokens":7}"#, Some(7)),
        (r#"{"prompt_tokens":5,"total_tokens":7}"#, Some(5)),
        (r#"{"total_tokens":"7"}"#, None),
    ] {
        assert_eq!(Usage::of_input(usage).input_tokens, input, "{usage}");
    }
    let usage = Usage::from_canonical(r#"{"total_tokens":7}"#);
    let total = Usage {
        total_tokens: Some(7),
        ..Usage::default()
    };
    assert_eq!(usage, total);
}

#[test]
fn two_of_prompt_completion_and_total_tell_the_third() {
    for (usage, counts) in [
        (r#"{"prompt_tokens":3,"total_tokens":7}"#, (Some(3), Some(4))),
        (r#"{"completion_tokens":3,"total_tokens":7}"#, (Some(4), Some(3))),
        (r#"{"completion_tokens":9,"total_tokens":7}"#, (None, Some(9))),
        (r#"{"prompt_tokens":0,"completion_tokens":0}"#, (Some(0), Some(0))),
    ] {
        let read = Usage::from_canonical(usage);
        assert_eq!((read.input_tokens, read.output_tokens), counts, "{usage}");
    }
}

#[test]
fn reasoning_that_is_counted_beside_the_completion_is_added_to_it() {
    for (usage, output) in [
        (r#""completion_tokens":1,"total_tokens":303"#, Some(291)),
        (r#""completion_tokens":291,"total_tokens":303"#, Some(291)),
        (r#""completion_tokens":1,"total_tokens":13"#, Some(1)),
        (r#""completion_tokens":1"#, Some(1)),
        (r#""total_tokens":303"#, Some(291)),
    ] {
        let usage = format!(r#"{{"prompt_tokens":12,{usage},"completion_tokens_details":{{"reasoning_tokens":290}}}}"#);
        let read = Usage::from_canonical(&usage);
        assert_eq!(
            (read.output_tokens, read.reasoning_tokens),
            (output, Some(290)),
            "{usage}"
        );
    }
}

#[test]
fn cached_and_reasoning_tokens_are_found_wherever_they_are_told() {
    for usage in [
        r#"{"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":4}}"#,
        r#"{"input_tokens_details":{"cached_tokens":6},"output_tokens_details":{"reasoning_tokens":4}}"#,
        r#"{"prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":1,"reasoning_tokens":4}"#,
        r#"{"cached_tokens":6,"prompt_tokens_details":null,"completion_tokens_details":{"reasoning_tokens":4.0}}"#,
        r#"{"cache_read_input_tokens":6.0,"prompt_tokens_details":[9],"reasoning_tokens":4}"#,
    ] {
        let read = Usage::from_canonical(usage);
        assert_eq!(
            (read.cached_tokens, read.reasoning_tokens),
            (Some(6), Some(4)),
            "{usage}"
        );
    }
    for usage in [
        r#"{"prompt_tokens_details":{"cache_creation_tokens":6}}"#,
        r#"{"prompt_tokens_details":{"cache_write_tokens":6}}"#,
        r#"{"cache_creation_input_tokens":6}"#,
    ] {
        assert_eq!(Usage::from_canonical(usage).cache_write_tokens, Some(6), "{usage}");
    }
}

#[test]
fn what_is_charged_for_apart_is_counted_apart() {
    let usage = Usage::from_canonical(
        r#"{"prompt_tokens":100,"completion_tokens":50,"service_tier":"priority",
            "prompt_tokens_details":{"audio_tokens":7,"cache_creation_tokens":30},
            "completion_tokens_details":{"audio_tokens":8},
            "cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},
            "server_tool_use":{"web_search_requests":3}}"#,
    );
    assert_eq!(
        (usage.input_audio_tokens, usage.output_audio_tokens),
        (Some(7), Some(8))
    );
    assert_eq!(
        (usage.cache_write_tokens, usage.cache_write_long_tokens),
        (Some(30), Some(20))
    );
    assert_eq!(usage.searches, Some(3));
    assert_eq!(usage.service_tier.as_ref().map(ServiceTier::as_str), Some("priority"));
    let nothing = r#"{"cache_creation":[1],"server_tool_use":null,"service_tier":7,"num_search_queries":2}"#;
    let usage = Usage::from_canonical(nothing);
    assert_eq!(
        (usage.cache_write_long_tokens, usage.searches, usage.service_tier),
        (None, Some(2), None)
    );
    assert_eq!(Usage::of_input(r#"{"search_units":4.0}"#).searches, Some(4));
}

#[test]
fn what_is_billed_is_paid_for_in_place_of_what_is_counted() {
    let billed = r#"{"prompt_tokens":1445,"completion_tokens":43,"prompt_tokens_details":{"cached_tokens":704},
        "billed_units":{"input_tokens":46,"output_tokens":14.0}}"#;
    let billed = Usage::from_canonical(billed);
    assert_eq!((billed.input_tokens, billed.output_tokens), (Some(1445), Some(43)));
    assert_eq!((billed.charged_input(), billed.charged_output()), (Some(46), Some(14)));
    let counted = Usage::from_canonical(r#"{"prompt_tokens":10,"completion_tokens":2,"billed_units":7}"#);
    assert_eq!((counted.charged_input(), counted.charged_output()), (Some(10), Some(2)));
    let both = billed.plus(&counted);
    assert_eq!((both.charged_input(), both.charged_output()), (Some(56), Some(16)));
    assert_eq!(counted.plus(&counted).billed_input_tokens, None);
}

#[test]
fn a_count_may_be_written_as_a_float() {
    let read = |count: &str| Usage::from_canonical(&format!("{{\"prompt_tokens\":{count}}}")).input_tokens;
    assert_eq!(["12.0", "12.4", "1.2e1"].map(read), [Some(12); 3]);
    for count in ["-1.0", "1e300", "\"12\"", "true", "null", "[12]"] {
        assert_eq!(read(count), None, "{count}");
    }
}

#[test]
fn a_later_part_wins_and_what_it_leaves_out_stays() {
    let mut usage = Usage::from_canonical(r#"{"prompt_tokens":3,"completion_tokens":1}"#);
    usage.merge(Usage::from_canonical(r#"{"completion_tokens":2}"#));
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(3), Some(2)));
    assert!(usage.is_told() && !Usage::from_canonical("{}").is_told());
}

#[test]
fn a_count_that_makes_no_sense_does_not_harm_the_others() {
    let usage = Usage::from_canonical(
        r#"{"prompt_tokens":null,"completion_tokens":22,"prompt_tokens_details":null,
            "completion_tokens_details":{"reasoning_tokens":-1}}"#,
    );
    assert_eq!(
        usage,
        Usage {
            output_tokens: Some(22),
            ..Usage::default()
        }
    );
    let unreadable = Usage {
        unreadable: true,
        ..Usage::default()
    };
    for absurd in [
        "\"many\"",
        "\"7\"",
        "-1",
        "18446744073709551616",
        "1e400",
        "[1]",
        "false",
    ] {
        for key in [
            "prompt_tokens",
            "completion_tokens",
            "input_tokens",
            "output_tokens",
            "total_tokens",
        ] {
            let usage = format!(r#"{{"{key}":{absurd}}}"#);
            assert_eq!(Usage::from_canonical(&usage), unreadable, "{usage}");
        }
    }
    assert_eq!(Usage::from_canonical(r#"{"prompt_tokens":null}"#), Usage::default());
    for nothing in ["[]", "[1,2,3]", "7", "{\"prompt_tokens_details\":5}"] {
        assert_eq!(Usage::from_canonical(nothing), Usage::default(), "{nothing}");
    }
}
