//! Names of secrets: of headers, parameters, fields, columns, elements.

/// Words that make a name the name of a secret, regardless of case, `-`, `_` and `.`.
const PARTS: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passkey",
    "pwd",
    "userpass",
    "dbpass",
    "apikey",
    "accesskey",
    "authkey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "clientkey",
    "servicekey",
    "accountkey",
    "sharedkey",
    "storagekey",
    "sessionkey",
    "subscriptionkey",
    "functionskey",
    "appkey",
    "sshkey",
    "hmac",
    "credential",
    "signature",
    "assertion",
    "samlresponse",
    "oauth",
    "authoriz",
    "authcode",
    "codeverifier",
    "devicecode",
    "usercode",
    "verificationcode",
    "onetimecode",
    "securitycode",
    "recoverycode",
    "backupcode",
    "resetcode",
    "pincode",
    "sessionid",
    "sessid",
    "cookie",
    "csrf",
    "xsrf",
    "jwt",
    "bearer",
    "mnemonic",
    "connectionstring",
];

/// Whole words that make a name the name of a secret (`user_pin`, `loginOtp`, `connect.sid`).
const WORDS: &[&str] = &["auth", "pin", "pass", "otp", "totp", "sid", "sig", "cvv", "cvc", "session"];

/// Names of secrets in a URL or a form. In JSON, codes and keys are mostly something else.
const IN_PAIRS: &[&str] = &["code", "key"];

/// The place of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamePlace {
    /// In a URL, a form, a header, or as the name of an HTML field.
    Pair,
    /// Anywhere else.
    Member,
}

/// Returns `true` for the name of a secret.
pub(super) fn is_secret(name: &str, named: NamePlace) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    PARTS.iter().any(|part| plain.contains(part))
        || (named == NamePlace::Pair && IN_PAIRS.contains(&&*plain))
        || has_word(name)
}

/// Splits `user_pin`, `user-pin`, `userPin` and `userPIN`, and checks each word without its trailing digits.
fn has_word(name: &str) -> bool {
    let chars: Vec<char> = name.chars().collect();
    let mut word = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let after = chars.get(at + 1);
        let is_start = c.is_uppercase()
            && before.is_some_and(|before| {
                !before.is_uppercase() || after.is_some_and(|after| after.is_lowercase())
            });
        if is_start || !c.is_alphanumeric() {
            if is_word(&word) {
                return true;
            }
            word.clear();
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
    }
    is_word(&word)
}

fn is_word(word: &str) -> bool {
    WORDS.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit()))
}
