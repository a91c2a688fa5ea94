//! A conversation that moves from vendor to vendor with tools and thinking: no vendor refuses it, each gets back what it
//! signed itself, and none gets what another did.

mod assembled;
mod bedrock;
mod claude;
mod gemini;
mod openai;
mod talk;
mod vendor;

use jackfield_tests::vendor::Turn;

use self::talk::{Protocol, Talk};
use self::vendor::House::{self, Bedrock, Claude, DeepSeek, Gemini, Nova, OpenAi};

/// A reply of a vendor's model.
type Step = (House, Turn);

/// A turn that thinks, says something and calls the tool. `name` makes its words and its signature unique.
fn calls(name: &str) -> Turn {
    Turn::says(&["I will ", "look."])
        .thinks(&[&format!("thought of {name}: "), "a tool."], &format!("sig+{name}/=="))
        .calls(name, "weather", &["{\"city\":", "\"Oslo\"}"])
}

/// A turn that thinks and answers.
fn answers(name: &str) -> Turn {
    Turn::says(&["It is ", "cold."]).thinks(&[&format!("thought of {name}")], &format!("sig+{name}/=="))
}

/// Plays the replies in each protocol, whole and streamed: a call of a tool is answered with its result, anything else
/// with a question.
async fn play(steps: &[Step]) {
    for protocol in Protocol::ALL {
        for is_streamed in [false, true] {
            let mut talk = Talk::start(protocol, is_streamed).await;
            for (house, turn) in steps {
                talk.hears(*house, turn).await;
            }
        }
    }
}

#[tokio::test]
async fn each_vendor_runs_its_own_tools_and_gets_its_own_thinking_back() {
    let mut steps = Vec::new();
    for round in ["first", "second"] {
        for house in [Claude, Gemini, OpenAi, Bedrock, Nova, DeepSeek] {
            let name = format!("{}_{round}", house.model());
            steps.push((house, calls(&name)));
            steps.push((house, answers(&format!("{name}_end"))));
        }
    }
    play(&steps).await;
}

#[tokio::test]
async fn a_vendor_goes_on_amid_the_calls_of_another() {
    let mut steps = Vec::new();
    for round in ["first", "second"] {
        for house in [Claude, Gemini, OpenAi, Bedrock, Nova, DeepSeek] {
            steps.push((house, calls(&format!("{}_{round}", house.model()))));
        }
    }
    steps.extend([Claude, Gemini, OpenAi, Bedrock].map(|house| (house, answers(&format!("{}_end", house.model())))));
    play(&steps).await;
}

#[tokio::test]
async fn thinking_that_only_its_vendor_can_read_goes_back_to_that_vendor_alone() {
    let steps = [
        (Claude, calls("c1").thinks_in_secret("secret+c1/==")),
        (Claude, answers("c2").thinks_in_secret("secret+c2/==")),
        (Bedrock, calls("b1").thinks_in_secret("secret+b1/==")),
        (Gemini, calls("g1")),
        (OpenAi, answers("o1")),
        (Bedrock, answers("b2")),
        (Claude, answers("c3")),
    ];
    play(&steps).await;
}

#[tokio::test]
async fn who_imitates_anthropics_api_gets_nothing_of_anthropics_and_the_reverse() {
    let steps = [
        (Claude, calls("c1").thinks_in_secret("secret+c1/==")),
        (DeepSeek, calls("d1").thinks_in_secret("secret+d1/==")),
        (DeepSeek, answers("d2")),
        (Claude, calls("c2")),
        (Bedrock, answers("b1")),
        (DeepSeek, Turn::says(&["Well."]).thinks(&["thought of d3"], "")),
        (Claude, answers("c3")),
        (DeepSeek, answers("d4")),
    ];
    play(&steps).await;
}

#[tokio::test]
async fn turns_without_thinking_are_between_turns_with_it() {
    let silent = |name: &str| Turn::says(&["Well."]).calls(name, "weather", &["{\"city\":\"Bern\"}"]);
    let steps = [
        (Claude, silent("c1")),
        (Gemini, silent("g1")),
        (Claude, answers("c2")),
        (OpenAi, silent("o1")),
        (Gemini, answers("g2")),
        (Bedrock, silent("b1")),
        (Claude, calls("c3")),
        (Claude, Turn::says(&["Done."])),
        (Gemini, Turn::says(&["Indeed."])),
        (Bedrock, Turn::says(&["So it is."])),
    ];
    play(&steps).await;
}

#[tokio::test]
async fn several_calls_of_one_turn_are_answered_together_wherever_the_conversation_goes() {
    let two = |name: &str| calls(&format!("{name}_a")).calls(&format!("{name}_b"), "weather", &["{\"city\":\"Rome\"}"]);
    // Ids with characters that only some vendors allow, and longer than some do.
    let long = "functions.mcp__weather__now_and_tomorrow:1";
    let odd = Turn::says(&["Hm."]).calls("functions.weather:0", "weather", &["{\"city\":\"Kyiv\"}"]);
    let odd = odd.calls(long, "weather", &["{\"city\":\"Riga\"}"]);
    let steps = [
        (OpenAi, odd),
        (OpenAi, two("o1")),
        (Claude, two("c")),
        (Gemini, two("g")),
        (OpenAi, two("o")),
        (Bedrock, two("b")),
        (Claude, answers("end")),
        (OpenAi, answers("fin")),
    ];
    play(&steps).await;
}
