//! The local time zone, found as Go finds it: one file is read, and what cannot be read is UTC.

use std::path::Path;

use jiff::tz::TimeZone;

use crate::store::read_stream;

/// The longest of the zone files is a tenth of this.
const LONGEST: usize = 64 << 10;

const DIRECTORIES: [&str; 4] = [
    "/usr/share/zoneinfo",
    "/usr/share/lib/zoneinfo",
    "/usr/lib/locale/TZ",
    "/etc/zoneinfo",
];

/// `named` is the value of `TZ`: a path, or a name below one of the directories.
pub(super) fn read(named: Option<&str>) -> TimeZone {
    let Some(name) = named else {
        return file(Path::new("/etc/localtime")).unwrap_or(TimeZone::UTC);
    };
    let name = name.strip_prefix(':').unwrap_or(name);
    let found = match name {
        "" => None,
        path if path.starts_with('/') => file(Path::new(path)),
        // A name cannot lead out of the directories.
        name if name.split('/').any(|part| part == "..") => None,
        name => DIRECTORIES
            .iter()
            .find_map(|directory| file(&Path::new(directory).join(name))),
    };
    found.unwrap_or(TimeZone::UTC)
}

fn file(path: &Path) -> Option<TimeZone> {
    // A pipe in its place would hold the run for ever.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let bytes = read_stream(path, LONGEST).ok()?;
    TimeZone::tzif("", &bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Version 2 of the format (RFC 8536) with no transitions: its footer says it all.
    fn zone_file(footer: &str) -> Vec<u8> {
        let mut header = b"TZif2".to_vec();
        header.extend([0; 15]);
        for count in [0, 0, 0, 0, 1, 4_u32] {
            header.extend(count.to_be_bytes());
        }
        let mut block = header.clone();
        block.extend([0; 6]);
        block.extend(b"UTC\0");
        [&block[..], &block, b"\n", footer.as_bytes(), b"\n"].concat()
    }

    #[test]
    fn reads_the_file_that_tz_names() {
        let temp = tempfile::tempdir().expect("tempdir");
        let path = temp.path().join("zone");
        std::fs::write(&path, zone_file("EST5")).expect("write");
        let path = path.to_str().expect("UTF-8");
        for named in [path.to_owned(), format!(":{path}")] {
            let zone = read(Some(&named));
            let offset =
                zone.to_offset(jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(1));
            assert_eq!(offset.seconds(), -5 * 3600, "{named}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_utc() {
        for named in [
            "",
            ":",
            "No/Such",
            "../etc/passwd",
            "/etc/passwd",
            "/dev/zero",
            "/nope",
            "EST+5",
        ] {
            assert_eq!(read(Some(named)), TimeZone::UTC, "{named}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = TimeZone::tzif("", &bytes);
        }
    }
}
