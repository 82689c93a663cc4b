//! Whatever names say, the drawings are sound.

use super::*;
use crate::verify::Rule;

/// A graph with this text wherever a text of others may be.
fn with(text: &str, hosts: usize, external: bool) -> Graph {
    let roles: Vec<_> = (0..hosts)
        .map(|index| (!external || index % 2 == 0, external && index % 2 == 1))
        .collect();
    let mut graph = Graph::planned(&cluster(&roles, external, 36));
    let finding = |severity| NodeFinding {
        severity,
        rule: Rule::Expired,
        host: text.to_owned(),
        message: text.to_owned(),
    };
    graph.name = Some(text.to_owned());
    graph.endpoint = Some(text.to_owned());
    for node in &mut graph.authorities {
        node.subject = Some(text.to_owned());
        node.findings.push(finding(Severity::Error));
    }
    for host in &mut graph.hosts {
        host.name = text.to_owned();
        host.findings.push(finding(Severity::Warning));
        for node in &mut host.certificates {
            node.names = vec![text.to_owned()];
            node.subject = Some(text.to_owned());
        }
        let mut other = host.certificates.first().cloned().unwrap();
        other.name = text.to_owned();
        other.entry = None;
        other.state = CertificateState::Unreadable(text.to_owned());
        other.lifetime = None;
        host.certificates.push(other);
    }
    if let Some(last) = graph.hosts.last_mut() {
        last.not_read = Some(text.to_owned());
    }
    graph
}

/// Whether tags are balanced, attributes quoted, and everything else is text.
fn well_formed(xml: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml
        .strip_prefix("<!-- made by kpki graph -->\n")
        .unwrap_or(xml);
    while let Some(begin) = rest.find('<') {
        let (text, tag) = rest.split_at(begin);
        entities(text)?;
        let end = tag.find('>').ok_or("a tag without end")?;
        let inside = &tag[1..end];
        rest = &tag[end + 1..];
        if inside.contains('<') || inside.matches('"').count() % 2 != 0 {
            return Err(format!("odd tag {inside}"));
        }
        let name = inside.split_whitespace().next().unwrap_or_default();
        match (inside.strip_prefix('/'), inside.strip_suffix('/')) {
            (Some(closed), _) if open.pop() == Some(closed) => {}
            (Some(closed), _) => return Err(format!("{closed} is closed")),
            (None, Some(_)) => {}
            (None, None) => open.push(name),
        }
    }
    entities(rest)?;
    match open.is_empty() {
        true => Ok(()),
        false => Err(format!("open: {open:?}")),
    }
}

fn entities(text: &str) -> Result<(), String> {
    if let Some(odd) = text.chars().find(|c| c.is_control() && *c != '\n') {
        return Err(format!("{odd:?} in a text"));
    }
    for after in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;", "#10;"];
        if !known.iter().any(|entity| after.starts_with(entity)) {
            return Err(format!("no entity: {after}"));
        }
    }
    Ok(())
}

/// The contents of quoted strings, in which a backslash may quote.
fn strings(text: &str, backslash: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut current: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (&mut current, c) {
            (Some(string), '\\') if backslash => string.extend(chars.next()),
            (Some(_), '"') => found.extend(current.take()),
            (Some(string), c) => string.push(c),
            (None, '"') => current = Some(String::new()),
            (None, _) => {}
        }
    }
    assert_eq!(current, None, "a string without end");
    found
}

/// A text or a box: left, top, right, bottom, in hundredths of a pixel.
type Area = (usize, usize, usize, usize);

fn number(tag: &str, name: &str) -> usize {
    let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap();
    rest.split('"').next().unwrap().parse::<usize>().unwrap() * 100
}

/// The boxes of CAs and hosts.
fn cards(picture: &str) -> Vec<Area> {
    let rects = picture.lines().filter(|line| line.contains("\"kg-card"));
    let area = |line: &str| {
        let (x, y) = (number(line, "x"), number(line, "y"));
        (x, y, x + number(line, "width"), y + number(line, "height"))
    };
    rects
        .filter(|line| line.starts_with("<rect"))
        .map(area)
        .collect()
}

/// The texts, in a font of fixed width.
fn texts(picture: &str) -> Vec<Area> {
    let area = |line: &str| {
        let (tag, text) = line.split_once('>').unwrap();
        let mut text = text.trim_end_matches("</text>").to_owned();
        for (entity, c) in [
            ("lt", "<"),
            ("gt", ">"),
            ("quot", "\""),
            ("#39", "'"),
            ("amp", "&"),
        ] {
            text = text.replace(&format!("&{entity};"), c);
        }
        let size = match () {
            () if tag.contains("kg-h") => 17,
            () if tag.contains("kg-t") => 14,
            () if tag.contains("kg-s") => 11,
            () => 12,
        };
        let width = words::columns(&text) * 61 * size;
        let (x, y) = (number(tag, "x"), number(tag, "y"));
        let x = if tag.contains("kg-r\"") { x - width } else { x };
        (x, y - 100 * size, x + width, y)
    };
    let lines = picture.lines().filter(|line| line.starts_with("<text"));
    lines.map(area).collect()
}

fn overlap(one: &Area, other: &Area) -> bool {
    one.0 < other.2 && other.0 < one.2 && one.1 < other.3 && other.1 < one.3
}

/// Nothing lies on anything else, and every text that begins in a box ends there.
fn tidy(picture: &str) -> Result<(), String> {
    let (cards, texts) = (cards(picture), texts(picture));
    let (_, view) = picture.split_once("<svg").unwrap();
    let (width, height) = (number(view, "width"), number(view, "height"));
    for areas in [&cards, &texts] {
        for (index, one) in areas.iter().enumerate() {
            if one.2 > width || one.3 > height {
                return Err(format!("{one:?} is outside"));
            }
            let others = areas.iter().skip(index + 1);
            if let Some(other) = others.into_iter().find(|other| overlap(one, other)) {
                return Err(format!("{one:?} and {other:?}"));
            }
        }
    }
    let is_cut = |text: &&Area| {
        let mut around = cards.iter().filter(|card| overlap(card, text));
        around.any(|card| text.0 < card.0 || text.2 > card.2 || text.3 > card.3)
    };
    match texts.iter().find(is_cut) {
        Some(text) => Err(format!("{text:?} leaves its box")),
        None => Ok(()),
    }
}

#[test]
fn every_number_of_hosts_has_room() {
    for hosts in [1, 2, 3, 4, 5, 7, 9, 10, 61] {
        for external in [false, true] {
            for shape in [Shape::Wide, Shape::Narrow] {
                for name in ["m0", "ip-10-0-0-1.eu-central-1.compute.internal-and-more"] {
                    let picture = svg(&with(name, hosts, external), shape);
                    assert_eq!(
                        tidy(&picture),
                        Ok(()),
                        "{hosts} {external} {name} {shape:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_check_would_notice() {
    assert_eq!(well_formed("<a b=\"c\"><d/>&lt;</a>"), Ok(()));
    for bad in [
        "<a>",
        "</a>",
        "<a>&b</a>",
        "<a b=\">",
        "<a><b></a></b>",
        "\u{1}",
    ] {
        assert!(well_formed(bad).is_err(), "{bad}");
    }
    let picture = svg(&with("m0", 2, false), Shape::Wide);
    assert_eq!(cards(&picture).len(), 6);
    for (from, to) in [
        (
            ">apiserver</text>",
            ">apiserver-with-a-name-that-is-too-long</text>",
        ),
        ("class=\"kg-card-e\"", "class=\"kg-card\" x=\"0\""),
        ("width=\"1096\"", "width=\"900\""),
    ] {
        let bad = picture.replace(from, to);
        let bad = bad.replace("x=\"24\" y=\"75\"", "x=\"60\" y=\"75\"");
        assert!(tidy(&bad).is_err(), "{from}");
    }
}

#[test]
fn texts_are_quoted() {
    let graph = with("</text><script>\"&'\\N%]--#;`", 1, false);
    let picture = svg(&graph, Shape::Wide);
    assert!(!picture.contains("<script"), "{picture}");
    assert!(picture.contains("&lt;/text&gt;&lt;script&gt;&quot;&amp;&#39;"));
    let dot = dot(&graph);
    assert!(dot.contains(r#"\"&amp;'\\N%]--#;`"#), "{dot}");
    let mermaid = mermaid(&graph);
    assert!(mermaid.contains("#60;/text#62;#60;script#62;#34;#38;#39;#92;N#37;#93;--#35;#59;#96;"));
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,60}",
        "[\"'<>&\\\\;#%`\\[\\]{}|\n\r\t\u{0}\u{202e}\u{fffe} -]{0,40}",
        "(</title>|</svg>|<script>|]]>|\\*/|\\\\n|\\\\N|end\n|\"]|#quot;|&#0;){1,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_name_becomes_markup(text in hostile(), hosts in 1_usize..8, external: bool) {
        let graph = with(&text, hosts, external);
        for shape in [Shape::Wide, Shape::Narrow] {
            let picture = svg(&graph, shape);
            prop_assert_eq!(well_formed(&picture), Ok(()));
            prop_assert_eq!(tidy(&picture), Ok(()));
            // Nothing but what is drawn for harmless names.
            let tags = |xml: &str, name: &str| xml.matches(&format!("<{name}")).count();
            let harmless = svg(&with("m", hosts, external), shape);
            for name in ["svg", "style", "path", "circle", "g>"] {
                prop_assert_eq!(tags(&picture, name), tags(&harmless, name));
            }
            prop_assert_eq!(tags(&picture, "script"), 0);
        }
        // The same statements, whatever the labels say.
        let without = |text: String, backslash| {
            let all = strings(&text, backslash);
            (all.len(), text.lines().count())
        };
        let harmless = with("m", hosts, external);
        prop_assert_eq!(without(dot(&graph), true), without(dot(&harmless), true));
        let flowchart = mermaid(&graph);
        for label in strings(&flowchart, false) {
            let label = label.replace("<br/>", "");
            let is_safe = |c: char| c.is_alphanumeric() || " .,:/()-=#;".contains(c);
            prop_assert!(label.chars().all(is_safe), "{}", label);
        }
        prop_assert_eq!(without(flowchart, false), without(mermaid(&harmless), false));
    }

    #[test]
    fn texts_stay_in_their_columns(text in "\\PC{0,80}", most in 1_usize..40) {
        let short = words::shortened(&text, most);
        prop_assert!(words::columns(&short) <= most.max(1));
        let lines = words::wrapped(&text, most, 3);
        prop_assert!(lines.len() <= 3);
        prop_assert!(lines.iter().all(|line| words::columns(line) <= most.max(1)));
    }
}
