use super::*;

fn shown(text: &str) -> String {
    match parse(text.as_bytes(), Reading::Strict) {
        Ok(node) => format!("{:?}", node.value),
        Err(error) => error.to_string(),
    }
}

#[test]
fn says_where_and_what() {
    for (text, error) in [
        ("", "1:1: the document is empty"),
        (
            "\u{feff}{}",
            "1:1: a byte order mark in front of the document",
        ),
        (
            "{\r\n  \"a\": 1,\r\n}",
            "2:9: a comma before the closing '}'",
        ),
        ("{\"a\": [1,]}", "1:9: a: a comma before the closing ']'"),
        (
            "{\"a\": 1 \"b\": 2}",
            "1:9: expected ',' or '}', found '\"'",
        ),
        ("{\n// x\n}", "2:1: a comment, which JSON does not have"),
        ("{\"a\": NaN}", "1:7: a: 'NaN' is not JSON"),
        (
            "{'a': 1}",
            "1:2: expected a key in double quotes or '}', found '''",
        ),
        (
            "{\"a\": {\"b\": 01}}",
            "1:13: a.b: a number that is not written as JSON wants it",
        ),
        ("{} x", "1:4: 'x' after the end of the document"),
        (
            "{\"a\": [",
            "1:8: a: the document ends before the ']' of the list that starts at 1:7",
        ),
        ("[\"ab", "1:2: [0]: a string without its closing quote"),
        ("[\"\\ud800\"]", "1:3: [0]: half of a surrogate pair"),
        (
            "[\"a\u{1}\"]",
            "1:4: [0]: the control character '\\u{1}' in a string",
        ),
        ("{\"k\": s3cret}", "1:7: k: expected a value, found 's'"),
    ] {
        assert_eq!(shown(text), error, "{text}");
    }
    let invalid = parse(b"{\n\"\xff\"}", Reading::Strict).unwrap_err();
    assert_eq!(invalid.to_string(), "2:2: a byte that is not UTF-8");
    assert!(parse(b"{\n\"\xff\"", Reading::Lenient).is_err());
    assert!(parse(b"[\"\xff\\udc00\\ud800\\u0041\"]", Reading::Lenient).is_ok());
}

#[test]
fn limits_depth_and_size() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(nested(64).as_bytes(), Reading::Strict).is_ok());
    assert!(shown(&nested(10_000)).contains("nested more than 64 levels deep"));
    let long = format!("\"{}\"", "x".repeat(LARGEST));
    assert!(shown(&long).contains("and 1048576 is the limit"));
}

#[test]
fn keeps_keys_numbers_and_escapes() {
    let node = parse(br#"{"a":1e400,"a":"\ud83d\ude00\n\/"}"#, Reading::Strict).unwrap();
    let Value::Object(members) = &node.value else {
        panic!("not an object");
    };
    assert_eq!(members[0].value.value, Value::Number("1e400".into()));
    assert_eq!(members[1].value.value, Value::String("\u{1f600}\n/".into()));
    assert_eq!(
        members[1].position,
        Position {
            line: 1,
            column: 12
        }
    );
}

fn plain(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(text) => text.parse::<i64>().unwrap().into(),
        Value::String(text) => text.clone().into(),
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(members) => {
            let members = members.iter().map(|m| (m.key.clone(), plain(&m.value)));
            serde_json::Value::Object(members.collect())
        }
    }
}

fn document() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = parse(&bytes, Reading::Strict);
        let _ = parse(&bytes, Reading::Lenient);
    }

    #[test]
    fn reads_what_serde_json_writes(value in document(), pretty: bool) {
        let text = match pretty {
            true => serde_json::to_string_pretty(&value).unwrap(),
            false => value.to_string(),
        };
        let node = parse(text.as_bytes(), Reading::Strict).unwrap();
        proptest::prop_assert_eq!(plain(&node), value);
    }

    #[test]
    fn accepts_what_serde_json_accepts(text in r#"[\[\]{}:,"\\ntrue0-9.eE+ u-]{0,12}"#) {
        let ours = parse(text.as_bytes(), Reading::Strict);
        match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(_) => proptest::prop_assert!(ours.is_ok(), "{:?}", ours),
            // Its numbers are limited to what an f64 holds.
            Err(error) if error.to_string().contains("out of range") => {}
            Err(_) => proptest::prop_assert!(ours.is_err()),
        }
    }
}
