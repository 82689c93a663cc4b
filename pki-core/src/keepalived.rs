//! The configuration of keepalived, as far as it decides which host has the
//! virtual IP and when (keepalived.conf(5)).

mod braces;
mod seal;
mod slip;
mod statement;

use std::fmt;
use std::net::IpAddr;

use zeroize::Zeroizing;

pub(crate) use braces::BraceFault;
pub use seal::PasswordSeal;
pub(crate) use slip::{Slip, SlipKind};
use statement::Statement;

/// What a `keepalived.conf` says.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeepalivedConf {
    pub(crate) scripts: Vec<CheckScript>,
    pub(crate) instances: Vec<VrrpInstance>,
    /// Whether `enable_script_security` is there.
    pub(crate) has_script_security: bool,
    /// As whom scripts run, if that is said.
    pub(crate) script_user: Option<(String, usize)>,
    /// `vrrp_version` for all instances.
    pub(crate) version: Option<(String, usize)>,
    /// `vrrp_strict`.
    pub(crate) strict_line: Option<usize>,
    /// The line of `global_defs`.
    pub(crate) global_line: Option<usize>,
    /// Lines that bring in what is not here: `include`, conditions, names that are
    /// put in.
    pub(crate) others: Vec<usize>,
    /// What is wrong with its blocks, so that keepalived takes it for something else.
    pub(crate) braces: Option<BraceFault>,
    /// The instances of groups that go by a check of their own.
    grouped: Vec<String>,
}

/// `vrrp_script NAME`.
#[derive(Debug, Clone, Default)]
pub(crate) struct CheckScript {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// The program with its words, and the line of that.
    pub(crate) command: Option<(Vec<String>, usize)>,
    /// Seconds between two runs.
    pub(crate) interval: Told<f64>,
    /// How many have to fail one after the other.
    pub(crate) fall: Told<u32>,
    /// By how much a failure lowers the priority, or a success raises it; with 0 a
    /// failure takes the host out.
    pub(crate) weight: Told<i32>,
    pub(crate) slips: Vec<Slip>,
}

impl CheckScript {
    /// Whether it has a program: keepalived removes one without.
    pub(crate) fn runs(&self) -> bool {
        let words = self.command.as_ref().map(|(words, _)| words);
        words.is_some_and(|words| !words.is_empty())
    }
}

/// `vrrp_instance NAME`.
#[derive(Debug, Clone, Default)]
pub(crate) struct VrrpInstance {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// Whether it begins as MASTER.
    pub(crate) is_master: Told<bool>,
    /// The word and the line of `state`.
    pub(crate) state: Option<(String, usize)>,
    /// The words behind `interface`, of which the first counts.
    pub(crate) interface: Option<(Vec<String>, usize)>,
    /// Whether one that comes back leaves the virtual IP where it is.
    pub(crate) no_preempt: Option<usize>,
    /// Seconds between two of its messages, as they are written.
    pub(crate) advert_int: Option<(String, usize)>,
    pub(crate) unicast: Option<Unicast>,
    /// As it is written.
    pub(crate) router_id: Option<(String, usize)>,
    pub(crate) priority: Told<u32>,
    pub(crate) auth_type: Option<(String, usize)>,
    pub(crate) auth_pass: Option<(AuthPass, usize)>,
    /// The version of VRRP, 2 or 3, as it is written.
    pub(crate) version: Option<(String, usize)>,
    /// The virtual IPs and their lines.
    pub(crate) addresses: Vec<(IpAddr, usize)>,
    /// The scripts that it goes by, with a weight of its own if there is one.
    pub(crate) tracks: Vec<Track>,
    /// Whether it goes by something else, such as a process.
    pub(crate) tracks_others: bool,
    /// Whether packets to its virtual IP are taken, as is said.
    accept: bool,
    /// The line that says that they are not.
    no_accept: Option<usize>,
    /// `strict_mode`, in the place of `vrrp_strict`.
    strict_mode: Option<(bool, usize)>,
    pub(crate) slips: Vec<Slip>,
}

/// A script that an instance goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Track {
    pub(crate) name: String,
    pub(crate) line: usize,
    /// Its own, in the place of the script's.
    pub(crate) weight: Option<i32>,
}

/// `unicast_peer`: to whom it writes instead of to the multicast group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unicast {
    pub(crate) line: usize,
    pub(crate) peers: Vec<(IpAddr, usize)>,
    /// `unicast_src_ip`.
    pub(crate) source: Option<(IpAddr, usize)>,
}

/// A value and the line that says it; `None` where it is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Told<T> {
    pub(crate) value: T,
    pub(crate) line: Option<usize>,
}

/// The password of VRRP: never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AuthPass(Zeroizing<String>);

impl AuthPass {
    /// More than this does not count: keepalived cuts it off.
    pub(crate) const COUNTS: usize = 8;

    pub(crate) fn is_too_long(&self) -> bool {
        self.0.len() > Self::COUNTS
    }

    /// The part of a text that would count as one.
    pub(crate) fn of_description(secret: &str) -> Self {
        Self(Zeroizing::new(secret.to_owned())).counting()
    }

    /// The same sealed: what stands for it is told from others, and says nothing else.
    pub(crate) fn sealed(&self, seal: &PasswordSeal) -> Self {
        Self(Zeroizing::new(seal.of(&self.0)))
    }

    /// Whether it stayed on its host, and nothing there could seal it.
    pub(crate) fn is_withheld(&self) -> bool {
        self.0.trim_end_matches('+') == "withheld"
    }

    /// The part that counts.
    pub(crate) fn counting(&self) -> Self {
        let octets = self.0.char_indices().map(|(at, c)| at + c.len_utf8());
        let end = octets.take_while(|end| *end <= Self::COUNTS).last();
        let counting = self.0.get(..end.unwrap_or(0)).unwrap_or_default();
        Self(Zeroizing::new(counting.to_owned()))
    }
}

impl Ord for AuthPass {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.as_str().cmp(other.0.as_str())
    }
}

impl PartialOrd for AuthPass {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for AuthPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[elided]")
    }
}

/// Scripts, instances, and what each of them lists: more than any host has.
const MOST: usize = 64;

impl KeepalivedConf {
    /// Reads what it knows; keepalived itself passes over much that is wrong.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
        let mut conf = Self::default();
        for statement in statement::read(&text) {
            conf.add(&statement);
        }
        conf.braces = braces::find(&text);
        conf.scripts.truncate(MOST);
        conf.instances.truncate(MOST);
        conf
    }

    fn add(&mut self, statement: &Statement) {
        let name = || statement.word(1).unwrap_or_default().to_owned();
        statement.find_others(&mut self.others);
        match statement.word(0) {
            Some("global_defs") => {
                self.global_line = Some(statement.line);
                self.has_script_security |= statement.child("enable_script_security").is_some();
                self.script_user = statement
                    .text("script_user")
                    .or_else(|| self.script_user.take());
                self.version = statement
                    .text("vrrp_version")
                    .or_else(|| self.version.take());
                let strict = statement.child("vrrp_strict").map(|it| it.line);
                self.strict_line = strict.or(self.strict_line);
            }
            Some("vrrp_script") => self.scripts.push(CheckScript {
                name: name(),
                line: statement.line,
                command: statement.child("script").map(|it| (it.command(), it.line)),
                interval: statement.number("interval", 1.0),
                fall: statement.number("fall", 1),
                weight: statement.number("weight", 0),
                slips: slip::of_script(statement),
            }),
            Some("vrrp_instance") => self.instances.push(VrrpInstance {
                name: name(),
                line: statement.line,
                is_master: statement
                    .child("state")
                    .map_or_else(Told::default, |it| Told {
                        value: it.word(1) == Some("MASTER"),
                        line: Some(it.line),
                    }),
                state: statement.text("state"),
                interface: statement
                    .child("interface")
                    .map(|it| (it.command(), it.line)),
                no_preempt: statement.child("nopreempt").map(|it| it.line),
                advert_int: statement.text("advert_int"),
                unicast: unicast(statement),
                router_id: statement.text("virtual_router_id"),
                priority: statement.number("priority", 100),
                auth_type: statement
                    .child("authentication")
                    .and_then(|it| it.text("auth_type")),
                auth_pass: auth_pass(statement),
                version: statement.text("version"),
                addresses: addresses(statement),
                tracks: tracks(statement),
                tracks_others: ["track_process", "track_file"]
                    .iter()
                    .any(|word| statement.child(word).is_some()),
                accept: statement.child("accept").is_some(),
                no_accept: statement.child("no_accept").map(|it| it.line),
                strict_mode: statement.child("strict_mode").map(|it| {
                    let is_off = matches!(it.word(1), Some("off" | "false" | "no"));
                    (!is_off, it.line)
                }),
                slips: slip::of_instance(statement),
            }),
            Some("vrrp_sync_group") => {
                let has_check = ["track_script", "track_process", "track_file"];
                if has_check.iter().any(|word| statement.child(word).is_some()) {
                    let members = statement.child("group").map(|it| &it.children);
                    let names = members.into_iter().flatten().filter_map(|it| it.word(0));
                    self.grouped.extend(names.take(MOST).map(str::to_owned));
                }
            }
            _ => {}
        }
    }

    /// Whether something decides when the virtual IP has to leave.
    pub(crate) fn is_watched(&self, instance: &VrrpInstance) -> bool {
        let mut tracks = instance.tracks.iter();
        instance.tracks_others
            || self.grouped.contains(&instance.name)
            || tracks.any(|track| self.script(&track.name).is_some_and(CheckScript::runs))
    }

    /// The version of VRRP that an instance speaks, and the line that says it.
    pub(crate) fn version(&self, instance: &VrrpInstance) -> (u8, Option<usize>) {
        let told = instance.version.as_ref().or(self.version.as_ref());
        let addresses = &instance.addresses;
        let is_v6 = !addresses.is_empty() && addresses.iter().all(|(it, _)| it.is_ipv6());
        match told {
            Some((version, line)) if version == "3" => (3, Some(*line)),
            // IPv6 has no other.
            _ if is_v6 => (3, None),
            told => (2, told.map(|(_, line)| *line)),
        }
    }

    /// By how much the checks of an instance change its priority: keepalived passes
    /// over those that are not there.
    pub(crate) fn weights(&self, instance: &VrrpInstance) -> Vec<Told<i32>> {
        let weights = instance.tracks.iter().filter_map(|track| {
            let script = self.script(&track.name).filter(|it| it.runs())?;
            Some(match track.weight {
                Some(value) => Told {
                    value,
                    line: Some(track.line),
                },
                None => script.weight,
            })
        });
        weights.collect()
    }

    /// Whether an instance goes by checks, and all of them only change its priority.
    pub(crate) fn has_weights_alone(&self, instance: &VrrpInstance) -> bool {
        let weights = self.weights(instance);
        let is_sure = !instance.tracks_others && !self.grouped.contains(&instance.name);
        is_sure && !weights.is_empty() && weights.iter().all(|it| it.value != 0)
    }

    /// By which word and where keepalived drops what clients send to the virtual IP.
    pub(crate) fn drops(&self, instance: &VrrpInstance) -> Option<(&'static str, usize)> {
        // It does not for the owner of the address.
        if instance.priority.value == 255 {
            return None;
        }
        if let Some(line) = instance.no_accept.filter(|_| !instance.accept) {
            return Some(("no_accept", line));
        }
        let strict = match instance.strict_mode {
            Some((is_on, line)) => is_on.then_some(("strict_mode", line)),
            None => self.strict_line.map(|line| ("vrrp_strict", line)),
        };
        // Of version 2 strictness takes `accept` away.
        strict.filter(|_| !instance.accept || self.version(instance).0 == 2)
    }

    /// The script of a name.
    pub(crate) fn script(&self, name: &str) -> Option<&CheckScript> {
        self.scripts.iter().find(|script| script.name == name)
    }
}

fn auth_pass(instance: &Statement) -> Option<(AuthPass, usize)> {
    let told = instance.child("authentication")?.child("auth_pass")?;
    let text = told.word(1)?.to_owned();
    Some((AuthPass(Zeroizing::new(text)), told.line))
}

/// `10.0.0.100/24 dev eth0`.
fn addresses(instance: &Statement) -> Vec<(IpAddr, usize)> {
    let blocks = ["virtual_ipaddress", "virtual_ipaddress_excluded"];
    let lines = blocks.iter().filter_map(|block| instance.child(block));
    let lines = lines.flat_map(|block| &block.children);
    let addresses = lines.filter_map(|line| {
        let address = line.word(0)?.split('/').next()?.parse().ok()?;
        Some((address, line.line))
    });
    addresses.take(MOST).collect()
}

/// `check_apiserver weight -2`.
fn tracks(instance: &Statement) -> Vec<Track> {
    let lines = instance.child("track_script").map(|block| &block.children);
    let tracks = lines.into_iter().flatten().filter_map(|line| {
        let weight = match line.word(1) {
            Some("weight") => line.word(2).and_then(|weight| weight.parse().ok()),
            _ => None,
        };
        Some(Track {
            name: line.word(0)?.to_owned(),
            line: line.line,
            weight,
        })
    });
    tracks.take(MOST).collect()
}

fn unicast(instance: &Statement) -> Option<Unicast> {
    let block = instance.child("unicast_peer")?;
    let address = |text: &str| text.split('/').next()?.parse().ok();
    let peers = block.children.iter().filter_map(|line| {
        let address = address(line.word(0)?)?;
        Some((address, line.line))
    });
    let source = instance.text("unicast_src_ip");
    Some(Unicast {
        line: block.line,
        peers: peers.take(MOST).collect(),
        source: source.and_then(|(text, line)| Some((address(&text)?, line))),
    })
}

#[cfg(test)]
mod tests;
