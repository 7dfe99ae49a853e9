//! Two ways of doing one thing, in turns: whatever else the machine does meanwhile hits both alike, so
//! their difference can be trusted where two separate measurements cannot. Used by `request` and `store`.

use std::time::Instant;

use divan::black_box;

/// Whether the whole bench was asked for (`cargo bench --bench x`): not a part of it by a filter, a
/// list, or the run through once that `cargo test --benches` makes.
pub(crate) fn wanted() -> bool {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    !arguments.is_empty() && arguments.iter().all(|argument| argument == "--bench")
}

/// Times `ours` and `bare` in turns and prints both, the median of the differences of the pairs, and
/// the ratio of the medians. `before` runs before each, untimed.
pub(crate) fn compare<A, B>(
    title: &str,
    rounds: usize,
    mut before: impl FnMut(),
    mut ours: impl FnMut() -> A,
    mut bare: impl FnMut() -> B,
) {
    for _ in 0..rounds / 10 {
        time(&mut before, &mut ours);
        time(&mut before, &mut bare);
    }
    let (mut first, mut second, mut differences) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        // Who goes first changes, since the first of a pair finds colder caches.
        let (a, b) = if round % 2 == 0 {
            let a = time(&mut before, &mut ours);
            (a, time(&mut before, &mut bare))
        } else {
            let b = time(&mut before, &mut bare);
            (time(&mut before, &mut ours), b)
        };
        first.push(a);
        second.push(b);
        differences.push(a - b);
    }
    for times in [&mut first, &mut second, &mut differences] {
        times.sort_by(f64::total_cmp);
    }
    println!("\n{title}, {rounds} pairs in turns       best    median       p95");
    for (name, times) in [("ours", &first), ("bare", &second)] {
        println!("  {name:<36} {:>7.1} µs {:>6.1} µs {:>6.1} µs", at(times, 0.0), at(times, 0.5), at(times, 0.95));
    }
    let (difference, ratio) = (at(&differences, 0.5), at(&first, 0.5) / at(&second, 0.5));
    println!("  the median pair differs by {difference:.1} µs; ratio of the medians {ratio:.2}");
}

/// Microseconds. What the work returns is dropped after the clock has stopped.
fn time<T>(before: &mut impl FnMut(), work: &mut impl FnMut() -> T) -> f64 {
    before();
    let start = Instant::now();
    let result = work();
    let elapsed = start.elapsed();
    drop(black_box(result));
    elapsed.as_secs_f64() * 1e6
}

fn at(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * part) as usize).copied().unwrap_or(f64::NAN)
}
