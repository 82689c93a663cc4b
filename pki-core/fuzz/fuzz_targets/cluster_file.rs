//! kubeadm's configuration.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(file) = pki_core::ClusterFile::parse(bytes) {
        file.notes.iter().for_each(|note| drop(note.to_string()));
    }
});
