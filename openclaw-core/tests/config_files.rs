//! A configuration on disk: `$include`, its limits and its borders; the layers of a whole folder.
#![cfg(feature = "fs")]
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test makes files, and panics when it fails"
)]

use std::fs;
use std::path::{Path, PathBuf};

use openclaw_core::config::{Config, ConfigError, ConfigLayer, ConfigSource, IncludeError, load_default};
use openclaw_core::{Env, StatePaths};
use serde_json::{Value, json};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(TempDir::new().unwrap());
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    fn read_with(&self, env: &Env) -> Result<Config, ConfigError> {
        let layer = ConfigLayer::read(&self.path("openclaw.json"), env)?.unwrap();
        Config::from_layers([layer], env)
    }

    fn read(&self) -> Result<Config, ConfigError> {
        self.read_with(&Env::empty())
    }

    /// The error of an `openclaw.json` with this text.
    fn refused(&self, text: &str) -> IncludeError {
        self.write("openclaw.json", text);
        match self.read() {
            Err(ConfigError::Include(failure)) => failure.kind,
            Err(other) => panic!("{other}"),
            Ok(config) => panic!("{config:?}"),
        }
    }
}

fn path(text: &str) -> openclaw_core::json5::Path {
    text.parse().unwrap()
}

#[test]
fn recorded_includes() {
    let vectors: Value = serde_json::from_str(include_str!("data/vectors/include.json")).unwrap();
    let folder = Folder::new(&[]);
    for (name, content) in vectors["files"].as_object().unwrap() {
        folder.write(name, &content.to_string());
    }
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 9);
    for case in cases {
        folder.write("openclaw.json", &case["input"].to_string());
        match (folder.read(), case.get("error").and_then(Value::as_str)) {
            (Ok(config), None) => assert_eq!(config.root().to_value(), case["ok"], "{case}"),
            (Err(error), Some(expected)) => {
                let expected = expected.split_once(": ").unwrap().1;
                let expected = expected.replace("/c/", &format!("{}/", folder.0.path().display()));
                assert!(error.to_string().ends_with(&expected), "{error}\n{expected}");
                assert!(error.to_string().contains(".json"), "the place is named: {error}");
            }
            (found, _) => panic!("{case}: {found:?}"),
        }
    }
}

#[test]
fn ten_files_in_a_row_are_fine_and_siblings_win() {
    let folder = Folder::new(&[("e9.json5", "{ui: {a: [1], o: {x: 1}, s: 'inner'}}")]);
    for n in 0..9 {
        folder.write(&format!("e{n}.json5"), &format!("{{$include: './e{}.json5'}}", n + 1));
    }
    folder.write("openclaw.json", "{ui: {a: [2], s: 'outer'}, $include: './e0.json5'}");
    let expected = json!({"ui": {"a": [1, 2], "o": {"x": 1}, "s": "outer"}});
    assert_eq!(folder.read().unwrap().root().to_value(), expected);
}

#[test]
fn includes_work_anywhere_relative_to_their_file() {
    let folder = Folder::new(&[
        ("openclaw.json", "{ui: [{$include: 'sub/one.json5'}, {$include: ['sub/one.json5', 'sub/one.json5']}]}"),
        ("sub/one.json5", "{two: {$include: './two.json5'}, n: {$include: '../three.json5'}}"),
        ("sub/two.json5", "'text'"),
        ("three.json5", "[3]"),
    ]);
    let expected = json!({"ui": [{"two": "text", "n": [3]}, {"two": "text", "n": [3, 3]}]});
    assert_eq!(folder.read().unwrap().root().to_value(), expected);
}

#[test]
fn origins_point_into_the_included_file() {
    let folder = Folder::new(&[
        ("openclaw.json", "{\n  ui: { $include: 'a.json5', own: 1 },\n}"),
        ("a.json5", "// first line\n{ given: '${X}',\n  list: [ 1, 2 ] }"),
    ]);
    let layers = [
        ConfigLayer::read(&folder.path("openclaw.json"), &Env::empty()).unwrap().unwrap(),
        ConfigLayer::parse(ConfigSource::Override, "{ui: {last: 1}}").unwrap(),
    ];
    let config = Config::from_layers(layers, &Env::empty().with("X", "x")).unwrap();
    let origin = |text: &str| config.origin(&path(text)).unwrap().to_string();
    assert_eq!(origin("ui.given"), format!("{}:2:10", folder.path("a.json5").display()));
    assert_eq!(origin("ui.list[1]"), format!("{}:3:14", folder.path("a.json5").display()));
    assert_eq!(origin("ui.own"), format!("{}:2:35", folder.path("openclaw.json").display()));
    assert_eq!(origin("ui.last"), "override:1:13");
}

#[test]
fn an_array_that_grew_comes_from_what_it_grew_by() {
    let folder = Folder::new(&[
        ("openclaw.json", "{ui: {\n  $include: 'a.json5', list: [2], none: []}}"),
        ("a.json5", "{list: [1], none: [1]}"),
    ]);
    let config = folder.read().unwrap();
    let origin = |text: &str| config.origin(&path(text)).unwrap().to_string();
    let (outer, inner) = (folder.path("openclaw.json"), folder.path("a.json5"));
    assert_eq!(origin("ui.list"), format!("{}:2:30", outer.display()));
    assert_eq!(origin("ui.list[0]"), format!("{}:1:9", inner.display()));
    assert_eq!(origin("ui.list[1]"), format!("{}:2:31", outer.display()));
    assert_eq!(origin("ui.none"), format!("{}:1:19", inner.display()), "nothing was added");
}

#[test]
fn secrets_of_included_files_are_known_by_where_they_end_up() {
    let folder = Folder::new(&[
        ("openclaw.json", "{env: {$include: 'env.json5'}, models: {providers: {p: {headers: {$include: 'h.json5'}}}}}"),
        ("env.json5", "{vars: {ANY: 'CANARY'}}"),
        ("h.json5", "{Team: 'CANARY'}"),
    ]);
    let config = folder.read().unwrap();
    assert!(!format!("{config:?} {:?}", config.settings()).contains("CANARY"));
    assert_eq!(config.settings().env.len(), 1);
}

#[test]
fn what_cannot_be_included_is_told() {
    let folder = Folder::new(&[("list.json5", "[1]"), ("broken.json5", "{a: }"), ("sub/x.json5", "{}")]);
    fs::write(folder.path("latin.json5"), b"{\n a: '\xe9'}").unwrap();
    let text = |text: &str| folder.refused(text).to_string();
    assert_eq!(text("{$include: 'list.json5', a: 1}"), "Sibling keys require included content to be an object");
    assert!(text("{$include: 'broken.json5'}").contains("Failed to parse include file: broken.json5 (resolved: /"));
    assert!(text("{$include: 'broken.json5'}").ends_with("expected a value at 1:5"));
    assert_eq!(text("{$include: {}}"), "Invalid $include value: expected string or array of strings, got object");
    assert_eq!(text("{$include: ['list.json5', null]}"), "Invalid $include array item: expected string, got null");
    assert_eq!(text("{$include: 'sub'}"), "the include file sub is not a regular file");
    assert_eq!(text("{$include: 'latin.json5'}"), "the include file latin.json5 is not UTF-8 at 2:6");
    for target in ["https://me:CANARY@host/x.json5", "../../sk-ant-CANARY", "sk-ant-CANARY"] {
        let error = folder.refused(&format!("{{$include: '{target}'}}"));
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
    }
    assert!(matches!(folder.refused("{$include: ''}"), IncludeError::Name { .. }));
    assert!(matches!(folder.refused("{$include: 'a\\0b'}"), IncludeError::Name { .. }));
    assert!(matches!(folder.refused(&format!("{{$include: '{}'}}", "x".repeat(4096))), IncludeError::Name { .. }));
}

#[test]
fn includes_stay_inside_the_folder() {
    let outside = Folder::new(&[("secret.json5", "{ui: {reached: true}}")]);
    let folder = Folder::new(&[]);
    let target = outside.path("secret.json5");
    let absolute = format!("{{$include: '{}'}}", target.display());
    let hidden = |error: IncludeError| {
        assert!(matches!(error, IncludeError::Outside { .. }), "{error}");
        assert!(error.to_string().contains("OPENCLAW_INCLUDE_ROOTS"));
    };
    hidden(folder.refused(&absolute));
    hidden(folder.refused("{$include: '../no/such/file.json5'}"));
    hidden(folder.refused("{$include: '/etc/hostname'}"));

    folder.write("openclaw.json", &absolute);
    let roots = std::env::join_paths([Path::new("/nowhere"), outside.0.path()]).unwrap();
    let roots = Env::empty().with("OPENCLAW_INCLUDE_ROOTS", roots.to_str().unwrap());
    let config = folder.read_with(&roots).unwrap();
    assert_eq!(config.root().to_value(), json!({"ui": {"reached": true}}));

    // A relative one would mean another folder wherever the program is started. Tests start here:
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let absolute = format!("{{$include: '{}'}}", here.join("tests/data/golden/onboard_key.openclaw.json").display());
    folder.write("openclaw.json", &absolute);
    let with = |roots: &str| folder.read_with(&Env::empty().with("OPENCLAW_INCLUDE_ROOTS", roots));
    for roots in ["tests/data", ".", "./tests", ""] {
        assert!(with(roots).unwrap_err().to_string().contains("lies outside"), "{roots}");
    }
    assert!(with(&here.join("tests").display().to_string()).is_ok());
}

#[test]
fn a_circle_is_told_when_it_closes_however_the_root_is_named() {
    let folder =
        Folder::new(&[("openclaw.json", "{ui: {$include: 'a.json5'}}"), ("a.json5", "{$include: './openclaw.json'}")]);
    let end = |name: &str| match ConfigLayer::read(&folder.path(name), &Env::empty()) {
        Err(ConfigError::Include(failure)) => match failure.kind {
            IncludeError::Circular { chain } => chain,
            other => panic!("{other}"),
        },
        other => panic!("{other:?}"),
    };
    let chain = ["openclaw.json", "a.json5", "openclaw.json"].map(|name| folder.path(name));
    for name in ["openclaw.json", "./openclaw.json", "sub/../openclaw.json", ".//openclaw.json"] {
        fs::create_dir_all(folder.path("sub")).unwrap();
        assert_eq!(end(name), chain, "{name}");
    }
}

#[test]
fn limits_are_reached_exactly() {
    let folder = Folder::new(&[("a.json5", "{}")]);
    let files =
        |count: usize| folder.write("openclaw.json", &format!("{{$include: [{}]}}", "'a.json5',".repeat(count)));
    files(255);
    folder.read().unwrap();
    files(256);
    assert!(matches!(folder.read(), Err(ConfigError::Include(_))), "the root is one of them");

    // All bytes count, those of the root too.
    let padded = |bytes: usize| format!("{{{}}}", " ".repeat(bytes - 2));
    folder.write("big.json5", &padded(2 * 1024 * 1024));
    let root = format!("{{$include: [{}'rest.json5']}}", "'big.json5',".repeat(7));
    folder.write("openclaw.json", &root);
    folder.write("rest.json5", &padded(2 * 1024 * 1024 - root.len()));
    folder.read().unwrap();
    folder.write("rest.json5", &padded(2 * 1024 * 1024 - root.len() + 1));
    assert!(matches!(folder.refused(&root), IncludeError::TooLarge { limit: 16_777_216, .. }));
}

#[cfg(unix)]
#[test]
fn links_are_followed_before_the_border_is_checked() {
    use std::os::unix::fs::symlink;
    let outside = Folder::new(&[("secret.json5", "{}")]);
    let folder = Folder::new(&[("real.json5", "{ui: 1}"), ("openclaw.json", "{$include: 'inner.json5'}")]);
    symlink(folder.path("real.json5"), folder.path("inner.json5")).unwrap();
    assert!(folder.read().is_ok());
    symlink(outside.path("secret.json5"), folder.path("link.json5")).unwrap();
    assert!(matches!(folder.refused("{$include: 'link.json5'}"), IncludeError::Outside { .. }));
    symlink(outside.0.path(), folder.path("dir")).unwrap();
    assert!(matches!(folder.refused("{$include: 'dir/secret.json5'}"), IncludeError::Outside { .. }));
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_never_opened() {
    let folder = Folder::new(&[]);
    let made = std::process::Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap();
    assert!(made.success());
    assert!(matches!(folder.refused("{$include: 'pipe'}"), IncludeError::NotRegular { .. }));
    let read = |path: &Path| ConfigLayer::read(path, &Env::empty());
    assert!(matches!(read(&folder.path("pipe")), Err(ConfigError::NotRegular { .. })));
    assert!(matches!(read(Path::new("/dev/zero")), Err(ConfigError::NotRegular { .. })));
    assert!(matches!(read(folder.0.path()), Err(ConfigError::NotRegular { .. })));
}

#[test]
fn include_bombs_end_at_the_limits() {
    let folder = Folder::new(&[]);
    for n in 0..9 {
        let next = format!("'./b{}.json5'", n + 1);
        folder.write(&format!("b{n}.json5"), &format!("{{ui: [{{$include: [{next}, {next}]}}]}}"));
    }
    folder.write("b9.json5", "{}");
    assert!(matches!(folder.refused("{$include: 'b0.json5'}"), IncludeError::TooMany { limit: 256, .. }));

    folder.write("big.json5", &format!("{{ui: '{}'}}", "x".repeat(1_900_000)));
    let nine = format!("{{$include: [{}]}}", "'big.json5',".repeat(9));
    assert!(matches!(folder.refused(&nine), IncludeError::TooLarge { limit: 16_777_216, .. }));
    folder.write("huge.json5", &"x".repeat(2 * 1024 * 1024 + 1));
    assert!(matches!(folder.refused("{$include: 'huge.json5'}"), IncludeError::TooLarge { limit: 2_097_152, .. }));

    // 60 levels in each of two files: each is fine alone, together they are too deep.
    let nested = |inner: &str| format!("{}{inner}{}", "{a:".repeat(60), "}".repeat(60));
    folder.write("deep.json5", &nested("1"));
    folder.write("openclaw.json", &nested("{$include: 'deep.json5'}"));
    let error = folder.read().unwrap_err();
    assert!(matches!(error, ConfigError::TooDeep { limit: 100, .. }), "{error}");
}

#[test]
fn a_file_that_cannot_be_used_is_never_taken_as_empty() {
    let folder = Folder::new(&[]);
    let file = folder.path("openclaw.json");
    let read = || ConfigLayer::read(&file, &Env::empty());
    assert!(read().unwrap().is_none(), "missing is not an error");
    for (bytes, expected) in [
        (&b""[..], "openclaw.json:1:1: expected a value"),
        (b"{a: ", "openclaw.json:1:5: the object opened at 1:1 is not closed"),
        (b"{}\n{}", "openclaw.json:2:1: expected the end of the text"),
        (b"{\xff}", "openclaw.json:1:2: the file is not UTF-8 from here on"),
        (b"null", "openclaw.json:1:1: expected an object, found null"),
    ] {
        fs::write(&file, bytes).unwrap();
        let error = read().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    fs::write(&file, "x".repeat(2 * 1024 * 1024 + 1)).unwrap();
    assert!(read().unwrap_err().to_string().ends_with("is larger than 2097152 bytes"));
}

#[test]
fn a_whole_folder_in_its_layers() {
    let folder = Folder::new(&[
        (
            ".env",
            "FROM_DOTENV=dotenv\nBOTH=dotenv\nHTTPS_PROXY=http://evil\nOPENCLAW_CONFIG_OVERRIDES={ui:{b:9}}\nodd\n",
        ),
        ("openclaw.json", "{env: {BOTH: 'block', FROM_BLOCK: 'block'}, ui: {a: '${BOTH} ${FROM_BLOCK}', b: 1, c: 1}}"),
    ]);
    let paths = StatePaths::new(folder.0.path(), folder.path("openclaw.json"));
    let process = Env::empty().with("FROM_PROCESS", "process");
    let load = |process: &Env, set: Vec<ConfigLayer>| load_default(process, &paths, set).unwrap();

    let (config, env) = load(&process, vec![]);
    assert_eq!(config.get(&path("ui.a")).unwrap().to_json(true).as_str(), "\"dotenv block\"");
    assert_eq!(config.get(&path("ui.b")).unwrap().as_f64(), Some(1.0), "overrides count only from the process");
    let names = ["FROM_PROCESS", "FROM_DOTENV", "BOTH", "FROM_BLOCK", "HTTPS_PROXY"].map(|name| env.get(name));
    assert_eq!(names, [Some("process"), Some("dotenv"), Some("dotenv"), Some("block"), None]);
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    assert!(
        warnings.iter().any(|warning| warning.ends_with(".env:5:1: this line is ignored, since it is no NAME=value"))
    );
    assert!(warnings.iter().any(|warning| warning.contains("HTTPS_PROXY is ignored here")));

    let process = process.with("OPENCLAW_CONFIG_OVERRIDES", "{ui: {b: 2, c: 2}}").with("BOTH", "process");
    let (config, _) = load(&process, vec![ConfigLayer::set(&path("ui.c"), "3").unwrap()]);
    let ui = config.get(&path("ui")).unwrap();
    assert_eq!(ui.to_value(), json!({"a": "***", "b": 2, "c": 3}), "what the env block says is a secret");
    assert!(ui.to_json(true).contains("\"process block\""));
    assert_eq!(config.origin(&path("ui.b")).unwrap().to_string(), "OPENCLAW_CONFIG_OVERRIDES:1:10");

    let broken = Env::empty().with("OPENCLAW_CONFIG_OVERRIDES", "{");
    let error = load_default(&broken, &paths, vec![]).unwrap_err().to_string();
    assert!(error.starts_with("OPENCLAW_CONFIG_OVERRIDES:1:2: "), "{error}");
}

#[test]
fn an_empty_folder_is_a_working_configuration() {
    let folder = Folder::new(&[]);
    let paths = StatePaths::new(folder.0.path(), folder.path("openclaw.json"));
    let (config, env) = load_default(&Env::empty(), &paths, vec![]).unwrap();
    assert_eq!(config.settings().agents.defaults.model.primary.as_deref(), Some("anthropic/claude-opus-4-5"));
    assert!(config.warnings().is_empty() && env.names().count() == 0);
}
