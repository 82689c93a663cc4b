//! Words that keepalived does not know, and values that it does not take: it says
//! 'Unknown keyword' or 'invalid number', and goes on with what it has by default.

use super::statement::Statement;
use crate::document::nearest;

/// A slip of the pen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slip {
    pub(crate) line: usize,
    pub(crate) kind: SlipKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SlipKind {
    /// A word, and the one that is meant.
    Word { told: String, meant: &'static str },
    /// What has no number behind it that keepalived takes.
    Number { word: &'static str, told: String },
}

impl Slip {
    /// Whether this word is meant.
    pub(crate) fn is_meant(&self, word: &str) -> bool {
        matches!(self.kind, SlipKind::Word { meant, .. } if meant == word)
    }
}

/// All words of a `vrrp_script` (keepalived.conf(5)).
const OF_SCRIPT: [&str; 8] = [
    "script",
    "interval",
    "timeout",
    "rise",
    "fall",
    "weight",
    "user",
    "init_fail",
];

/// All words of a `vrrp_instance`.
const OF_INSTANCE: [&str; 66] = [
    "accept",
    "advert_int",
    "authentication",
    "check_unicast_src",
    "debug",
    "dont_track_primary",
    "down_timer_adverts",
    "garp_extra_if",
    "garp_lower_prio_delay",
    "garp_lower_prio_repeat",
    "garp_master_delay",
    "garp_master_refresh",
    "garp_master_refresh_repeat",
    "garp_master_repeat",
    "higher_prio_send_advert",
    "interface",
    "kernel_rx_buf_size",
    "linkbeat_use_polling",
    "lower_prio_no_advert",
    "lvs_sync_daemon_interface",
    "mcast_dst_ip",
    "mcast_src_ip",
    "native_ipv6",
    "no_accept",
    "nopreempt",
    "notify",
    "notify_backup",
    "notify_deleted",
    "notify_fault",
    "notify_master",
    "notify_master_rx_lower_pri",
    "notify_priority_changes",
    "notify_stop",
    "old_unicast_checksum",
    "preempt",
    "preempt_delay",
    "priority",
    "promote_secondaries",
    "skip_check_adv_addr",
    "smtp_alert",
    "state",
    "strict_mode",
    "track_bfd",
    "track_file",
    "track_interface",
    "track_process",
    "track_script",
    "track_src_ip",
    "unicast_fault_no_peer",
    "unicast_peer",
    "unicast_src_ip",
    "unicast_ttl",
    "use_ipvlan",
    "use_vmac",
    "use_vmac_addr",
    "version",
    "virtual_ipaddress",
    "virtual_ipaddress_excluded",
    "virtual_router_id",
    "virtual_routes",
    "virtual_rules",
    "vmac_xmit_base",
    "vrf",
    // Of other versions.
    "vrrp_version",
    "vrrp_garp_extra_if",
    "vrrp_strict",
];

pub(super) fn of_script(block: &Statement) -> Vec<Slip> {
    let numbers = ["interval", "timeout", "rise", "fall", "weight"];
    of_block(block, &OF_SCRIPT, &numbers)
}

pub(super) fn of_instance(block: &Statement) -> Vec<Slip> {
    of_block(block, &OF_INSTANCE, &["priority", "advert_int"])
}

fn of_block(
    block: &Statement,
    words: &'static [&'static str],
    numbers: &[&'static str],
) -> Vec<Slip> {
    let slips = block.children.iter().filter_map(|statement| {
        let kind = match statement.word(0)? {
            told if words.contains(&told) => wrong_number(statement, numbers)?,
            told => SlipKind::Word {
                told: told.to_owned(),
                meant: meant(told, words)?,
            },
        };
        let line = statement.line;
        Some(Slip { line, kind })
    });
    slips.take(super::MOST).collect()
}

/// What is further away may be a word of another version.
fn meant(told: &str, words: &'static [&'static str]) -> Option<&'static str> {
    let near = nearest(told, words.iter().copied())?;
    (strsim::damerau_levenshtein(told, near) <= 2).then_some(near)
}

fn wrong_number(statement: &Statement, numbers: &[&'static str]) -> Option<SlipKind> {
    let word = numbers.iter().find(|it| statement.word(0) == Some(**it))?;
    let told = statement.word(1)?;
    let is_right = match *word {
        "weight" => matches!(told.parse(), Ok(-253_i32..=253)),
        _ => told.parse::<f64>().is_ok(),
    };
    let is_put_in = told.starts_with(['$', '@', '~']);
    (!is_right && !is_put_in).then(|| SlipKind::Number {
        word,
        told: told.to_owned(),
    })
}
