//! Ten thousand edits, and not one foreign byte changed.

use fastrand::Rng;
use openclaw_core::Env;
use openclaw_core::config::{Config, ConfigLayer, ConfigSource};
use openclaw_core::json5::{Edit, EditError, Limits, edit, scan};

use crate::generate::{document, place, value};
use crate::oracle::{Plain, check_edit};

const DOCUMENTS: u64 = 2500;
const EDITS: u64 = 4;

#[test]
fn ten_thousand_edits_change_what_they_should_and_nothing_else() {
    let limits = Limits::default();
    let (mut done, mut strict, mut unset, mut made) = (0, 0, 0, 0);
    for seed in 0..DOCUMENTS {
        let text = document(seed);
        let read = scan(&text, &limits).unwrap_or_else(|error| panic!("{error}: {text}"));
        strict += u64::from(read.strict_json);
        let mut rng = Rng::with_seed(seed);
        let mut edits_done = 0;
        while edits_done < EDITS {
            let (path, there) = place(&mut rng, &read.root);
            let remove = there && !path.segments().is_empty() && rng.u8(..3) == 0;
            let new = value(&mut rng, read.strict_json);
            let one = if remove { Edit::unset(path.clone()) } else { Edit::set(path.clone(), new.clone()) };
            match edit(&text, std::slice::from_ref(&one), &limits) {
                Ok(edited) => check_edit(&text, &edited, &one),
                // The value may be strict JSON's enemy by its spelling alone.
                Err(EditError::NotStrict { .. }) if read.strict_json => continue,
                Err(error) => panic!("{one:?} {error}\n{text}"),
            }
            unset += u64::from(remove);
            made += u64::from(!there);
            edits_done += 1;
        }
        done += edits_done;
    }
    assert_eq!(done, 10_000);
    assert!(strict > 100 && unset > 1000 && made > 1000, "{strict} strict, {unset} unset, {made} made");
}

#[test]
fn a_batch_is_its_edits_one_by_one() {
    let limits = Limits::default();
    let mut done = 0;
    for seed in 0..500 {
        let original = document(seed);
        let mut rng = Rng::with_seed(seed ^ 0xbacc);
        let (mut text, mut edits) = (original.clone(), Vec::new());
        let mut expected = Plain::read(&text);
        for _ in 0..6 {
            let read = scan(&text, &limits).unwrap();
            let (path, there) = place(&mut rng, &read.root);
            let remove = there && !path.segments().is_empty() && rng.bool();
            let one = if remove { Edit::unset(path) } else { Edit::set(path, value(&mut rng, read.strict_json)) };
            // What an earlier edit put there may not have such a place.
            let Ok(edited) = edit(&text, std::slice::from_ref(&one), &limits) else { continue };
            text = edited.to_string();
            expected.apply(&one);
            edits.push(one);
        }
        done += edits.len();
        assert_eq!(edit(&original, &edits, &limits).unwrap().as_str(), text, "{edits:?}\n{original}");
        assert_eq!(Plain::read(&text), expected, "{edits:?}\n{original}\n---\n{text}");
    }
    assert!(done > 2000, "{done} edits");
}

#[test]
fn printed_configurations_read_back() {
    let mut printed = 0;
    for seed in 0..1500 {
        // Under a section of the assistant's own, anything is allowed.
        let text = format!("{{ui: {}\n}}", document(seed).trim_start_matches('\u{feff}'));
        let read = |text: &str| {
            let layer = ConfigLayer::parse(ConfigSource::Override, text).unwrap();
            Config::from_layers([layer], &Env::empty().with("VAR", "set"))
        };
        let config = read(&text).unwrap();
        let first = config.root().to_json(true);
        assert_eq!(read(&first).unwrap().root().to_json(true).as_str(), first.as_str());
        assert_eq!(Plain::read(&first), Plain::read(&text.replace("${VAR}", "set")).into_json(), "{text}");
        printed += 1;
    }
    assert_eq!(printed, 1500);
}
