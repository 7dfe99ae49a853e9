//! Secrets from programs.

use std::fs;
use std::os::unix::fs::{chown, symlink};

use openclaw_core::Env;

use crate::support::{answers, exec, folder, mode, private, refused, script};

#[test]
fn a_program_is_asked_in_one_line_and_gets_nothing_else() {
    let dir = folder();
    let seen = dir.path().join("seen");
    let body =
        format!("{{ cat; echo \"$# $1|$2\"; pwd; env | sort; }} > '{}'\n{}", seen.display(), answers("a/b", "secret"));
    let program = script(dir.path().join("vault"), &body);
    let settings = format!(
        "command: '{}', args: ['--profile', 'a $HOME `id`; b'], passEnv: ['GIVEN', 'ABSENT'], env: {{OWN: 'mine'}}",
        program.display()
    );
    let env = Env::empty().with("GIVEN", "passed on").with("ANTHROPIC_API_KEY", "CANARY");
    assert_eq!(exec(&settings, env).unwrap(), "secret");
    let seen = fs::read_to_string(seen).unwrap();
    let mut lines = seen.lines();
    assert_eq!(lines.next(), Some("{\"protocolVersion\":1,\"provider\":\"x\",\"ids\":[\"a/b\"]}"));
    assert_eq!(lines.next(), Some("2 --profile|a $HOME `id`; b"), "no shell reads the arguments");
    assert_eq!(lines.next(), Some(dir.path().canonicalize().unwrap().to_str().unwrap()));
    // A shell sets some variables of its own.
    let given: Vec<&str> =
        lines.filter(|line| !["PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|own| line.starts_with(own))).collect();
    assert_eq!(given, ["GIVEN=passed on", "OWN=mine"]);
}

#[test]
fn a_bare_secret_counts_only_where_that_is_configured() {
    let dir = folder();
    let program = script(dir.path().join("vault"), "echo ' bare-CANARY'");
    let command = format!("command: '{}'", program.display());
    assert_eq!(exec(&format!("{command}, jsonOnly: false"), Env::empty()).unwrap(), "bare-CANARY");
    let told = refused(exec(&command, Env::empty()), &["exec:x:a/b gave no secret", "not JSON", "jsonOnly"]);
    assert!(!told.contains("CANARY"), "{told}");
}

#[test]
fn a_program_that_fails_is_told_without_its_words() {
    let dir = folder();
    for (body, words) in [
        ("echo CANARY >&2; echo CANARY; exit 3", &["ended with exit code 3", "complaints"][..]),
        ("exit 1", &["ended with exit code 1"]),
        ("kill -9 $$", &["was ended by a signal"]),
        (":", &["answered nothing"]),
        (
            "echo '{\"protocolVersion\":1,\"values\":{},\"errors\":{\"a/b\":{\"message\":\"CANARY\"}}}'",
            &["answered with an error for this id"],
        ),
        (
            "printf '%s' '{\"protocolVersion\":1,\"values\":{\"a/b\":\"CAN\\nARY\"}}'",
            &["exec:x:a/b gave a secret that cannot be used", "U+000A"],
        ),
    ] {
        let program = script(dir.path().join("vault"), body);
        let told = refused(exec(&format!("command: '{}'", program.display()), Env::empty()), words);
        assert!(!told.contains("CANARY") && !told.contains("ARY"), "{told}");
    }
}

#[test]
fn output_is_limited_and_complaints_are_drained() {
    let dir = folder();
    let loud = format!("head -c 3000000 /dev/zero >&2\n{}", answers("a/b", "secret"));
    let program = script(dir.path().join("loud"), &loud);
    assert_eq!(exec(&format!("command: '{}'", program.display()), Env::empty()).unwrap(), "secret");
    let endless = script(dir.path().join("endless"), "cat /dev/zero");
    let command = format!("command: '{}'", endless.display());
    refused(exec(&command, Env::empty()), &["answered more than 1048576 bytes (maxOutputBytes)"]);
    refused(exec(&format!("{command}, maxOutputBytes: 10"), Env::empty()), &["answered more than 10 bytes"]);
}

#[test]
fn a_program_need_not_read_what_it_is_asked() {
    let dir = folder();
    let program = script(dir.path().join("deaf"), &format!("exec 0<&-\n{}", answers("a/b", "secret")));
    for _ in 0..20 {
        assert_eq!(exec(&format!("command: '{}'", program.display()), Env::empty()).unwrap(), "secret");
    }
}

#[test]
fn only_a_program_that_nobody_else_can_change_is_run() {
    let dir = folder();
    let ran = dir.path().join("ran");
    let body = format!("echo x >> '{}'\n{}", ran.display(), answers("a/b", "secret"));
    let program = script(dir.path().join("vault"), &body);
    let command = format!("command: '{}'", program.display());
    for open in [0o720, 0o702, 0o777] {
        mode(&program, open);
        refused(exec(&command, Env::empty()), &["is not run", "others may write", "chmod go-w"]);
    }
    mode(&program, 0o755);
    mode(dir.path(), 0o777);
    refused(exec(&command, Env::empty()), &["everybody may put files into the folder"]);
    mode(dir.path(), 0o755);
    if rustix::process::geteuid().is_root() {
        // Whoever owns a folder on the way, or may write there, can exchange what lies in it.
        let inner = dir.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        let moved = inner.join("vault");
        fs::rename(&program, &moved).unwrap();
        let inside = format!("command: '{}'", moved.display());
        let outer = dir.path().join("a");
        for folder in [&outer, &inner] {
            chown(folder, Some(54_321), None).unwrap();
            refused(exec(&inside, Env::empty()), &["where", "lies, belongs to another user (54321)"]);
            chown(folder, Some(0), Some(54_321)).unwrap();
            mode(folder, 0o775);
            refused(exec(&inside, Env::empty()), &["group 54321 may put files into the folder", "chmod g-w"]);
            mode(folder, 0o1777);
            assert!(exec(&inside, Env::empty()).is_ok(), "nobody replaces another's file in a sticky folder");
            mode(folder, 0o777);
            refused(exec(&inside, Env::empty()), &["everybody may put files into the folder", "chmod o-w"]);
            chown(folder, Some(0), Some(0)).unwrap();
            mode(folder, 0o775);
            assert!(exec(&inside, Env::empty()).is_ok(), "a group of one's own");
        }
        fs::rename(&moved, &program).unwrap();
        fs::remove_file(&ran).unwrap();
        chown(&program, Some(54_321), None).unwrap();
        refused(exec(&command, Env::empty()), &["belongs to another user (54321)"]);
    }
    assert!(!ran.exists(), "what is refused was not run");
    assert_eq!(exec(&format!("{command}, allowInsecurePath: true"), Env::empty()).unwrap(), "secret");
}

#[test]
fn links_are_followed_only_where_that_is_allowed_and_into_trusted_folders() {
    let dir = folder();
    let (trusted, other) = (dir.path().join("trusted"), dir.path().join("other"));
    fs::create_dir(&trusted).unwrap();
    fs::create_dir(&other).unwrap();
    let program = script(trusted.join("vault"), &answers("a/b", "secret"));
    let link = other.join("vault");
    symlink(&program, &link).unwrap();
    let command = format!("command: '{}'", link.display());
    refused(exec(&command, Env::empty()), &["is a link", "allowSymlinkCommand"]);
    let follow = format!("{command}, allowSymlinkCommand: true");
    assert_eq!(exec(&follow, Env::empty()).unwrap(), "secret");
    let within = |dir: &std::path::Path| format!("{follow}, trustedDirs: ['/nowhere', '{}']", dir.display());
    assert_eq!(exec(&within(&trusted), Env::empty()).unwrap(), "secret");
    refused(exec(&within(&other), Env::empty()), &["lies outside of trustedDirs"]);
    // Nor does a path out of a trusted folder lie in it, or one whose name only begins like it.
    let around = format!("command: '{}/../trusted/vault', trustedDirs: ['{}']", other.display(), other.display());
    refused(exec(&around, Env::empty()), &["lies outside of trustedDirs"]);
    let alike = dir.path().join("trus");
    fs::create_dir(&alike).unwrap();
    refused(exec(&within(&alike), Env::empty()), &["lies outside of trustedDirs"]);
}

#[test]
fn what_is_no_program_is_told() {
    let dir = folder();
    let plain = private(dir.path().join("plain"), "#!/bin/sh\n");
    for (settings, words) in [
        (String::new(), &["secrets.providers.x.command is missing"][..]),
        ("command: 'vault'".to_owned(), &["secrets.providers.x.command must be an absolute path"]),
        ("command: '/nowhere/vault'".to_owned(), &["/nowhere/vault cannot be looked at"]),
        (format!("command: '{}'", dir.path().display()), &["is not a regular file"]),
        (format!("command: '{}'", plain.display()), &["cannot be started"]),
        ("command: '/bin/true', args: ['${UNSET_1}']".to_owned(), &["secrets.providers.x.args", "UNSET_1"]),
        ("command: '${UNSET_2}'".to_owned(), &["secrets.providers.x.command", "UNSET_2", "not set"]),
        ("pluginIntegration: {pluginId: 'p'}".to_owned(), &["secrets.providers.x.command is missing"]),
    ] {
        refused(exec(&settings, Env::empty()), words);
    }
}
