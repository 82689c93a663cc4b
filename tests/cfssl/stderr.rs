//! What may stand on standard error besides the recorded lines.

const WARNING: &str = "YYYY/MM/DD hh:mm:ss [WARNING] ";
const LOGGED: &str = "YYYY/MM/DD hh:mm:ss [";

/// The recorded lines are all there, in order; what else there is are warnings.
pub(crate) fn recorded_and_warnings(recorded: &str, actual: &str) -> Result<(), String> {
    let mut wanted = recorded.lines().peekable();
    let others = actual
        .lines()
        .filter(|line| wanted.next_if_eq(line).is_none());
    only_warnings(others.collect())?;
    match wanted.next() {
        None => Ok(()),
        Some(line) => Err(format!("the line {line:?} is missing")),
    }
}

/// The last recorded line is there; what else there is was recorded too, or
/// consists of warnings.
pub(crate) fn last_line_and_warnings(recorded: &str, actual: &str) -> Result<(), String> {
    if let Some(last) = recorded.lines().last()
        && !actual.lines().any(|line| line == last)
    {
        return Err(format!("the line {last:?} is missing"));
    }
    let recorded: Vec<&str> = recorded.lines().collect();
    only_warnings(
        actual
            .lines()
            .filter(|line| !recorded.contains(line))
            .collect(),
    )
}

/// The warnings of some output, each with the lines that continue it.
pub(crate) fn warnings(actual: &str) -> Vec<String> {
    let mut warnings: Vec<String> = Vec::new();
    let mut inside = false;
    for line in actual.lines() {
        if line.starts_with(WARNING) {
            warnings.push(line.to_owned());
            inside = true;
        } else if line.starts_with(LOGGED) {
            inside = false;
        } else if let Some(last) = warnings.last_mut().filter(|_| inside) {
            last.push('\n');
            last.push_str(line);
        }
    }
    warnings
}

fn only_warnings(lines: Vec<&str>) -> Result<(), String> {
    let mut inside = false;
    for line in lines {
        inside = line.starts_with(WARNING) || (inside && !line.starts_with(LOGGED));
        if !inside {
            return Err(format!(
                "the line {line:?} is neither recorded nor a warning"
            ));
        }
    }
    Ok(())
}

#[test]
fn warnings_may_be_added() {
    let recorded = "a\nb\n";
    let warned = format!("a\n{WARNING}careful\nindeed\nb\n");
    assert_eq!(recorded_and_warnings(recorded, &warned), Ok(()));
    assert_eq!(warnings(&warned), [format!("{WARNING}careful\nindeed\nb")]);
    assert!(recorded_and_warnings(recorded, "a\n").is_err());
    assert!(recorded_and_warnings(recorded, "a\nx\nb\n").is_err());
    assert_eq!(last_line_and_warnings(recorded, "b\n"), Ok(()));
    assert!(last_line_and_warnings(recorded, "a\n").is_err());
}
