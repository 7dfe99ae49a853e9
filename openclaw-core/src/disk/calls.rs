//! Where a system call of a write may fail. In the library there is nothing here but the calls
//! themselves; tests make each of them fail in turn.

use std::fs::File;
use std::io::{self, Write};

/// What stands before every system call of a write.
#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "tests make it fail")]
pub(super) const fn reach(_step: &'static str) -> io::Result<()> {
    Ok(())
}

/// A file that is written to, one system call at a time.
pub(super) struct Through<'f>(pub(super) &'f mut File);

impl Write for Through<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        reach("write")?;
        self.0.write(shortened(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(not(test))]
const fn shortened(bytes: &[u8]) -> &[u8] {
    bytes
}

#[cfg(test)]
use faults::shortened;
#[cfg(test)]
pub(crate) use faults::{Fault, plan, reach};

#[cfg(test)]
mod faults {
    use std::cell::RefCell;
    use std::io;

    /// What happens at the k-th system call of this thread.
    #[derive(Debug, Clone, Copy)]
    pub(crate) enum Fault {
        /// It fails once.
        Once(i32),
        /// It and all that follow fail.
        Forever(i32),
    }

    #[derive(Default)]
    struct Plan {
        reached: Vec<&'static str>,
        fault: Option<(usize, Fault)>,
        short: bool,
    }

    thread_local! {
        static PLAN: RefCell<Plan> = RefCell::default();
    }

    /// Runs `work` with a fault at the k-th call (from 0), every write cut short if `short`. Also returns
    /// which calls were reached.
    pub(crate) fn plan<T>(
        fault: Option<(usize, Fault)>,
        short: bool,
        work: impl FnOnce() -> T,
    ) -> (T, Vec<&'static str>) {
        PLAN.with(|plan| *plan.borrow_mut() = Plan { fault, short, ..Plan::default() });
        let result = work();
        (result, PLAN.with(|plan| std::mem::take(&mut *plan.borrow_mut()).reached))
    }

    pub(crate) fn reach(step: &'static str) -> io::Result<()> {
        PLAN.with(|plan| {
            let mut plan = plan.borrow_mut();
            let at = plan.reached.len();
            plan.reached.push(step);
            match plan.fault {
                Some((k, Fault::Once(error))) if k == at => Err(io::Error::from_raw_os_error(error)),
                Some((k, Fault::Forever(error))) if k <= at => Err(io::Error::from_raw_os_error(error)),
                _ => Ok(()),
            }
        })
    }

    pub(crate) fn shortened(bytes: &[u8]) -> &[u8] {
        if PLAN.with(|plan| plan.borrow().short) { &bytes[..bytes.len().div_ceil(2)] } else { bytes }
    }
}
