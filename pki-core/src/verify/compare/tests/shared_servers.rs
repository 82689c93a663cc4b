//! Servers that several hosts use.

use super::*;

#[test]
fn what_a_shared_server_shows_stands_between_the_hosts() {
    let mut all = reports(&made(&masters(3))[..3], None);
    let at = |address: &str, message: &str| {
        let file = format!("https://{address}:6443");
        Finding::new(Rule::LiveUnreachable, file, message, "see whether it runs")
    };
    for (index, host) in all.iter_mut().enumerate() {
        let own = format!("10.0.0.1{}", index + 1);
        let everywhere = at("vip.k8s.internal", "cannot be reached: connection refused");
        let shared = (index != 1).then_some(everywhere);
        // The same server, seen otherwise from one of them.
        let why = if index == 0 {
            "nothing answers"
        } else {
            "its name is not resolved"
        };
        let other = (index < 2).then(|| at("etcd.internal", why));
        let findings = [Some(at(&own, "connection refused")), shared, other];
        host.report.findings.extend(findings.into_iter().flatten());
        host.report.unreadable = 2;
    }
    let comparison = compare(&mut all);
    assert_eq!(
        shown(&comparison),
        ["error live-unreachable https://vip.k8s.internal:6443 [m1 m3] +0"]
    );
    let counts = all.iter().map(|host| host.report.findings.len());
    assert_eq!(counts.collect::<Vec<_>>(), [2, 2, 1]);
    assert!(all.iter().all(|host| !host.report.is_complete()));
}
