//! Secrets without a name, recognized by their form: tokens of known issuers, long hexadecimal numbers, base64.

/// The prefixes of issuers' tokens.
const PREFIXES: &[&str] = &[
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "glsa_",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "whsec_",
    "sk-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxr-",
    "xoxs-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "npm_",
    "pypi-",
    "dckr_pat_",
    "hf_",
    "hvs.",
    "hvb.",
    "shpat_",
    "shpss_",
    "shpca_",
    "dop_v1_",
    "lin_api_",
    "sq0atp-",
    "sq0csp-",
    "SG.",
    "PMAK-",
    "ATATT3",
    "rubygems_",
    "sntrys_",
];

/// The minimum of characters behind such a prefix: `npm_config` is not a token.
const BEHIND: usize = 12;

/// The minimum of digits of a hexadecimal number: 128 bits.
const HEX: usize = 32;

/// The minimum of characters of base64: 144 bits.
const BASE64: usize = 24;

/// The number of bytes of a word that are examined; all of it is masked.
const LOOKED_AT: usize = 512;

/// More lower-case letters in a row form a word of some language.
const WORD: usize = 7;

/// Names of numbers that are as long as a secret, but public.
const PUBLIC: &[&str] = &[
    "trace",
    "span",
    "request",
    "correlation",
    "hash",
    "digest",
    "checksum",
    "md5",
    "sha",
    "etag",
    "commit",
    "revision",
    "version",
    "build",
    "uuid",
    "guid",
];

/// The length of the token at the start of the text, if it has an issuer's prefix.
pub(super) fn by_issuer(text: &str) -> Option<usize> {
    let prefix = PREFIXES.iter().find(|prefix| text.starts_with(**prefix))?;
    let len = word(text, is_of_token);
    // Many words start with such a prefix: sk-learn-contrib, SG.Component.
    let behind = &text[prefix.len()..len];
    let is_whole = behind.len() >= BEHIND && (behind.bytes().any(|b| b.is_ascii_digit()) || is_mixed(behind));
    is_whole.then_some(len)
}

/// The length of the hexadecimal number or the base64 at the start of the text, if it looks random and is long enough
/// for a secret. `name` is the name before it, or empty.
pub(super) fn by_form(text: &str, name: &str) -> Option<usize> {
    let len = word(text, |byte| is_of_token(byte) || matches!(byte, b'+' | b'/'));
    let looked_at = &text[..len.min(LOOKED_AT)];
    let is_random = is_hex(looked_at) || is_base64(looked_at) || is_base32(looked_at);
    (is_random && !is_public(name)).then(|| len + word(&text[len..], |byte| byte == b'='))
}

fn word(text: &str, is_of: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !is_of(byte)).unwrap_or(text.len())
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

fn is_public(name: &str) -> bool {
    let name = name.to_lowercase();
    name == "id"
        || name.ends_with("_id")
        || name.ends_with("-id")
        || PUBLIC.iter().any(|part| name.contains(part))
}

/// Returns `true` if the word is hexadecimal in one case, with digits and letters. A UUID has dashes.
fn is_hex(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_in_one_case =
        !word.bytes().any(|b| b.is_ascii_lowercase()) || !word.bytes().any(|b| b.is_ascii_uppercase());
    let is_hex = word.bytes().all(|b| b.is_ascii_hexdigit());
    word.len() >= HEX && is_hex && is_in_one_case && digits > 0 && digits < word.len()
}

/// Returns `true` if the word is as mixed as random characters: all three kinds, no words, and few runs of one kind.
fn is_base64(word: &str) -> bool {
    let has_signs = word.contains(['/', '+', '.']);
    // A path and a chain of names have signs too, and more of them.
    let least = if has_signs { 40 } else { BASE64 };
    word.len() >= least && is_mixed(word)
}

/// Capitals and digits only, as in secrets of one-time passwords.
fn is_base32(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_alone = word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    word.len() >= BASE64 && is_alone && (3..word.len() / 2).contains(&digits)
}

fn is_mixed(word: &str) -> bool {
    let (mut changes, mut lower, mut longest) = (0, 0, 0);
    let mut before = None;
    for byte in word.bytes() {
        let kind = match byte {
            b'a'..=b'z' => 0,
            b'A'..=b'Z' => 1,
            b'0'..=b'9' => 2,
            _ => {
                lower = 0;
                continue;
            }
        };
        // `Word` is one change, and not two.
        changes += usize::from(before.is_some_and(|before| before != kind && (before, kind) != (1, 0)));
        before = Some(kind);
        lower = if kind == 0 { lower + 1 } else { 0 };
        longest = longest.max(lower);
    }
    let kinds: [fn(&u8) -> bool; 3] = [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit];
    let has_all = kinds.iter().all(|is| word.as_bytes().iter().any(is));
    has_all && longest <= WORD && changes * 5 >= word.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::mask::body;

    /// Tokens in the format of issuers; none of them is a real token.
    const TOKENS: &[&str] = &[
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_11ABCDEFG0abcdefghijkl_MNOPQRSTUVWXYZ0123456789abcdefghijkl",
        "glpat-Xb3kQ9zT7mLw2RpYc5Vn",
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "rk_test_4eC39HqLyjWDarjtT1zdp7dc",
        "sk-proj-a8Kd72mQpL0vXz93hTfY",
        "xoxb-123456789012-1234567890123-abcdEFGHijkl",
        "AKIAIOSFODNN7EXAMPLE",
        "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
        "npm_a8Kd72mQpL0vXz93hTfYa8Kd72mQpL0vXz93",
        "hvs.CAESIJlWh7Qk2b9ZxTn4",
        "5d41402abc4b2a76b9719d911017c592",
        "5D41402ABC4B2A76B9719D911017C592",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "Zq7XvK9wTb2LmP4sRd6YhN8c",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLE0KEYs=",
        "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    ];

    #[test]
    fn a_token_is_known_by_its_form_wherever_it_stands() {
        for token in TOKENS {
            for (before, after) in [
                ("\"", "\""),
                ("[\"", "\",\"b\"]"),
                ("{\"data\":\"", "\"}"),
                ("", ""),
                ("sent ", " to it"),
                ("<p>", "</p>"),
                ("a=", "&b=1"),
                ("key is '", "'"),
            ] {
                for kind in ["application/json", "text/plain", ""] {
                    let masked = body(kind, &format!("{before}{token}{after}"));
                    assert_eq!(masked, format!("{before}***{after}"), "{kind} {before}{token}");
                }
            }
        }
    }

    #[test]
    fn printable_text_is_shown() {
        for plain in [
            r#""hello""#,
            r#"{"error":"pool exhausted","retry":30}"#,
            r#"{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","requestId":"4bf92f3577b34da6a3ce929d0e0e4736"}"#,
            r#"{"id":"550e8400-e29b-41d4-a716-446655440000","user_id":"5d41402abc4b2a76b9719d911017c592"}"#,
            r#"{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}"#,
            "at com.example.shop.checkout.CheckoutServiceImpl$Companion.placeOrder2(CheckoutServiceImpl.java:117)",
            "java.lang.IllegalArgumentException: NullPointerException1InHandlerOfV2",
            "File \"/usr/lib/python3.11/site-packages/django/core/handlers/base.py\", line 197",
            "/Users/Jane/Projects/Shop2/Sources/Controllers/OrdersController.swift",
            "12345678901234567890123456789012345678901234567890",
            "--------------------------------------------------",
            "see https://docs.example.com/Errors/E1042/HowToFixThePoolThatIsExhausted",
            "sk-learn-contrib-package npm_config_registry hf_hub_download_timeout SG.Component.Buttons",
            "eu-west-1-prod-cluster-node-17-replica-set-abc2",
            "2024-01-01T00:00:00.000Z INFO 192.168.100.200",
        ] {
            assert_eq!(body("application/json", plain), plain);
        }
    }

    proptest! {
        #[test]
        fn no_long_number_of_random_digits_is_shown(secret in "[0-9a-f]{40,64}") {
            prop_assume!(secret.contains(|c: char| c.is_ascii_digit()) && secret.contains(|c: char| c.is_ascii_lowercase()));
            prop_assert_eq!(body("application/json", &format!("\"{secret}\"")), "\"***\"");
        }

        #[test]
        fn issuer_is_not_shown(
            prefix in proptest::sample::select(super::PREFIXES),
            secret in "[A-Za-z]{8}[0-9][A-Za-z0-9]{11,40}",
        ) {
            prop_assert_eq!(body("", &format!("got {prefix}{secret}, why")), "got ***, why");
        }
    }
}
