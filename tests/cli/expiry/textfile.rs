//! The file for Prometheus' textfile collector.

use super::*;

#[test]
fn a_file_for_the_textfile_collector() {
    let place = Place::new();
    place.made("10.0.0.10");
    let file = place.join("kpki.prom");
    let output = expiry(&place, LATER, &["k", "--textfile", "kpki.prom"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    let text = fs::read_to_string(&file).expect("the file");
    let mode = |path| fs::metadata(path).expect("a file").permissions().mode() & 0o7777;
    assert_eq!(mode(&file), 0o644);
    let printed = expiry(&place, LATER, &["k", "-o", "prometheus"]);
    assert_eq!(text, printed.stdout);
    let place_of = |name: &str| place.join(name).to_string_lossy().into_owned();
    let path = format!("filepath=\"{}\"", place_of("k/pki/apiserver.crt"));
    assert!(text.contains(&path), "{text}");
    assert!(text.ends_with("x509_read_errors 0\n"), "{text}");

    // The next run replaces it, whatever its mode was, and leaves nothing else.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("chmod");
    fs::write(place.join("k/pki/apiserver.crt"), "").expect("written");
    let output = expiry(
        &place,
        LATER,
        &["k", "--textfile", "kpki.prom", "-o", "json"],
    );
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(json(&output)["unreadable"], 1);
    let text = fs::read_to_string(&file).expect("the file");
    assert!(text.ends_with("x509_read_errors 1\n"), "{text}");
    assert_eq!(mode(&file), 0o644);
    let entries = fs::read_dir(place.path()).expect("our directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["k", "kpki.prom"]);
}

#[test]
fn a_textfile_that_nobody_would_read_is_refused() {
    let place = Place::new();
    place.made("10.0.0.10");
    let said = place.refused(&mut place.command(&["expiry", "k", "--textfile", "metrics.txt"]));
    assert!(
        said.contains("textfile collector reads no other files"),
        "{said}"
    );
    fs::write(place.join("target"), "untouched").expect("written");
    symlink("target", place.join("link.prom")).expect("a link");
    place.refused(&mut place.command(&["expiry", "k", "--textfile", "link.prom", "--now", NOW]));
    place.refused(&mut place.command(&["expiry", "k", "--textfile", "no/kpki.prom", "--now", NOW]));
    let target = fs::read_to_string(place.join("target")).expect("a file");
    assert_eq!(target, "untouched");
}

/// Old metrics would say that all is well.
#[test]
fn a_textfile_is_never_left_as_it_was() {
    let place = Place::new();
    place.made("10.0.0.10");
    let textfile = ["--textfile", "kpki.prom"];
    let text = || fs::read_to_string(place.join("kpki.prom")).expect("the file");
    for (directories, errors) in [
        (&["k"][..], 0),
        (&["none", "k", "gone"], 2),
        (&["k"], 0),
        (&["none"], 1),
    ] {
        let output = expiry(&place, LATER, &[directories, &textfile].concat());
        let status = if errors == 0 { 0 } else { 2 };
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        assert_eq!(output.stdout, "");
        assert_eq!(
            output.stderr.matches("error: ").count(),
            errors,
            "{output:?}"
        );
        let metrics = text();
        assert!(
            metrics.ends_with(&format!("x509_read_errors {errors}\n")),
            "{metrics}"
        );
        let apiserver = place.join("k/pki/apiserver.crt");
        let has_k = metrics.contains(&format!("filepath=\"{}\"", apiserver.display()));
        assert_eq!(has_k, directories.contains(&"k"), "{metrics}");
        let none = format!(
            "{{filename=\"none\",filepath=\"{}\"}} 1",
            place.join("none").display()
        );
        let has_none = metrics.contains(&format!("x509_cert_error{none}"));
        assert_eq!(has_none, directories.contains(&"none"), "{metrics}");
        let printed = expiry(
            &place,
            LATER,
            &[directories, &["-o", "prometheus"]].concat(),
        );
        assert_eq!(printed.stdout, metrics);
    }
}
