#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pki_core_fuzz::portable(bytes));
