//! What is counted, by what was reported and what went through.

use super::{Asked, Ceiling, CountedTokens, Operation, Sizes, Usage};

fn usage(input: Option<u64>, output: Option<u64>) -> Usage {
    Usage {
        input_tokens: input,
        output_tokens: output,
        ..Usage::default()
    }
}

/// Counts with a body of 20 bytes, an answer of 12, and a context of 100 tokens.
fn count(operation: Operation, usage: &Usage, finished: bool) -> CountedTokens {
    let sizes = Sizes {
        prompt: 20,
        produced: 12,
        recording: 0,
    };
    CountedTokens::new(operation, usage, sizes, Ceiling::of(Some(100), None, 1), finished)
}

#[test]
fn a_count_is_estimated_only_where_one_was_guessed() {
    let total = Usage {
        total_tokens: Some(99),
        ..Usage::default()
    };
    for (operation, usage, counts) in [
        (Operation::Chat, usage(Some(40), Some(2)), (40, 2, false)),
        (Operation::Chat, usage(Some(0), Some(0)), (0, 0, false)),
        (Operation::Chat, usage(Some(40), None), (40, 3, true)),
        (Operation::Chat, usage(None, Some(2)), (5, 2, true)),
        (Operation::Chat, total, (96, 3, true)),
        (Operation::Images, usage(Some(40), Some(2)), (40, 2, false)),
    ] {
        let counted = count(operation, &usage, true);
        let told = (counted.input, counted.output, counted.estimated);
        assert_eq!((told, counted.doubtful), (counts, false), "{operation} {usage:?}");
    }
}

#[test]
fn an_answer_without_tokens_has_none_to_estimate() {
    let sizes = Sizes {
        prompt: 20,
        produced: 0,
        recording: 0,
    };
    for operation in [Operation::Embeddings, Operation::Rerank] {
        for (usage, counts) in [
            (usage(Some(40), None), (40, 0, false)),
            (usage(None, None), (5, 0, true)),
        ] {
            let counted = CountedTokens::new(operation, &usage, sizes, Ceiling::default(), true);
            let told = (counted.input, counted.output, counted.estimated);
            assert_eq!((told, counted.doubtful), (counts, false), "{operation} {usage:?}");
        }
    }
}

#[test]
fn before_the_end_the_larger_of_report_and_estimate_counts() {
    let counted = |input, output| {
        let counted = count(Operation::Chat, &usage(input, output), false);
        (counted.input, counted.output, counted.estimated)
    };
    assert_eq!(counted(Some(7), Some(1)), (7, 3, true));
    assert_eq!(counted(Some(1), Some(9)), (5, 9, true));
    assert_eq!(counted(Some(7), Some(9)), (7, 9, false));
    assert_eq!(counted(None, None), (5, 3, true));
}

#[test]
fn what_is_impossible_is_estimated_and_told() {
    for (reported, counts) in [
        (usage(Some(101), Some(2)), (5, 2)),
        (usage(Some(u64::MAX), Some(u64::MAX)), (5, 3)),
        (usage(Some(7), Some(101)), (7, 3)),
    ] {
        let counted = count(Operation::Chat, &reported, true);
        assert_eq!((counted.input, counted.output), counts, "{reported:?}");
        assert!(counted.estimated && counted.doubtful, "{reported:?}");
    }
    let unreadable = Usage {
        unreadable: true,
        ..usage(Some(7), None)
    };
    assert!(count(Operation::Chat, &unreadable, true).doubtful);
    let total = Usage {
        total_tokens: Some(u64::MAX),
        ..Usage::default()
    };
    let counted = count(Operation::Chat, &total, true);
    assert_eq!((counted.input, counted.output, counted.doubtful), (5, 3, true));
}

#[test]
fn what_went_through_is_possible_whatever_the_context_is_said_to_be() {
    let sizes = Sizes {
        prompt: 4_000,
        produced: 2_000,
        recording: 0,
    };
    let ceiling = Ceiling::of(Some(100), Some(10), 1);
    let counted = CountedTokens::new(Operation::Chat, &usage(Some(3_000), Some(1_500)), sizes, ceiling, true);
    assert_eq!((counted.input, counted.output, counted.doubtful), (3_000, 1_500, false));
}

#[test]
fn a_model_of_unknown_context_has_a_ceiling_too_and_several_answers_a_higher_one() {
    let most = Ceiling::default();
    assert_eq!(Ceiling::of(None, Some(50), 1).output, 50);
    assert_eq!(Ceiling::of(Some(100), Some(50), 3).output, 300);
    assert_eq!(Ceiling::of(Some(100), None, u64::MAX).output, u64::MAX);
    let beyond = usage(Some(most.input + 1), Some(most.output + 1));
    let counted = CountedTokens::new(Operation::Chat, &beyond, Sizes::default(), most, true);
    assert_eq!((counted.input, counted.output, counted.doubtful), (0, 0, true));
}

#[test]
fn a_recording_is_as_long_as_told_unless_that_is_impossible() {
    let count = |usage: &Usage, recording| {
        let sizes = Sizes {
            prompt: 20,
            produced: 12,
            recording,
        };
        let counted = CountedTokens::new(Operation::Transcription, usage, sizes, Ceiling::default(), true);
        (counted.recording_ms, counted.input, counted.estimated, counted.doubtful)
    };
    let length = |ms| Usage {
        recording_ms: Some(ms),
        ..Usage::default()
    };
    assert_eq!(count(&length(9_000), 144_000), (9_000, 0, false, false));
    assert_eq!(count(&length(9_000), 0), (9_000, 0, false, false), "of a URL");
    assert_eq!(
        count(&length(9_000), 1_000),
        (62, 5, true, true),
        "a byte is not that long"
    );
    assert_eq!(count(&length(u64::MAX), 0), (0, 5, true, true));
    assert_eq!(
        count(&usage(None, None), 144_000),
        (9_000, 5 + 90, true, false),
        "a token is a tenth of a second"
    );
    assert_eq!(
        count(&usage(Some(40), Some(2)), 144_000),
        (0, 40, false, false),
        "paid by tokens"
    );
}

#[test]
fn what_is_drawn_has_its_tokens_for_the_images_unless_more_is_told() {
    let used = |usage: &Usage, images| {
        let asked = Asked {
            images,
            ..Asked::default()
        };
        count(Operation::Images, usage, true).used(usage, &asked).image_output
    };
    assert_eq!(used(&usage(Some(40), Some(20)), 1), 20);
    assert_eq!(used(&usage(Some(40), Some(20)), 0), 0);
    let told = Usage {
        output_image_tokens: Some(15),
        ..usage(Some(40), Some(20))
    };
    assert_eq!(used(&told, 1), 15);
}

#[test]
fn no_more_images_are_paid_than_come_and_searches_count_where_the_reply_does_not_tell() {
    let asked = Asked {
        images: 4,
        searches: 2,
        ..Asked::default()
    };
    let used = |images, searches| {
        let usage = Usage {
            images,
            searches,
            ..usage(Some(1), Some(1))
        };
        let used = count(Operation::Images, &usage, true).used(&usage, &asked);
        (used.images, used.searches)
    };
    assert_eq!(used(Some(3), Some(7)), (3, 7));
    assert_eq!(used(Some(9), Some(0)), (4, 0));
    assert_eq!(used(None, None), (4, 2));
}
