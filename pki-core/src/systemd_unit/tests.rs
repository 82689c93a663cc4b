use proptest::prelude::*;

use super::*;

const UNIT: &str = r#"# Comment
[Unit]
Conflicts=etcd.service etcd2.service
[Service]
Environment="A=one two" B=2 1C=no
EnvironmentFile=-/etc/default/etcd
EnvironmentFile=/etc/etcd.env
ExecStart=@-/usr/bin/etcd etcd --name=${NAME} \
  # not a word
  "--data-dir=/var/lib/a b" $ARGS \
  --x=$NAME --y=$$HOME --z=%%H --h=%H ; /bin/other
User=etcd
"#;

fn unit(text: &str) -> SystemdUnit {
    SystemdUnit::read([("/u", text.as_bytes())])
}

fn texts(words: &[CommandWord]) -> Vec<&str> {
    words.iter().map(|word| word.text.as_str()).collect()
}

#[test]
fn a_service_is_read_as_systemd_does() {
    let unit = unit(UNIT);
    let files = unit.environment_files();
    let files: Vec<_> = files
        .iter()
        .map(|file| (file.path.as_str(), file.is_optional, file.place.line))
        .collect();
    assert_eq!(
        files,
        [("/etc/default/etcd", true, 6), ("/etc/etcd.env", false, 7)]
    );
    let mut environment = unit.environment();
    let known: Vec<_> = environment.all().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(known, ["A", "B"]);
    environment.add_file(
        "/etc/etcd.env",
        b"NAME=m1\n# no\nARGS=\"--b \"'--c=1'\\\n\nB = x \\y  \n",
    );
    let command = unit.command().unwrap();
    assert_eq!(command.program(), "/usr/bin/etcd");
    let words = command.words(&environment).unwrap();
    assert_eq!(
        texts(&words),
        [
            "--name=m1",
            "--data-dir=/var/lib/a b",
            "--b",
            "--c=1",
            "--x=$NAME",
            "--y=$HOME",
            "--z=%H",
            "--h=$(%H)",
        ]
    );
    assert_eq!((words[0].line, words[1].line, words[4].line), (8, 10, 11));
    assert_eq!(environment.get("B").unwrap().text, "x y");
    assert_eq!(environment.get("B").unwrap().place.line, 5);
    let names = command.variables();
    let names: Vec<_> = names.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["NAME", "ARGS"]);
    assert_eq!(unit.value(SERVICE, "User").unwrap().0, "etcd");
    assert_eq!(unit.listed("Unit", "Conflicts").len(), 2);
}

#[test]
fn what_is_not_known_is_nothing_or_no_value() {
    let unit = unit("[Service]\nExecStart=/e --a=${A} $B --c\n");
    let command = unit.command().unwrap();
    let mut environment = Environment::default();
    assert_eq!(
        texts(&command.words(&environment).unwrap()),
        ["--a=", "--c"]
    );
    environment.is_partial = true;
    assert_eq!(
        texts(&command.words(&environment).unwrap()),
        ["--a=$(A)", "$(B)", "--c"]
    );
}

#[test]
fn drop_ins_take_back_what_was_said() {
    let unit = SystemdUnit::read([
        ("/u", &b"[Service]\nExecStart=/old\nEnvironment=A=1\n"[..]),
        (
            "/u.d/1.conf",
            b"[Service]\nExecStart=\nExecStart=:/new ${A}\n",
        ),
    ]);
    let command = unit.command().unwrap();
    assert_eq!(
        (command.program(), command.file.as_str()),
        ("/new", "/u.d/1.conf")
    );
    let words = command.words(&unit.environment()).unwrap();
    assert_eq!(texts(&words), ["${A}"]);
}

#[test]
fn quotation_marks_and_escapes() {
    let cases: [(&str, Option<&[&str]>); 9] = [
        ("a 'b c'd e", Some(&["a", "b cd", "e"])),
        (r#""a\"b" c\sd"#, Some(&[r#"a"b"#, "c d"])),
        (r"\x41\101B", Some(&["AAB"])),
        (r"\q \", Some(&[r"\q"])),
        ("'a", None),
        ("", Some(&[])),
        ("''", Some(&[""])),
        (r"\xZZ \777 \x+1", Some(&[r"\xZZ", r"\777", r"\x+1"])),
        (r"\0000", Some(&[r"\0000"])),
    ];
    for (text, wanted) in cases {
        let line = lines::of(text).pop().unwrap_or_default();
        let found = words::of(&line);
        let found = found.as_ref().map(|words| {
            let texts = words.iter().map(|word| word.text.as_str());
            texts.collect::<Vec<_>>()
        });
        assert_eq!(found.as_deref(), wanted, "{text}");
    }
}

#[test]
fn files_of_variables_are_read_as_systemd_does() {
    let mut environment = Environment::default();
    let text =
        "\n;c=1\nA='x # y' \nB=\"a\\\"b\\n\nc\" d\n  C = v w  \nbad\nD\nexport E=1\nF=\\\nnext\nG=";
    environment.add_file("/f", text.as_bytes());
    let found: Vec<_> = environment
        .all()
        .map(|(name, value)| (name, value.text.as_str(), value.place.line))
        .collect();
    assert_eq!(
        found,
        [
            ("A", "x # y", 3),
            ("B", "a\"b\\n\ncd", 4),
            ("C", "v w", 6),
            ("F", "next", 10),
            ("G", "", 12),
        ]
    );
}

#[test]
fn a_command_does_not_grow_without_end() {
    let unit = unit(&format!(
        "[Service]\nExecStart=/e {}\n",
        "${A}".repeat(9000)
    ));
    let mut environment = Environment::default();
    environment.add_file("/f", format!("A={}", "x".repeat(9000)).as_bytes());
    assert!(unit.command().unwrap().words(&environment).is_none());
}

proptest! {
    /// What the quoting of systemd keeps is read back.
    #[test]
    fn quoted_words_are_read_back(values in prop::collection::vec("[ -~]{0,20}", 1..8)) {
        let quoted: String = values
            .iter()
            .map(|value| {
                let value = value.replace('\\', "\\\\").replace('"', "\\\"");
                format!(" \"{}\"", value.replace('%', "%%").replace('$', "$$"))
            })
            .collect();
        let unit = unit(&format!("[Service]\nExecStart=/e{quoted}\n"));
        let words = unit.command().unwrap().words(&Environment::default()).unwrap();
        prop_assert_eq!(texts(&words), values);
    }

    #[test]
    fn values_of_files_are_read_back(value in "[ -~]{0,30}") {
        let mut environment = Environment::default();
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let quoted = quoted.replace('$', "\\$").replace('`', "\\`");
        environment.add_file("/f", format!("A=\"{quoted}\"\n").as_bytes());
        prop_assert_eq!(&environment.get("A").unwrap().text, &value);
    }

    #[test]
    fn reading_never_panics(
        bytes: Vec<u8>,
        text in "(\\[Service\\]\n|ExecStart=|Environment=|EnvironmentFile=|/e |\\$|\\{|\\}|A|=|\"|'|\\\\|%|;|#|\n| |\u{e9}|x4){0,40}",
    ) {
        for text in [&bytes[..], text.as_bytes()] {
            let unit = SystemdUnit::read([("/u", text)]);
            let mut environment = unit.environment();
            environment.add_file("/f", text);
            let _ = unit.environment_files();
            if let Some(command) = unit.command() {
                let _ = command.variables();
                let _ = command.words(&environment);
            }
        }
    }
}
