use proptest::prelude::*;

use super::*;

const TEXT: &str = "global\n  server no 1.2.3.4:1\ndefaults\n  mode http # for all\n  option httpchk\n\
    backend apiservers # c\n  mode tcp\n  balance roundrobin\n  http-check connect ssl\n  default-server check verify none\n  \
    server m0 10.0.0.10:6443\n  server m1 [fd00::1]:6443 no-check ssl\n  # server m2 10.0.0.12:6443\n\
    listen stats\n  bind :1,10.0.0.1:2 ssl crt x\nfrontend f\n  bind *:8443\n  bind [::]:8443\n  bind ipv4@10.0.0.10:x\n  \
    server no 10.0.0.9:1\n  default_backend apiservers\nbackend n\n  server x ipv4@m3.internal:1\n  server y m4\n";

#[test]
fn servers_of_backends_are_read() {
    let cfg = HaproxyCfg::parse(TEXT.as_bytes());
    let found: Vec<_> = cfg
        .proxies
        .iter()
        .map(|it| {
            let servers: Vec<_> = it
                .servers
                .iter()
                .map(|it| (it.host.as_str(), it.port))
                .collect();
            (it.name.as_str(), it.line, it.is_http(), servers)
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "apiservers",
                6,
                false,
                vec![("10.0.0.10", Some(6443)), ("fd00::1", Some(6443))]
            ),
            ("stats", 14, true, vec![]),
            ("f", 16, true, vec![("10.0.0.9", Some(1))]),
            ("n", 22, true, vec![("m3.internal", Some(1)), ("m4", None)]),
        ]
    );
}

#[test]
fn ways_and_checks_are_told() {
    let cfg = HaproxyCfg::parse(TEXT.as_bytes());
    let [apiservers, stats, f, _] = &cfg.proxies[..] else {
        panic!("four")
    };
    let binds = |proxy: &Proxy| -> Vec<_> {
        let binds = proxy.binds.iter();
        binds
            .map(|it| (it.address.map(|it| it.to_string()), it.port, it.has_tls))
            .collect()
    };
    assert_eq!(
        binds(stats),
        [(None, 1, true), (Some("10.0.0.1".to_owned()), 2, true)]
    );
    assert_eq!(binds(f), [(None, 8443, false), (None, 8443, false)]);
    let ways: Vec<_> = cfg.ways_to(apiservers).map(|it| it.name.as_str()).collect();
    assert_eq!(ways, ["f"]);
    assert_eq!(cfg.ways_to(stats).count(), 1);
    assert!(apiservers.connects_by_tls && apiservers.http_check == Some(5));
    let [m0, m1] = &apiservers.servers[..] else {
        panic!("two")
    };
    assert!(apiservers.checks(m0) && !apiservers.checks(m1));
    assert!(apiservers.has_option(m1, "ssl") && !apiservers.has_option(m0, "ssl"));
    assert!(apiservers.has_option(m0, "verify") && m0.is("x", [10, 0, 0, 10].into()));
    assert!(!cfg.verifies_nobody);
    assert!(HaproxyCfg::parse(b"global\n ssl-server-verify none\n").verifies_nobody);
}

proptest! {
    #[test]
    fn reading_never_panics(
        bytes: Vec<u8>,
        text in "(backend |frontend |listen |defaults|bind |mode |server |default-server |option |httpchk |m0 |\\[|\\]|:|@|,|\n| |#){0,40}",
    ) {
        let _ = HaproxyCfg::parse(&bytes);
        let cfg = HaproxyCfg::parse(text.as_bytes());
        for proxy in &cfg.proxies {
            let _ = cfg.ways_to(proxy).count();
        }
    }
}
