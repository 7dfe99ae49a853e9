//! Nothing of a secret stays in memory when all that held it is gone.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::process::Command;

use futures_executor::block_on;
use openclaw_core::{Env, SecretRef, SecretSource as _};

use crate::support::{folder, mode, resolver, script};

/// What stands inside of every secret of this test, in a form that is not found by looking for it. Not at
/// the beginning, where an allocator writes into what was freed.
const MARK: [u8; 16] = masked(*b"WIPED-MARK-78901");

const MASK: u8 = 0x5a;

const fn masked(mut text: [u8; 16]) -> [u8; 16] {
    let mut at = 0;
    while at < text.len() {
        text[at] ^= MASK;
        at += 1;
    }
    text
}

/// How often the mark stands in the memory that this process can write.
fn copies() -> usize {
    const STEP: u64 = 64 * 1024;
    const OVERLAP: u64 = MARK.len() as u64 - 1;
    let memory = File::open("/proc/self/mem").unwrap();
    let mut buffer = vec![0_u8; STEP as usize];
    // What is read through is memory as well: it would be found a second time there.
    let own = buffer.as_ptr().addr() as u64;
    let own = own..own + STEP;
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let mut found = 0;
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let (from, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
        for (mut at, end) in [(from, to.min(own.start)), (from.max(own.end), to)] {
            while at + OVERLAP < end {
                let wanted = STEP.min(end - at) as usize;
                let read = memory.read_at(&mut buffer[..wanted], at).unwrap_or(0);
                found += marks(&buffer[..read]);
                buffer.fill(0);
                at += wanted as u64 - OVERLAP;
            }
        }
    }
    found
}

fn marks(bytes: &[u8]) -> usize {
    let first = MARK[0] ^ MASK;
    // Most of the memory is empty, and most of these tests is not optimised.
    if !bytes.contains(&first) {
        return 0;
    }
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == first).map(|(at, _)| &bytes[at..]);
    starts
        .filter(|from| from.len() >= MARK.len() && from.iter().zip(MARK).all(|(byte, mark)| byte ^ MASK == mark))
        .count()
}

#[test]
fn no_copy_is_left_behind() {
    let dir = folder();
    // Another process writes the secrets, so that none was ever here; their beginning is put together there.
    let write = "cd \"$1\"; printf '{\"a\": \"a-secret-of-forty-characters-or-more-WIPED-%s-in\\\\u0020json\", \"b\": 1}' MARK-78901 > json
        printf 'a-secret-of-forty-characters-or-more-WIPED-%s-alone\\r\\n' MARK-78901 > single; chmod 600 json single";
    assert!(Command::new("/bin/sh").args(["-c", write, "sh"]).arg(dir.path()).status().unwrap().success());
    let bare = script(
        dir.path().join("bare"),
        "printf 'a-secret-of-forty-characters-or-more-WIPED-%s-bare\\n' MARK-78901; sleep 0.1; printf ' tail'",
    );
    let protocol = "printf '{\"protocolVersion\":1,\"values\":{\"a\":\"a-secret-of-forty-characters-or-more-WIPED-%s\\\\u0021\"}}' MARK-78901";
    let protocol = script(dir.path().join("protocol"), protocol);
    mode(&protocol, 0o700);
    let at = dir.path().display();
    let providers = format!(
        "{{json: {{source: 'file', path: '{at}/json'}}, single: {{source: 'file', mode: 'singleValue', path: '{at}/single'}},
           bare: {{source: 'exec', jsonOnly: false, command: '{}'}}, protocol: {{source: 'exec', command: '{}'}}}}",
        bare.display(),
        protocol.display()
    );
    let secrets = resolver(&providers, Env::empty());
    let references = [
        SecretRef::new("file", "json", "/a"),
        SecretRef::new("file", "single", "value"),
        SecretRef::new("exec", "protocol", "a"),
    ];
    let found: Vec<_> = references.iter().map(|reference| block_on(secrets.resolve(reference)).unwrap()).collect();
    // A line break inside: it is refused, and kept nowhere.
    assert!(block_on(secrets.resolve(&SecretRef::new("exec", "bare", "a"))).is_err());
    assert_eq!(copies(), 2 * found.len(), "each of them once here and once where it is kept");
    drop(found);
    assert_eq!(copies(), references.len());
    secrets.forget(&references[0]);
    assert_eq!(copies(), references.len() - 1);
    drop(secrets);
    assert_eq!(copies(), 0);
}
