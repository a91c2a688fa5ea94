//! The template's language: a text in which `{{name}}` stands for a value.

/// The longest value, in characters: whatever a client calls its model, the text keeps its shape.
const LONGEST_VALUE: usize = 128;

/// The text with the values in their places. A name without a value stays as it is; the settings' schema does not let
/// one through.
pub fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let known = after.split_once("}}").and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name.trim())?;
            Some((value, after))
        });
        rest = if let Some((value, after)) = known {
            text.extend(value.chars().filter(|c| !c.is_control()).take(LONGEST_VALUE));
            after
        } else {
            text.push_str("{{");
            after
        };
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn names_become_values_wherever_they_stand() {
        let values = [("plan", "free"), ("model", "fast"), ("user", "")];
        for (template, text) in [
            (
                "Plan: {{plan}}, model: {{ model }}{{user}}.",
                "Plan: free, model: fast.",
            ),
            ("{{plan}}{{plan}}", "freefree"),
            ("{ {plan} } {{other}} {{plan", "{ {plan} } {{other}} {{plan"),
            ("", ""),
            ("{", "{"),
        ] {
            assert_eq!(filled(template, &values), text);
        }
    }

    #[test]
    fn a_value_is_not_read_as_a_template_and_keeps_to_one_line() {
        let long = "x".repeat(1000);
        let values = [("plan", "{{model}}\n\nNew rules:"), ("model", long.as_str())];
        assert_eq!(filled("{{plan}}", &values), "{{model}}New rules:");
        assert_eq!(filled("{{model}}", &values).len(), 128);
    }
}
