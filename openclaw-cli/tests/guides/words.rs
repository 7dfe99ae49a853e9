//! What was printed beside what a guide shows. Moments, durations and line breaks differ from run to run,
//! so that a guide can show real ones.

/// Whether the output is the one that is shown. `...` stands for any words, `[..]` for a part of one.
pub(crate) fn agree(shown: &str, printed: &str) -> bool {
    fits(&words(shown), &words(printed))
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text.split_whitespace().map(word).collect();
    // `20 min`, as `20m`.
    for at in 1..words.len() {
        if matches!(words[at].trim_end_matches('.'), "s" | "min" | "h") && is_number(&words[at - 1]) {
            words[at - 1] = "<n>".to_owned();
            words[at] = "<unit>".to_owned();
        }
    }
    words
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn word(word: &str) -> String {
    let bare = word.trim_end_matches([',', ';', '.', ')']);
    let shape: String = bare.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let is_duration = bare.len() > 1 && is_number(&bare[..bare.len() - bare.chars().last().map_or(0, char::len_utf8)]);
    let tail = &word[bare.len()..];
    match shape.as_str() {
        "0000-00-00T00:00:00Z" => format!("<moment>{tail}"),
        _ if is_duration && bare.ends_with(['s', 'm', 'h', 'd']) => format!("<n>{tail}"),
        _ => word.to_owned(),
    }
}

fn fits(shown: &[String], printed: &[String]) -> bool {
    match (shown.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "..." => {
            (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]))
        }
        (Some((shown, more)), Some((printed, rest))) => fits_word(shown, printed) && fits(more, rest),
        _ => false,
    }
}

fn fits_word(shown: &str, printed: &str) -> bool {
    match shown.split_once("[..]") {
        None => shown == printed,
        Some((before, after)) => {
            printed.strip_prefix(before).is_some_and(|rest| rest.len() >= after.len() && rest.ends_with(after))
        }
    }
}

#[test]
fn what_differs_from_run_to_run_agrees_and_nothing_else() {
    for (shown, printed) in [
        ("until 2026-11-22T10:00:00Z, 59s left", "until 2027-01-01T00:00:10Z,\n   3s left"),
        ("a ... z", "a b c z"),
        ("req_[..])", "req_0001)"),
        ("in 20 min", "in 3 s"),
    ] {
        assert!(agree(shown, printed), "{shown}");
    }
    for (shown, printed) in [("a ... z", "a b"), ("a", "a b"), ("42", "43"), ("[..]x", "y"), ("12 tokens", "13 tokens")]
    {
        assert!(!agree(shown, printed), "{shown}");
    }
}
