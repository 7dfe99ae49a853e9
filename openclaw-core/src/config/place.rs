//! Where a value stands in the whole configuration, for whoever walks down to it.

use crate::json5::{Path, Segment};

/// A place, linked to the places above it. Walking down allocates nothing: the path is put together
/// when somebody asks for it, which is when something is wrong there.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    /// The way to the top of the walk.
    start: &'p [Segment],
    below: Option<(&'p Self, Step<'p>)>,
    depth: usize,
}

/// One step down.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl<'p> Place<'p> {
    /// Where a walk starts.
    pub(super) const fn at(start: &'p [Segment]) -> Self {
        Self { start, below: None, depth: start.len() }
    }

    /// The place of a member.
    pub(super) const fn key<'s>(&'s self, key: &'s str) -> Place<'s> {
        self.step(Step::Key(key))
    }

    /// The place of an element.
    pub(super) const fn index(&self, index: usize) -> Place<'_> {
        self.step(Step::Index(index))
    }

    const fn step<'s>(&'s self, step: Step<'s>) -> Place<'s> {
        Place { start: self.start, below: Some((self, step)), depth: self.depth + 1 }
    }

    /// How many steps it is from the root.
    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    /// The steps, from this place up to the root.
    pub(super) fn upwards(&self) -> impl Iterator<Item = Step<'_>> {
        let mut here = Some(self);
        let walked = std::iter::from_fn(move || {
            let (above, step) = here?.below?;
            here = Some(above);
            Some(step)
        });
        walked.chain(self.start.iter().rev().map(|segment| match segment {
            Segment::Key(key) => Step::Key(key),
            Segment::Index(index) => Step::Index(*index),
        }))
    }

    /// The path from the root.
    pub(super) fn path(&self) -> Path {
        let mut segments: Vec<_> = self.upwards().map(Segment::from).collect();
        segments.reverse();
        segments.into_iter().collect()
    }
}

impl From<Step<'_>> for Segment {
    fn from(step: Step<'_>) -> Self {
        match step {
            Step::Key(key) => Self::Key(key.to_owned()),
            Step::Index(index) => Self::Index(index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_knows_its_path() {
        let start: Path = "agents.list[0]".parse().unwrap();
        let top = Place::at(start.segments());
        let models = top.key("models");
        let element = models.index(3);
        assert_eq!((element.path().to_string(), element.depth()), ("agents.list[0].models[3]".to_owned(), 5));
        assert!(element.upwards().next() == Some(Step::Index(3)));
        assert_eq!((Place::at(&[]).path(), Place::at(&[]).depth()), (Path::root(), 0));
    }
}
