//! No secret outlives its removal, and none is shown.

use openclaw_core::Env;
use openclaw_core::config::{SaveError, edit_config};
use openclaw_core::json5::Edit;

use crate::support::{Folder, ROOT, path, set, unset};

const CANARY: &str = "sk-ant-api03-CANARY-CANARY-CANARY-0123456789";
/// The same with escapes: no text search finds it.
const ESCAPED: &str = r"sk-ant-api03-\x43\u0041NARY-CANARY-CANARY-0123456789";

/// The files in the folder that hold the canary, spelled out or not.
fn holding(folder: &Folder) -> Vec<String> {
    let holds = |name: &String| {
        let text = folder.text(name);
        text.contains("CANARY")
    };
    folder.names().into_iter().filter(|name| folder.path(name).is_file()).filter(holds).collect()
}

fn config(key: &str) -> String {
    format!("{{models: {{providers: {{work: {{baseUrl: 'https://x.example', apiKey: '{key}', models: []}}}}}}, ui: 0}}")
}

#[test]
fn a_secret_that_is_replaced_or_removed_is_in_no_backup() {
    let at = "models.providers.work.apiKey";
    for key in [CANARY, ESCAPED] {
        for edit in [
            set(at, "'${WORK_KEY}'"),
            set(at, "'another-secret'"),
            unset(at),
            unset("models.providers.work"),
            set("models.providers", "{}"),
            unset("models"),
        ] {
            let folder = Folder::new(&[(ROOT, &config(key))]);
            folder.set("ui", "1").unwrap();
            folder.set("ui", "2").unwrap();
            folder.write("openclaw.json.bak.2", "{ui: 'innocent'}");
            folder.write("openclaw.json.bak.3", &format!("{{broken: '{CANARY}"));
            assert_eq!(holding(&folder).len(), 4, "the file and three backups");
            let written = folder.edit(std::slice::from_ref(&edit)).unwrap();
            assert_eq!(holding(&folder), Vec::<String>::new(), "{edit:?}");
            assert_eq!((written.deleted_backups.len(), written.backups.len()), (3, 0), "{edit:?}");
            assert_eq!(folder.names(), [ROOT, "openclaw.json.bak.2"], "what holds no secret stays");
        }
    }
}

#[test]
fn a_secret_that_still_stands_somewhere_leaves_the_backups() {
    let folder = Folder::new(&[(ROOT, &config(CANARY))]);
    folder.set("ui", "1").unwrap();
    let headers = format!("{{authorization: 'Bearer {CANARY}'}}");
    folder.set("models.providers.work.headers", &headers).unwrap();
    let written = folder.unset("models.providers.work.apiKey").unwrap();
    assert_eq!((written.deleted_backups.len(), written.backups.len()), (0, 1));
    let written = folder.unset("models.providers.work.headers").unwrap();
    assert_eq!(written.deleted_backups.len(), 3);
    assert_eq!(folder.names(), [ROOT]);
}

#[test]
fn backups_of_every_file_are_looked_through() {
    let included = format!("{{work: {{baseUrl: 'https://x.example', apiKey: '{CANARY}', models: []}}}}");
    let root = "{models: {providers: {$include: './keys.json5'}}, ui: 0}";
    let folder = Folder::new(&[(ROOT, root), ("keys.json5", &included)]);
    folder.set("ui", "1").unwrap();
    // The key stood in the root file once, and in a file that another one was copied from.
    folder.write("openclaw.json.bak.1", &config(ESCAPED));
    folder.write("keys.json5.bak.4", &included);
    let written = folder.set("models.providers.work.apiKey", "'${WORK_KEY}'").unwrap();
    assert_eq!(written.deleted_backups.len(), 2);
    assert_eq!(folder.names(), ["keys.json5", ROOT, "openclaw.json.bak"]);

    // Taken out of one file while another still has it.
    let folder = Folder::new(&[
        (ROOT, &format!("{{$include: './x.json5', env: {{A: '{CANARY}'}}}}")),
        ("x.json5", &format!("{{env: {{B: '{CANARY}'}}}}")),
    ]);
    assert!(folder.unset("env.B").unwrap().deleted_backups.is_empty());
    assert_eq!(holding(&folder), [ROOT, "x.json5.bak"]);
    assert_eq!(folder.unset("env.A").unwrap().deleted_backups, [folder.path("x.json5.bak")]);
    assert_eq!(holding(&folder), Vec::<String>::new());
}

#[test]
fn a_file_that_is_no_longer_included_keeps_its_secret() {
    let folder =
        Folder::new(&[(ROOT, "{ui: {$include: './x.json5'}}"), ("x.json5", &format!("{{token: '{CANARY}', n: 1}}"))]);
    folder.set("ui.n", "2").unwrap();
    let written = folder.unset("ui").unwrap();
    assert!(written.deleted_backups.is_empty());
    assert_eq!(holding(&folder), ["x.json5", "x.json5.bak"]);
}

#[test]
fn secrets_are_known_where_they_do_not_count_too() {
    // In the comment that goes with its line; below a value that the root replaces; by the look of a URL.
    let root =
        format!("{{\n  $include: './x.json5',\n  ui: {{\n    a: 1, // was {CANARY}\n    b: 2\n  }},\n  s: 5\n}}");
    let folder = Folder::new(&[(ROOT, &root), ("x.json5", "{s: {token: 'hidden-below'}}")]);
    folder.set("ui.b", "3").unwrap();
    assert_eq!(folder.unset("ui.a").unwrap().deleted_backups.len(), 1);
    assert_eq!(folder.names(), [ROOT, "x.json5"]);

    let folder = Folder::new(&[(ROOT, "{ui: {redis: 'redis://me:pass-word@host/0', n: 1}}")]);
    folder.set("ui.n", "2").unwrap();
    assert_eq!(folder.set("ui.redis", "'redis://host/0'").unwrap().deleted_backups.len(), 1);
}

#[test]
fn numbers_and_announced_arguments_are_secrets_too() {
    for (text, at) in [
        ("{gateway: {auth: {token: 123456789012}}, ui: {n: 1}}", "gateway.auth.token"),
        ("{gateway: {auth: {pass: 4711}}, ui: {n: 1}}", "gateway.auth.pass"),
        ("{mcp: {args: ['--token', 'hunter22']}, ui: {n: 1}}", "mcp.args"),
        ("{mcp: {url: 'https://h/?api_key=hunter22'}, ui: {n: 1}}", "mcp.url"),
    ] {
        let folder = Folder::new(&[(ROOT, text)]);
        folder.set("ui.n", "2").unwrap();
        assert_eq!(folder.unset(at).unwrap().deleted_backups.len(), 1, "{at}");
        assert_eq!(folder.names(), [ROOT], "{at}");
    }
    let folder = Folder::new(&[(ROOT, "{agents: {defaults: {contextTokens: 200000}}, ui: {n: 1}}")]);
    let written = folder.set("agents.defaults.contextTokens", "100000").unwrap();
    assert_eq!((written.backups.len(), written.deleted_backups.len()), (1, 0), "a limit is no secret");
}

#[test]
fn a_preview_shows_no_number_and_no_comment_of_a_secret_place() {
    let text = "{\n  env: {\n    // OLD: hunter22\n    A: 'b',\n  },\n  gateway: { auth: { token: 87654321 } },\n}\n";
    let folder = Folder::new(&[(ROOT, text)]);
    let change = folder.files().plan(&[set("gateway.auth.token", "12345678")], &Env::empty()).unwrap();
    let preview = change.files()[0].preview();
    for text in [&preview.before, &preview.after] {
        assert!(!text.contains("hunter22") && !text.contains("87654321") && !text.contains("12345678"), "{text}");
    }
    assert!(preview.after.contains("token: *** (changed)"), "{}", preview.after);
}

#[test]
fn what_is_no_secret_is_backed_up() {
    let folder = Folder::new(&[(
        ROOT,
        "{models: {providers: {work: {baseUrl: 'https://x.example', apiKey: '${OLD_KEY}', models: []}}}, env: {FLAG: 'on'}}",
    )]);
    let written = folder.set("models.providers.work.apiKey", "'${NEW_KEY}'").unwrap();
    assert_eq!((written.backups.len(), written.deleted_backups.len()), (1, 0));
    // `on` is a secret by its place, but a backup holds it only as a whole string.
    folder.write("openclaw.json.bak.1", "{ui: 'based on this'}");
    let written = folder.set("env.FLAG", "'off'").unwrap();
    assert_eq!(written.deleted_backups, [folder.path("openclaw.json.bak")]);
}

#[test]
fn nothing_public_shows_a_secret() {
    let folder = Folder::new(&[
        (
            ROOT,
            &format!(
                "{{$include: ['./x.json5', './y.json5'], env: {{A: '{CANARY}'}}, s: '{CANARY}', d: '{CANARY}', d: 1}}"
            ),
        ),
        ("x.json5", &format!("{{o: {{a: '{CANARY}'}}, s: {{a: 1}}, list: ['{CANARY}']}}")),
        ("y.json5", &format!("{{o: {{b: '{CANARY}'}}, list: ['{CANARY}']}}")),
    ]);
    let quoted = format!("'{CANARY}'");
    let edits: Vec<Edit> = vec![
        set("o", &quoted),
        set("o.c", &quoted),
        set("s", &format!("{{token: {quoted}}}")),
        set("d", &quoted),
        set("env.A.b", &quoted),
        set("list[7]", &quoted),
        set("list.x", &quoted),
        set("auth", &quoted),
        set(&format!("auth[\"{CANARY}\"]"), &quoted),
        set("new.$include", &quoted),
        set("new", &format!("{{$include: {quoted}}}")),
        set("new", &format!("{{a: {quoted}")),
        set("new", CANARY),
        set("models.providers.w", &format!("{{baseUrl: {quoted}, apiKey: {quoted}, models: {quoted}}}")),
        unset("o"),
        unset("d"),
        Edit::set(path("env").key(CANARY).key("x"), quoted.clone()),
    ];
    let mut errors = 0;
    for edit in edits {
        match folder.edit(std::slice::from_ref(&edit)) {
            Err(error) => {
                errors += 1;
                let mut said = format!("{error}");
                let mut cause: Option<&dyn std::error::Error> = Some(&error);
                while let Some(inner) = cause {
                    said.push_str(&inner.to_string());
                    cause = inner.source();
                }
                assert!(!said.contains("CANARY"), "{edit:?}: {said}");
                // Paths are data that a caller gave; values never show.
                if !format!("{:?}", edit.path()).contains("CANARY") {
                    assert!(!format!("{error:?} {edit:?}").contains("CANARY"), "{error:?}");
                }
            }
            Ok(written) => assert!(!format!("{written:?}").contains("CANARY")),
        }
    }
    assert!(errors >= 14, "{errors}");
    let plan = folder.files().plan(&[set("env.A", "'other'"), set("env.B", &quoted)], &Env::empty()).unwrap();
    let shown = format!("{:?} {plan:?} {:?} {:?}", folder.files(), plan.files(), folder.files().owner(&path("env.A")));
    assert!(!shown.contains("CANARY") && shown.contains(ROOT), "{shown}");
    let error = edit_config(&folder.path("x.json5"), &Env::empty(), &[set("s.a", &quoted), set("auth.x", &quoted)]);
    let Err(SaveError::Invalid { problems }) = error else { panic!("{error:?}") };
    assert!(!format!("{problems:?}").contains("CANARY"));
}

#[test]
fn a_secret_that_begins_the_next_one_is_gone_all_the_same() {
    for next in ["hunter2hunter2!", "hunter2hunter2 hunter2hunter2", "a-hunter2hunter2"] {
        let folder = Folder::new(&[(ROOT, "{env: {A: 'hunter2hunter2'}, ui: {n: 1}}")]);
        folder.set("ui.n", "2").unwrap();
        let written = folder.set("env.A", &format!("'{next}'")).unwrap();
        assert_eq!((written.deleted_backups.len(), written.backups.len()), (1, 0), "{next}");
        assert_eq!(folder.names(), [ROOT], "{next}");
        assert_eq!(folder.set("ui.n", "3").unwrap().backups.len(), 1);
    }
    // What stands elsewhere as a whole is not gone.
    let folder = Folder::new(&[(ROOT, "{env: {A: 'hunter2hunter2', B: 'hunter2hunter2'}}")]);
    assert_eq!(folder.unset("env.A").unwrap().backups.len(), 1);
}

#[test]
fn a_secret_in_a_comment_goes_with_it() {
    for comment in ["// botToken: \"out-of-use\"", "/* 'apiKey' = 'out-of-\\x75se' */", "// password = out-of-use"] {
        let text = format!("{{\n  channels: {{\n    telegram: {{ n: 1,\n      {comment}\n    }},\n  }},\n}}\n");
        let folder = Folder::new(&[(ROOT, &text)]);
        folder.set("channels.telegram.n", "2").unwrap();
        assert!(folder.path("openclaw.json.bak").exists(), "it is still in the file: {comment}");
        folder.write("openclaw.json.bak.1", "{channels: {telegram: {botToken: 'out-of-use'}}}");
        folder.write("openclaw.json.bak.2", "{channels: {telegram: {botToken: 'innocent', apiKey: 'innocent'}}}");
        let written = folder.unset("channels.telegram").unwrap();
        assert_eq!(written.deleted_backups.len(), 2, "{comment}");
        assert_eq!(folder.names(), [ROOT, "openclaw.json.bak.2"], "{comment}");
    }
    // By the place where it stands; and what is no secret there is backed up.
    for (text, backups) in [("{env: {// A: 'plain-word'\n}, ui: 1}", 0), ("{env: {}, ui: {// A: 'plain-word'\n}}", 1)] {
        let folder = Folder::new(&[(ROOT, text)]);
        let written = folder.edit(&[unset("env"), unset("ui")]).unwrap();
        assert_eq!(written.backups.len(), backups, "{text}");
    }
}
