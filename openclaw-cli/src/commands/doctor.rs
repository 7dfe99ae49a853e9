//! `openclaw doctor`.

use openclaw_core::{Advice, Doctor, Finding, Repair, Report, Severity, printable};
use serde::Serialize;

use crate::args::{Args, DoctorArgs};
use crate::error::CliError;
use crate::host::Host;
use crate::output::{self, BAD, BOLD, DIM, GOOD, WARN, paint};

#[derive(Serialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(flatten)]
    report: &'a Report,
}

pub(crate) fn run(host: &mut Host, args: &Args, given: &DoctorArgs) -> Result<u8, CliError> {
    let doctor = Doctor::new(&host.env, &host.cwd, super::overrides(args)?);
    let doctor = match &given.agent {
        Some(agent) => doctor.agent(agent),
        None => doctor,
    };
    let now = host.clock.now();
    let report = if given.fix { doctor.fix(now)? } else { doctor.examine(now)? };
    if given.json {
        output::json(host, &Answer { ok: report.ok(), report: &report })?;
    } else {
        let text = render(host, &report, given);
        output::text(host, &text)?;
    }
    Ok(if report.ok() { 0 } else { 1 })
}

fn render(host: &Host, report: &Report, given: &DoctorArgs) -> String {
    let mut lines = vec![format!("{} {}", paint(host, DIM, "Folder:"), printable(&host.short(&report.state_dir)))];
    if !report.repairs.is_empty() {
        lines.push(String::new());
        report.repairs.iter().for_each(|repair| lines.extend(repaired(host, repair)));
    }
    let mut findings = by_severity(report).into_iter().peekable();
    while let Some(finding) = findings.next() {
        lines.push(String::new());
        lines.push(place(host, finding));
        // What is said of several places is said once.
        while findings.peek().is_some_and(|next| said_alike(finding, next)) {
            lines.extend(findings.next().map(|next| place(host, next)));
        }
        lines.extend(said(host, finding));
    }
    lines.push(String::new());
    lines.push(verdict(host, report, given));
    lines.push(String::new());
    lines.join("\n")
}

/// The worst first.
fn by_severity(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

fn repaired(host: &Host, repair: &Repair) -> Vec<String> {
    let mark = if repair.done { paint(host, GOOD, "repaired:") } else { paint(host, BAD, "not repaired:") };
    let home = host.env.get("HOME").map(|home| format!("{}/", home.trim_end_matches('/')));
    let message = home.map_or_else(|| repair.message.clone(), |home| repair.message.replace(&home, "~/"));
    let mut lines = vec![format!("{mark} {}", printable(&message))];
    lines.extend(repair.advice.iter().flat_map(advised));
    lines
}

fn said_alike(a: &Finding, b: &Finding) -> bool {
    let fix = |finding: &Finding| finding.fix.as_ref().map(ToString::to_string);
    (a.code, a.severity, &a.message, &a.advice, a.path.is_some()) == (b.code, b.severity, &b.message, &b.advice, true)
        && fix(a) == fix(b)
}

/// How bad it is, and where.
fn place(host: &Host, finding: &Finding) -> String {
    let style = match finding.severity {
        Severity::Error => BAD,
        Severity::Warning => WARN,
        Severity::Note => DIM,
    };
    let mark = paint(host, style, &format!("{}:", finding.severity.as_str()));
    let Some(path) = &finding.path else { return format!("{mark} {}", host.homely(&printable(&finding.message))) };
    let mut place = printable(&host.short(path));
    if let (Some(line), Some(column)) = (finding.line, finding.column) {
        place = format!("{place}:{line}:{column}");
    }
    format!("{mark} {}", paint(host, BOLD, &place))
}

/// What it is, and what can be done.
fn said(host: &Host, finding: &Finding) -> Vec<String> {
    let message = finding.path.as_ref().map(|_| format!("  {}", host.homely(&printable(&finding.message))));
    let fix = finding.fix.as_ref().map(|fix| format!("  --fix would {fix}"));
    let mut lines: Vec<String> = message.into_iter().chain(fix).collect();
    lines.extend(finding.advice.iter().flat_map(advised));
    lines
}

fn advised(advice: &Advice) -> Vec<String> {
    let mut lines = vec![format!("  {}", printable(&advice.text))];
    lines.extend(advice.command.iter().map(|command| format!("      {}", printable(command))));
    lines
}

fn verdict(host: &Host, report: &Report, given: &DoctorArgs) -> String {
    let problems = report.findings.iter().filter(|finding| finding.counts()).count();
    let notes = report.findings.len() - problems;
    let repairable = report.findings.iter().filter(|finding| finding.fix.is_some()).count();
    let notes = match notes {
        0 => String::new(),
        1 => ", 1 note".to_owned(),
        notes => format!(", {notes} notes"),
    };
    let text = match problems {
        0 => format!("{}{notes}.", paint(host, GOOD, "Nothing is wrong")),
        1 => format!("{}{notes}.", paint(host, BAD, "1 problem")),
        problems => format!("{}{notes}.", paint(host, BAD, &format!("{problems} problems"))),
    };
    if repairable == 0 || given.fix {
        return text;
    }
    let agent = given.agent.as_deref().map(|agent| format!(" --agent {}", printable(agent))).unwrap_or_default();
    format!("{text} {repairable} can be repaired:\n      openclaw doctor --fix{agent}")
}
