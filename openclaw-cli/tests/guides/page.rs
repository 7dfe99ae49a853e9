//! A page of Markdown as this test reads it: headings, code blocks, links, and what is given.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A part of a page that is put to the test.
#[derive(Debug)]
pub(crate) enum Part {
    /// A heading of the second level: what follows starts in a new folder.
    Section,
    /// `<!-- given: this; that -->`: a new folder with these things in it.
    Given(Vec<String>),
    /// A block of code: its language, its lines, the line of the page on which it begins.
    Block { language: String, lines: Vec<String>, at: usize },
}

#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) parts: Vec<Part>,
    /// What a link may lead to, without `#`.
    pub(crate) anchors: BTreeSet<String>,
    pub(crate) links: Vec<String>,
    /// What stands in single backticks.
    pub(crate) code: Vec<String>,
    /// Those outside tables that are commands of this program.
    pub(crate) commands: Vec<String>,
}

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The guides, and the README.
pub(crate) fn pages() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 5, "the guides are there: {paths:?}");
    paths.push(root().join("README.md"));
    paths.iter().map(|path| Page::read(path)).collect()
}

impl Page {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let mut page = Self {
            path: path.to_owned(),
            parts: Vec::new(),
            anchors: BTreeSet::new(),
            links: Vec::new(),
            code: Vec::new(),
            commands: Vec::new(),
        };
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            if let Some(language) = line.strip_prefix("```") {
                let block = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
                let lines = block.map(str::to_owned).collect();
                page.parts.push(Part::Block { language: language.to_owned(), lines, at: at + 1 });
            } else if let Some(given) = line.strip_prefix("<!-- given: ") {
                let given = given.strip_suffix(" -->").unwrap_or_else(|| panic!("{}:{}", path.display(), at + 1));
                page.parts.push(Part::Given(given.split("; ").map(str::to_owned).collect()));
            } else {
                page.prose(line);
            }
        }
        page
    }

    fn prose(&mut self, line: &str) {
        if line.starts_with('#') {
            let heading = line.trim_start_matches('#');
            if line.len() - heading.len() == 2 {
                self.parts.push(Part::Section);
            }
            self.anchors.insert(slug(heading.trim()));
        }
        self.links.extend(line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())));
        let code: Vec<String> = line.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        if !line.starts_with('|') {
            self.commands.extend(code.iter().filter(|code| code.starts_with("openclaw ")).cloned());
        }
        self.code.extend(code);
    }

    pub(crate) fn name(&self) -> String {
        self.path.strip_prefix(root()).unwrap().display().to_string()
    }
}

/// The anchor of a heading, as GitHub makes it.
fn slug(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}
