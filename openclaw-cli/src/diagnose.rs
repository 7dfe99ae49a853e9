//! Problems of a configuration below the message, each with its line of the file.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use openclaw_core::config::{
    ConfigError, ConfigSource, ConfigWarning, Excerpt, IncludeError, OVERRIDES_VARIABLE, Origin, shown_path,
};
use openclaw_core::json5::Position;
use openclaw_core::printable;
use serde::Serialize;

use crate::host::Host;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Problem {
    /// The path in the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    message: String,
    /// The message with the path where it belongs.
    #[serde(skip)]
    text: String,
    /// The file, or what else it was read from.
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip)]
    from: ConfigSource,
    /// The path of the key or the value at the place; it also tells which strings around it are secrets.
    #[serde(skip)]
    place: Option<openclaw_core::json5::Path>,
    #[serde(skip)]
    warning: bool,
}

impl Problem {
    fn new(origin: &Origin, text: &str, path: Option<String>) -> Self {
        let from = origin.source().clone();
        // The place is shown apart from the text.
        let text = text.strip_prefix(&format!("{origin}: ")).unwrap_or(text).to_owned();
        let named = path.as_ref().and_then(|path| text.strip_prefix(&format!("{path}: ")));
        let message = named.unwrap_or(&text).to_owned();
        Self { message, ..Self::at(from, origin.position(), text, path) }
    }

    fn at(from: ConfigSource, position: Option<Position>, text: String, path: Option<String>) -> Self {
        let (line, column) = (position.map(|at| at.line), position.map(|at| at.column));
        Self {
            path,
            message: text.clone(),
            text,
            source: from.to_string(),
            line,
            column,
            from,
            place: None,
            warning: false,
        }
    }
}

/// Everything that an error says about places in texts.
pub(crate) fn problems(error: &ConfigError) -> Vec<Problem> {
    match error {
        ConfigError::Invalid { problems } => {
            let problem = |p: &openclaw_core::config::Problem| Problem {
                place: Some(p.place()),
                ..Problem::new(&p.origin, &p.to_string(), Some(shown_path(&p.path)))
            };
            problems.iter().map(problem).collect()
        }
        ConfigError::Include(failure) => {
            let mut all = vec![Problem::new(&failure.origin, &failure.kind.to_string(), None)];
            if let IncludeError::Parse { resolved, error, .. } = &failure.kind {
                let from = ConfigSource::File(resolved.clone());
                all.push(Problem::at(from, Some(error.position), error.kind.to_string(), None));
            }
            all
        }
        other => other.origin().map(|origin| Problem::new(origin, &other.to_string(), None)).into_iter().collect(),
    }
}

/// A problem of a text that nobody has written yet: what, but not where.
pub(crate) fn without_place(problem: &openclaw_core::config::Problem) -> String {
    Problem::new(&problem.origin, &problem.to_string(), None).text
}

/// A warning, to be shown like a problem.
pub(crate) fn warning(warning: &ConfigWarning) -> Problem {
    let path = Some(shown_path(&warning.path)).filter(|path| !path.is_empty());
    let place = Some(warning.path.clone());
    Problem { warning: true, place, ..Problem::new(&warning.origin, &warning.to_string(), path) }
}

/// Problems as a person reads them: where, what, and the line with the place underlined.
pub(crate) fn render(host: &Host, problems: &[Problem]) -> String {
    let renderer = if host.color { Renderer::styled() } else { Renderer::plain() };
    let parts = problems.iter().map(|problem| {
        let level = if problem.warning { Level::WARNING } else { Level::ERROR };
        let title = title(host, problem);
        match excerpt(host, problem) {
            Some(Excerpt { line, text, span, .. }) => {
                let snippet = Snippet::source(text).line_start(line).annotation(AnnotationKind::Primary.span(span));
                renderer.render(&[level.primary_title(title).element(snippet)])
            }
            None => renderer.render(&[Group::with_title(level.primary_title(title))]),
        }
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// `~/.openclaw/openclaw.json:12:18: auth: Unrecognized key: "ordr"`
fn title(host: &Host, problem: &Problem) -> String {
    let place = problem.from.file().map_or_else(|| problem.source.clone(), |file| printable(&host.short(file)));
    match (problem.line, problem.column) {
        (Some(line), Some(column)) => format!("{place}:{line}:{column}: {}", host.homely(&printable(&problem.text))),
        _ => format!("{place}: {}", host.homely(&printable(&problem.text))),
    }
}

fn excerpt(host: &Host, problem: &Problem) -> Option<Excerpt> {
    let position = Position { line: problem.line?, column: problem.column? };
    let text = match &problem.from {
        ConfigSource::File(path) => std::fs::read_to_string(path).ok()?,
        ConfigSource::Environment(OVERRIDES_VARIABLE) => host.env.get(OVERRIDES_VARIABLE)?.to_owned(),
        _ => return None,
    };
    match &problem.place {
        Some(place) => Excerpt::at(&text, position, place),
        None => Excerpt::of(&text, position),
    }
}
