//! Backups: which, how many, who may read them; and the mode of the file itself.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

use crate::support::{Folder, ROOT, mode, set, unset};

fn chmod(folder: &Folder, name: &str, mode: u32) {
    fs::set_permissions(folder.path(name), Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_last_five_states_are_kept_newest_first() {
    let folder = Folder::new(&[(ROOT, "{ui: {n: 0}}")]);
    for n in 1..=7 {
        let written = folder.set("ui.n", &n.to_string()).unwrap();
        assert_eq!(written.backups, [folder.path("openclaw.json.bak")]);
        folder.set("ui.n", &n.to_string()).unwrap();
    }
    let names = ["", ".bak", ".bak.1", ".bak.2", ".bak.3", ".bak.4"].map(|end| format!("{ROOT}{end}"));
    let texts = names.each_ref().map(|name| folder.text(name));
    assert_eq!(texts, [7, 6, 5, 4, 3, 2].map(|n| format!("{{ui: {{n: {n}}}}}")));
    assert_eq!(folder.names(), names);
}

#[test]
fn the_file_keeps_its_mode_and_backups_are_closed_to_others() {
    for file_mode in [0o644, 0o600, 0o664, 0o640] {
        let folder = Folder::new(&[(ROOT, "{ui: 0}"), ("openclaw.json.bak", "{}"), ("openclaw.json.bak.1", "{}")]);
        chmod(&folder, ROOT, file_mode);
        // As OpenClaw leaves them.
        chmod(&folder, "openclaw.json.bak", 0o644);
        chmod(&folder, "openclaw.json.bak.1", 0o666);
        folder.set("ui", "1").unwrap();
        assert_eq!(mode(&folder.path(ROOT)), file_mode);
        for end in ["", ".1", ".2"] {
            assert_eq!(mode(&folder.path(&format!("openclaw.json.bak{end}"))), 0o600, "{end}");
        }
    }
}

#[test]
fn a_file_of_another_user_stays_his() {
    let folder = Folder::new(&[(ROOT, "{ui: 0}")]);
    chmod(&folder, ROOT, 0o640);
    // Only root can give a file away.
    if chown(folder.path(ROOT), Some(65_534), Some(65_533)).is_ok() {
        folder.set("ui", "1").unwrap();
        let metadata = fs::metadata(folder.path(ROOT)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid(), metadata.mode() & 0o777), (65_534, 65_533, 0o640));
    }
}

#[test]
fn a_gap_is_closed_before_anything_is_lost() {
    let folder = Folder::new(&[(ROOT, "{ui: 9}")]);
    for (end, text) in [("", "newest"), (".1", "older"), (".3", "old"), (".4", "oldest")] {
        folder.write(&format!("openclaw.json.bak{end}"), text);
    }
    folder.set("ui", "10").unwrap();
    let texts = ["", ".1", ".2", ".3", ".4"].map(|end| folder.text(&format!("openclaw.json.bak{end}")));
    assert_eq!(texts, ["{ui: 9}", "newest", "older", "old", "oldest"]);
}

#[test]
fn a_state_that_is_backed_up_already_is_not_backed_up_twice() {
    // A writer was killed between the backup and the change.
    let folder =
        Folder::new(&[(ROOT, "{ui: 1}"), ("openclaw.json.bak", "{ui: 1}"), ("openclaw.json.bak.1", "{ui: 0}")]);
    let written = folder.set("ui", "2").unwrap();
    assert!(written.backups.is_empty());
    assert_eq!(folder.names().len(), 3);
    assert_eq!(folder.text("openclaw.json.bak.1"), "{ui: 0}");
}

#[test]
fn each_file_has_its_own_backups_beside_it() {
    let folder =
        Folder::new(&[(ROOT, "{ui: 1, agents: {$include: './parts/agents.json5'}}"), ("parts/agents.json5", "{a: 1}")]);
    let written = folder.set("agents.a", "2").unwrap();
    assert_eq!(written.backups, [fs::canonicalize(folder.path("parts/agents.json5.bak")).unwrap()]);
    assert_eq!(folder.names(), [ROOT, "parts"]);
    let written = folder.edit(&[set("agents.a", "3"), unset("ui")]).unwrap();
    assert_eq!((written.files.len(), written.backups.len()), (2, 2));
    assert_eq!(folder.text("parts/agents.json5.bak.1"), "{a: 1}");
}

#[test]
fn what_a_killed_writer_left_is_swept() {
    let folder = Folder::new(&[(ROOT, "{ui: 1, x: {$include: './x.json'}}"), ("x.json", "{a: 1}")]);
    let ours = [".openclaw.json.1-a.openclaw-tmp", ".openclaw.json.bak.1-a.openclaw-tmp"];
    let others = [".openclaw.json.other.1-a.openclaw-tmp", ".x.json.1-a.openclaw-tmp"];
    ours.iter().chain(&others).for_each(|name| folder.write(name, "half of it"));
    folder.unset("nothing").unwrap();
    assert!(ours.iter().all(|name| folder.path(name).exists()), "without a lock nothing is touched");
    folder.set("ui", "2").unwrap();
    assert!(!ours.iter().any(|name| folder.path(name).exists()));
    assert!(others.iter().all(|name| folder.path(name).exists()));
    folder.set("x.a", "2").unwrap();
    assert!(!folder.path(others[1]).exists());
}

#[test]
fn what_stands_in_the_way_of_a_backup_stops_the_edit() {
    let folder = Folder::new(&[(ROOT, "{ui: 1}"), ("openclaw.json.bak.2/x", ""), ("openclaw.json.bak", "kept")]);
    let before = folder.names();
    let error = folder.set("ui", "2").unwrap_err().to_string();
    assert!(error.contains("openclaw.json.bak.2 is not a regular file"), "{error}");
    assert_eq!((folder.names(), folder.text(ROOT).as_str()), (before, "{ui: 1}"));
}

#[test]
fn a_part_of_the_configuration_is_no_backup() {
    for name in ["openclaw.json.bak", "openclaw.json.bak.4"] {
        let folder = Folder::new(&[(ROOT, &format!("{{ui: 1, env: {{$include: './{name}'}}}}")), (name, "{A: 'old'}")]);
        let before = folder.names();
        for edit in [set("ui", "2"), unset("env")] {
            let error = folder.edit(&[edit]).unwrap_err().to_string();
            assert!(error.contains(&format!("{name} is included by the configuration")), "{error}");
            assert_eq!((folder.names(), folder.text(name).as_str()), (before.clone(), "{A: 'old'}"));
        }
    }
    // Nor is it deleted for the secret in it.
    let folder = Folder::new(&[
        (ROOT, "{$include: ['./x.json5', './x.json5.bak'], env: {A: 'secret-in-both'}}"),
        ("x.json5", "{}"),
        ("x.json5.bak", "{ui: {note: 'not secret-in-both'}}"),
    ]);
    let error = folder.unset("env").unwrap_err().to_string();
    assert!(error.contains("x.json5.bak is included by the configuration"), "{error}");
    assert!(folder.path("x.json5.bak").exists() && folder.text(ROOT).contains("secret-in-both"));
}
