//! Which names of keys and variables are names of credentials.

/// Whether a key or a variable is named like a credential: `apiKey`, `botToken`, `DB_PASSWORD`.
pub(crate) fn names_a_credential(name: &str) -> bool {
    const ANYWHERE: [&str; 6] = ["apikey", "password", "passphrase", "passwd", "secret", "credential"];
    const AT_THE_END: [&str; 10] = [
        "token",
        "tokens",
        "privatekey",
        "accesskey",
        "signingkey",
        "encryptionkey",
        "authkey",
        "authorization",
        "cookie",
        "cookies",
    ];
    const WHOLE: [&str; 5] = ["privatekeypem", "bearer", "pass", "pw", "passcode"];
    with_letters(name, |plain| {
        ANYWHERE.iter().any(|word| plain.windows(word.len()).any(|window| window == word.as_bytes()))
            || AT_THE_END.iter().any(|word| plain.ends_with(word.as_bytes()))
            || WHOLE.iter().any(|word| plain == word.as_bytes())
    })
}

/// Whether a key is named like a number of tokens: `maxTokens`, `contextTokens`, `reserve_tokens`.
pub(super) fn names_an_amount(name: &str) -> bool {
    with_letters(name, |plain| plain.ends_with(b"tokens"))
}

/// Hands on the letters and digits of a name, in lower case.
fn with_letters(name: &str, ask: impl FnOnce(&[u8]) -> bool) -> bool {
    // Every value of a configuration asks, so the usual name is looked at without a heap.
    let mut buffer = [0; 64];
    if name.is_ascii() && name.len() <= buffer.len() {
        let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
        let length = buffer.iter_mut().zip(letters).map(|(slot, byte)| *slot = byte.to_ascii_lowercase()).count();
        return ask(buffer.get(..length).unwrap_or(&[]));
    }
    ask(name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_every_spelling() {
        for name in
            ["apiKey", "API_KEY", "botToken", "DB_PASSWORD", "x-api-key", "clientSecret", "pass", "PW", "privateKeyPem"]
        {
            assert!(names_a_credential(name), "{name}");
        }
        for name in ["passive", "bypass", "bearerFormat", "tokenizer", "keyword", "author", "pwd"] {
            assert!(!names_a_credential(name), "{name}");
        }
        assert!(names_an_amount("maxTokens") && names_an_amount("RESERVE_TOKENS") && !names_an_amount("botToken"));
    }
}
