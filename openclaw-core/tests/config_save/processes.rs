//! Several processes at once, their deaths, and folders that cannot be written. Children are this test
//! program itself.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use openclaw_core::config::{SaveError, edit_config};
use openclaw_core::{DiskError, Env};

use crate::support::{Folder, ROOT, mode, set};

const ROLE: &str = "OPENCLAW_TEST_ROLE";
const FOLDER: &str = "OPENCLAW_TEST_FOLDER";
const EDITS: usize = 25;

fn child(role: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["processes::as_a_child", "--exact", "--nocapture"]).env(ROLE, role).env(FOLDER, folder);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// One edit; a lock that is held for too long on a busy machine is no loss, so it is tried again.
fn edit(config: &Path, at: &str, value: &str) {
    loop {
        match edit_config(config, &Env::from_process(), &[set(at, value)]) {
            Err(SaveError::Disk(DiskError::Locked { .. })) => {}
            written => return assert_eq!(written.unwrap().files.len(), 1),
        }
    }
}

/// What the children do; as a test of its own it does nothing.
#[test]
fn as_a_child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let config = Path::new(&std::env::var(FOLDER).unwrap()).join(ROOT);
    match role.split_once(' ').unwrap_or((&role, "")) {
        // Into the root file and into an included one, in turn.
        ("update", who) => {
            for n in 0..EDITS {
                edit(&config, &format!("{}.{who}-{n}", ["ui", "shared"][n % 2]), "1");
            }
        }
        ("count", from) => {
            // A line for each edit that was acknowledged, until it is killed.
            for n in from.parse::<usize>().unwrap().. {
                edit(&config, "ui.n", &n.to_string());
                println!("done {n}");
            }
        }
        ("once", _) => match edit_config(&config, &Env::empty(), &[set("ui.n", "'x'")]) {
            Ok(written) => println!("done wrote {}", written.files.len()),
            Err(error) => println!("done {error}"),
        },
        other => panic!("{other:?}"),
    }
}

/// The line that a child printed with `done `.
fn done(child: &mut Child) -> String {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    text.lines().find_map(|line| Some(line.split_once("done ")?.1.to_owned())).unwrap_or_default()
}

#[test]
fn of_sixteen_processes_none_loses_an_edit() {
    let folder = Folder::new(&[(ROOT, "{ui: {}, shared: {$include: './shared.json5'}}"), ("shared.json5", "{}")]);
    // Half of them come by another root file that includes the same one.
    folder.write("other/openclaw.json", "{ui: {}, shared: {$include: '../shared.json5'}}");
    let roots = [folder.path(""), folder.path("other")];
    let children: Vec<Child> = (0..16)
        .map(|n| {
            let mut command = child(&format!("update p{n}"), &roots[n % 2]);
            command.env("OPENCLAW_INCLUDE_ROOTS", folder.path("")).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let value = folder.value();
    let other = fs::read_to_string(folder.path("other/openclaw.json")).unwrap();
    for process in 0..16 {
        for n in 0..EDITS {
            let key = format!("p{process}-{n}");
            let kept = match (n % 2, process % 2) {
                (0, 0) => value["ui"].get(&key).is_some(),
                (0, _) => other.contains(&key),
                _ => value["shared"].get(&key).is_some(),
            };
            assert!(kept, "{key}");
        }
    }
    assert_eq!(folder.names().len(), 5 + 5 + 3, "two files, their backups, the other folder: {:?}", folder.names());
}

#[test]
fn a_killed_writer_leaves_the_old_text_or_the_new_one() {
    let folder = Folder::new(&[(ROOT, "{\n  // kept\n  ui: {n: 0},\n}\n")]);
    fs::set_permissions(folder.path(ROOT), fs::Permissions::from_mode(0o644)).unwrap();
    let text = |n: usize| format!("{{\n  // kept\n  ui: {{n: {n}}},\n}}\n");
    let mut next = 1;
    for round in 0..200_u64 {
        let mut writer = child(&format!("count {next}"), &folder.path("")).spawn().unwrap();
        let mut out = BufReader::new(writer.stdout.take().unwrap());
        let (mut last, mut line) = (next - 1, String::new());
        // Killed at another point of its work each time.
        let mut kill_after = Some(Duration::from_micros(37 * round));
        while out.read_line(&mut line).unwrap() > 0 {
            if let Some(n) = line.trim_end().split_once("done ").and_then(|(_, n)| n.parse().ok()) {
                last = n;
                if let Some(pause) = kill_after.take() {
                    std::thread::sleep(pause);
                    writer.kill().unwrap();
                }
            }
            line.clear();
        }
        writer.wait().unwrap();
        assert!(last >= next, "round {round}: the writer got to work at once");
        let found = folder.text(ROOT);
        let written = (last..=last + 1).find(|n| found == text(*n));
        next = written.unwrap_or_else(|| panic!("round {round}: {found} after {last}")) + 1;
        assert_eq!(mode(&folder.path(ROOT)), 0o644);
        for entry in fs::read_dir(folder.path("")).unwrap().flatten() {
            let name = entry.file_name().into_string().unwrap();
            let metadata = entry.metadata().unwrap();
            if name.starts_with("openclaw.json.bak") {
                // A state that was there, whole.
                let backup = folder.text(&name);
                assert!((0..next).rev().take(12).any(|n| backup == text(n)), "round {round}, {name}: {backup}");
                assert_eq!(metadata.mode() & 0o777, 0o600, "{name}");
            }
            // Not a temporary file either, except that it takes the mode of the file when it is complete.
            let open = name == ROOT || metadata.is_dir() || name.ends_with(".openclaw-tmp");
            assert!(open || metadata.mode() & 0o077 == 0, "{name}");
            assert!(metadata.is_dir() || metadata.mode() & 0o777 & !0o644 == 0, "{name}");
        }
        // The newest state before the last one is never lost.
        let newest = folder.text("openclaw.json.bak");
        assert!((next.saturating_sub(2)..next).any(|n| newest == text(n)), "round {round}: {newest}, next {next}");
    }
    folder.set("ui.n", "'last'").unwrap();
    assert_eq!(folder.names().len(), 6, "the file and five backups: {:?}", folder.names());
}

#[test]
fn a_folder_that_cannot_be_written_is_named_and_nothing_changes() {
    let folder = Folder::new(&[(ROOT, "{ui: {n: 1}}")]);
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    open(&folder.path(ROOT), 0o644);
    open(&folder.path(""), 0o755);
    let mut command = child("once", &folder.path(""));
    // A program of root's may write anywhere; it becomes somebody else if it can run as that.
    if fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0) {
        command.uid(65_534).gid(65_534);
    } else {
        open(&folder.path(""), 0o555);
    }
    let Ok(mut writer) = command.spawn() else { return };
    let said = done(&mut writer);
    open(&folder.path(""), 0o755);
    assert!(said.starts_with("cannot lock ") && said.contains(".openclaw.json.openclaw-lock"), "{said}");
    assert_eq!((folder.text(ROOT).as_str(), folder.names().len()), ("{ui: {n: 1}}", 1));
}

#[test]
fn a_full_disk_leaves_everything_as_it_was() {
    let folder = Folder::new(&[(ROOT, "{}")]);
    let disk = folder.path("small");
    fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&disk).output();
    // Only root may mount, and not everywhere.
    if !mounted.is_ok_and(|output| output.status.success()) {
        return;
    }
    let text = format!("{{ui: {{n: 1}}, gateway: {{note: '{}'}}}}", "x".repeat(30_000));
    fs::write(disk.join(ROOT), &text).unwrap();
    fs::write(disk.join("fill"), "x".repeat(20_000)).unwrap();
    let error = edit_config(&disk.join(ROOT), &Env::empty(), &[set("ui.n", "2")]).unwrap_err();
    let said = error.to_string();
    let after = fs::read_to_string(disk.join(ROOT)).unwrap();
    let names: Vec<_> = fs::read_dir(&disk).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(Command::new("umount").arg(&disk).status().unwrap().success());
    assert!(said.starts_with("cannot ") && said.contains("openclaw.json"), "{said}");
    let SaveError::Disk(DiskError::Io { source, .. }) = error else { panic!("{error:?}") };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(after, text);
    assert_eq!(names.len(), 3, "the file, what fills the disk, our lock: {names:?}");
}

#[test]
fn nothing_is_open_to_others_even_without_a_umask() {
    let folder = Folder::new(&[]);
    let program = std::env::current_exe().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 0; exec \"$0\" processes::as_a_child --exact"]).arg(program);
    for _ in 0..2 {
        shell.env(ROLE, "once").env(FOLDER, folder.path("state")).stdout(Stdio::null());
        assert!(shell.status().unwrap().success());
    }
    assert_eq!((mode(&folder.path("state")), mode(&folder.path("state/openclaw.json"))), (0o700, 0o600));
}
