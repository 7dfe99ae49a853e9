#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openclaw_core_fuzz::targets::scanner(data));
