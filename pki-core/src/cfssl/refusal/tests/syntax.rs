//! What is no JSON, in the words of Go.

use super::*;

#[test]
fn syntax_is_worded_as_by_go() {
    // Every line was printed by a cfssl built with Go 1.19.
    for (text, words) in [
        (&b""[..], "unexpected end of JSON input"),
        (b"{", "unexpected end of JSON input"),
        (b"\"ab", "unexpected end of JSON input"),
        (b"{\"a\"", "unexpected end of JSON input"),
        (
            b"tr",
            "invalid character ' ' in literal true (expecting 'u')",
        ),
        (
            b"nul",
            "invalid character ' ' in literal null (expecting 'l')",
        ),
        (
            b"False",
            "invalid character 'F' looking for beginning of value",
        ),
        (b"{\"a\" 1", "invalid character '1' after object key"),
        (b"[1 2", "invalid character '2' after array element"),
        (
            b"{\"a\":1 2",
            "invalid character '2' after object key:value pair",
        ),
        (
            b"{,",
            "invalid character ',' looking for beginning of object key string",
        ),
        (
            b"{\"CN\":\"x\",}",
            "invalid character '}' looking for beginning of object key string",
        ),
        (
            b"[1,]",
            "invalid character ']' looking for beginning of value",
        ),
        (
            b"{'a'",
            "invalid character '\\'' looking for beginning of object key string",
        ),
        (
            b"1.x",
            "invalid character 'x' after decimal point in numeric literal",
        ),
        (
            b"1ex",
            "invalid character 'x' in exponent of numeric literal",
        ),
        (b"-", "invalid character ' ' in numeric literal"),
        (b"\"\x01\"", "invalid character '\\x01' in string literal"),
        (b"\"\n\"", "invalid character '\\n' in string literal"),
        (b"\"\\x\"", "invalid character 'x' in string escape code"),
        (
            b"\"\\u12g4\"",
            "invalid character 'g' in \\u hexadecimal character escape",
        ),
        (
            "\u{e9}".as_bytes(),
            "invalid character '\u{c3}' looking for beginning of value",
        ),
        (
            b"\x7f",
            "invalid character '\\x7f' looking for beginning of value",
        ),
        (
            b"\x85",
            "invalid character '\\u0085' looking for beginning of value",
        ),
        (
            b"\\",
            "invalid character '\\\\' looking for beginning of value",
        ),
        (
            b"\xef\xbb\xbf{}",
            "invalid character '\u{ef}' looking for beginning of value",
        ),
        (
            b"// x\n{}",
            "invalid character '/' looking for beginning of value",
        ),
        (b"1 x", "invalid character 'x' after top-level value"),
        (b"0123", "invalid character '1' after top-level value"),
        (b"{} f", "invalid character 'f' after top-level value"),
    ] {
        assert_eq!(
            go_json_syntax_error(text).as_deref(),
            Some(words),
            "{text:?}"
        );
    }
    for text in [
        "0",
        "-0.5e+7",
        " {} \r\n\t",
        "[[],{\"a\":[true,false,null]}]",
    ] {
        assert_eq!(go_json_syntax_error(text.as_bytes()), None, "{text}");
    }
    let deep = go_json_syntax_error("[".repeat(20_000).as_bytes());
    assert_eq!(
        deep.as_deref(),
        Some("invalid character '[' exceeded max depth")
    );
}
