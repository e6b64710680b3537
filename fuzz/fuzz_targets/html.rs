#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| colophon_fuzz_targets::check_html(data));
