//! The rules: one row each, with the words that users see in logs when it is
//! broken and the long story for `kpki explain`. A part of the table is a file.

mod authorities;
mod dates;
mod files;
mod flags;
mod hosts;
mod keys;
mod kubeconfigs;
mod live;
mod names;
mod permissions;
mod services;
mod signatures;
mod virtual_ip;

use authorities::authorities;
use dates::dates;
use files::files;
use flags::flags;
use hosts::hosts;
use keys::keys;
use kubeconfigs::kubeconfigs;
use live::live;
use names::names;
use permissions::permissions;
use services::services;
use signatures::signatures;
use virtual_ip::virtual_ip;

use crate::rules::joined;

joined! {
    [files keys authorities signatures dates names kubeconfigs flags permissions services virtual_ip hosts live]
    [
        /// What is checked. New rules are added; the id of one never changes.
        Rule
    ]
}

impl Rule {
    /// Whether it is about what a running server shows.
    pub(super) fn is_about_a_server(self) -> bool {
        self.topic() == Self::LiveUnreachable.topic()
    }

    /// Whether it says that a file is another one than it should be, which the
    /// rest of what is wrong with it follows from.
    pub(super) fn is_about_the_whole(self) -> bool {
        matches!(
            self,
            Self::Exchanged
                | Self::KeyMismatch
                | Self::CaKeyMismatch
                | Self::NotACa
                | Self::CaOverwritten
                | Self::CaReusedForFrontProxy
                | Self::CaReusedForEtcd
                | Self::WrongCa
                | Self::OtherCaSameName
                | Self::Subject
                | Self::NoSan
                | Self::SanMissing
                | Self::Purpose
        )
    }
}
