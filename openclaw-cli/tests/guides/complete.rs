//! Nothing is left out, and no link leads nowhere.

use std::collections::BTreeSet;

use openclaw_core::config::json_schema;
use serde_json::Value;

use super::page::{Page, pages, root};

/// Keys and words of all sections, as the JSON Schema has them: it is made from their declarations.
fn declared(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get("properties") {
                found.extend(properties.keys().cloned());
            }
            if let Some(Value::String(word)) = members.get("const") {
                found.insert(word.clone());
            }
            for member in members.values() {
                declared(member, found);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                declared(element, found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_setting_is_in_the_guide() {
    let mut settings = BTreeSet::new();
    declared(&json_schema(), &mut settings);
    assert!(settings.len() > 60 && settings.contains("cacheControlTtl") && settings.contains("singleValue"));
    let guide = Page::read(&root().join("docs/configuration.md"));
    let separators = |c: char| !c.is_alphanumeric() && !matches!(c, '$' | '-' | '_');
    let told: BTreeSet<&str> = guide.code.iter().flat_map(|code| code.split(separators)).collect();
    let missing: Vec<&String> = settings.iter().filter(|setting| !told.contains(setting.as_str())).collect();
    assert!(missing.is_empty(), "docs/configuration.md says nothing of {missing:?}");
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    for page in &pages {
        for link in page.links.iter().filter(|link| !link.starts_with("https://")) {
            let (file, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(file, anchor)| (file, Some(anchor)));
            let target = if file.is_empty() { page.path.clone() } else { page.path.parent().unwrap().join(file) };
            let target = target.canonicalize().unwrap_or_else(|_| panic!("{}: {link} does not exist", page.name()));
            if let Some(anchor) = anchor {
                assert!(Page::read(&target).anchors.contains(anchor), "{}: nothing is at {link}", page.name());
            }
        }
    }
}

/// The provider page leads to this place.
#[test]
fn the_anchor_of_the_provider_page_exists() {
    let page = Page::read(&root().join("docs/troubleshooting.md"));
    assert!(page.anchors.contains("oauth-token-refresh-failed-anthropic-claude-subscription"), "{:?}", page.anchors);
}

/// The index names every guide.
#[test]
fn every_guide_is_in_the_index() {
    let index = Page::read(&root().join("docs/README.md"));
    for page in pages().iter().filter(|page| page.path.parent() == index.path.parent() && page.path != index.path) {
        let name = page.path.file_name().unwrap().to_str().unwrap();
        assert!(index.links.iter().any(|link| link == name), "{name} is not in docs/README.md");
    }
}
