use super::*;

const SERVER: &[u8] = include_bytes!("../../../../fixtures/kubeadm/sample/pki/etcd/server.crt");
const KEY: &[u8] = include_bytes!("../../../../fixtures/kubeadm/sample/pki/etcd/peer.key");

fn report(files: &[(&str, &[u8], u32)]) -> InspectReport {
    let files = files.iter().map(|(name, bytes, mode)| Inspected {
        name: (*name).to_owned(),
        mode: Some(*mode),
        content: Specimen::recognize(bytes).map_err(Unread::Mistaken),
    });
    let now = Timestamp::parse_rfc3339("2026-11-22T19:15:00Z").expect("a time");
    InspectReport::new(files.collect(), now)
}

/// Without colours.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn every_line_fits_a_narrow_terminal() {
    let page = plain(&report(&[("server.crt", SERVER, 0o644)]).to_text(Some(60)));
    for line in page.lines() {
        // Words that are longer than the terminal are left whole, to be copied.
        let is_word = line.split(' ').any(|word| word.len() > 40);
        assert!(line.chars().count() <= 60 || is_word, "{line}");
    }
    assert!(page.contains("\n                  IP:"), "{page}");
}

#[test]
fn a_key_of_another_certificate_and_an_open_file_are_told() {
    let both = report(&[("server.crt", SERVER, 0o644), ("peer.key", KEY, 0o644)]);
    let page = plain(&both.to_text(None));
    assert!(
        page.contains("belongs to    none of the certificates"),
        "{page}"
    );
    assert!(page.contains("readable by everyone (mode 0644)"), "{page}");
    let closed = report(&[("peer.key", KEY, 0o600)]);
    let page = plain(&closed.to_text(None));
    assert!(
        !page.contains("readable") && !page.contains("belongs"),
        "{page}"
    );
    assert_eq!(readable_by(0o640), Some("its group"));
}

#[test]
fn no_name_can_move_the_cursor() {
    let config =
        "kind: Config\ncontexts:\n- name: \"\\e[2J\\u202Ea\"\n  context: {user: \"\\n\"}\n";
    let page = report(&[("a\u{1b}[1m\n", config.as_bytes(), 0o600)]).to_text(None);
    let page = plain(&page);
    assert!(!page.contains(['\u{1b}', '\u{202e}']), "{page}");
    assert!(page.starts_with("a\\u{1b}[1m\\n: kubeconfig\n"), "{page}");
    assert!(page.contains("\\u{1b}[2J\\u{202e}a: no cluster"), "{page}");
}
