//! Output without what differs from run to run, as the recorded output is kept.

/// Replaces times, serial numbers, keys and certificates, and panic traces.
pub(crate) fn normal(output: &str) -> String {
    let output = replace(output, time);
    let output = replace(&output, serial_number);
    let output = replace(&output, pem_body);
    let output = replace(&output, panic_trace);
    replace(&output, base64)
}

/// What to write in the place of the text, and how much of it that replaces.
type Replacement = Option<(String, usize)>;

fn replace(text: &str, find: fn(&str) -> Replacement) -> String {
    let (mut replaced, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        let (piece, length) = find(rest).unwrap_or_else(|| (first.into(), first.len_utf8()));
        replaced.push_str(&piece);
        rest = &rest[length..];
    }
    replaced
}

fn time(text: &str) -> Replacement {
    const FORM: &[u8] = b"dddd/dd/dd dd:dd:dd";
    let bytes = text.as_bytes().get(..FORM.len())?;
    let mut pairs = bytes.iter().zip(FORM);
    let fits = pairs.all(|(byte, form)| match form {
        b'd' => byte.is_ascii_digit(),
        _ => byte == form,
    });
    fits.then(|| ("YYYY/MM/DD hh:mm:ss".to_owned(), FORM.len()))
}

fn serial_number(text: &str) -> Replacement {
    const BEFORE: &str = "serial number ";
    let digits = text.strip_prefix(BEFORE)?;
    let count = digits.bytes().take_while(u8::is_ascii_digit).count();
    (count > 0).then(|| (format!("{BEFORE}<SERIAL>"), BEFORE.len() + count))
}

/// The body of a PEM block, between line ends or JSON's `\n`.
fn pem_body(text: &str) -> Replacement {
    let label = text.strip_prefix("-----BEGIN ")?.split("-----").next()?;
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let rest = text.strip_prefix(&begin)?;
    let line_end = ["\\n", "\n"]
        .into_iter()
        .find(|line_end| rest.starts_with(line_end))?;
    let body = rest.find('-').filter(|at| rest[*at..].starts_with(&end))?;
    let length = begin.len() + body + end.len();
    Some((format!("{begin}{line_end}<BASE64>{line_end}{end}"), length))
}

fn panic_trace(text: &str) -> Replacement {
    let message = text.strip_prefix("panic: ")?.split_once('\n')?.0;
    Some((format!("panic: {message}\n<GO PANIC TRACE>\n"), text.len()))
}

fn base64(text: &str) -> Replacement {
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let length = text.bytes().take_while(base64).count();
    match length {
        0 => None,
        400.. => Some(("<BASE64>".to_owned(), length)),
        _ => Some((text[..length].to_owned(), length)),
    }
}

#[test]
fn output_becomes_normal() {
    let output = "2026/11/22 10:11:12 [INFO] signed certificate with serial number 123\n\
        {\"cert\":\"-----BEGIN X Y-----\\nAAAA\\nBB==\\n-----END X Y-----\\n\"}\n";
    let expected = "YYYY/MM/DD hh:mm:ss [INFO] signed certificate with serial number <SERIAL>\n\
        {\"cert\":\"-----BEGIN X Y-----\\n<BASE64>\\n-----END X Y-----\\n\"}\n";
    assert_eq!(normal(output), expected);
    assert_eq!(
        normal("panic: x\ntrace\nmore"),
        "panic: x\n<GO PANIC TRACE>\n"
    );
    assert_eq!(normal(&"A".repeat(400)), "<BASE64>");
    assert_eq!(normal(&"A".repeat(399)), "A".repeat(399));
}
