//! Which list counts: the ids that are looked at, in their order.

use crate::id::ProfileId;
use crate::profile::StoredProfile;
use crate::resolver::{OrderSource, ResolveInput};

/// A name on the list, and where in the store it is and what is stored under it. A list that was
/// written by hand may name somebody twice.
pub(super) type Entry<'a> = (&'a ProfileId, Option<(usize, &'a StoredProfile)>);

/// The list that counts for an input.
pub(super) struct List<'i, 'a> {
    input: &'i ResolveInput<'a>,
    /// The ids of an explicit order.
    explicit: &'a [ProfileId],
    pub(super) source: OrderSource,
    /// Whether a list was passed over, since it names nobody who exists.
    pub(super) ignored: bool,
}

impl<'i, 'a> List<'i, 'a> {
    pub(super) fn of(input: &'i ResolveInput<'a>) -> Self {
        let list = |explicit, source, ignored| Self { input, explicit, source, ignored };
        let mut ignored = false;
        if let Some(order) = input.profiles.order.get(input.provider).filter(|order| !order.is_empty()) {
            let stored = list(order, OrderSource::Stored, ignored);
            if !stored.is_left_over() {
                return stored;
            }
            ignored = true;
        }
        if let Some(order) = input.auth.order.get(input.provider) {
            // A cost policy: it counts even when nothing that it names exists.
            return list(order, OrderSource::ConfigOrder, ignored);
        }
        let configured = list(&[], OrderSource::ConfigProfiles, ignored);
        if configured.entries().next().is_some() {
            if !configured.is_left_over() {
                return configured;
            }
            ignored = true;
        }
        list(&[], OrderSource::Profiles, ignored)
    }

    /// A list that names nobody who exists, while others do, was left over: it would only hide them.
    fn is_left_over(&self) -> bool {
        let all = Self { explicit: &[], source: OrderSource::Profiles, ..*self };
        self.entries().all(|(_, stored)| stored.is_none()) && all.entries().next().is_some()
    }

    /// At most so many.
    pub(super) fn len(&self) -> usize {
        match self.source {
            OrderSource::Stored | OrderSource::ConfigOrder => self.explicit.len(),
            OrderSource::ConfigProfiles => self.input.auth.profiles.len(),
            OrderSource::Profiles => self.input.profiles.profiles.len(),
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let (provider, stored) = (self.input.provider, &self.input.profiles.profiles);
        let find =
            move |id: &'a ProfileId| (id, stored.get_full(id.as_str()).map(|(place, _, stored)| (place, stored)));
        let configured = (self.source == OrderSource::ConfigProfiles).then(|| self.input.auth.profiles.iter());
        let configured = configured.into_iter().flatten().filter(move |(_, entry)| entry.provider == *provider);
        let all = (self.source == OrderSource::Profiles).then(|| stored.iter().enumerate());
        let all = all.into_iter().flatten().filter(move |(_, (_, stored))| stored.provider() == provider);
        let named = self.explicit.iter().chain(configured.map(|(id, _)| id)).map(find);
        named.chain(all.map(|(place, (id, stored))| (id, Some((place, stored)))))
    }

    pub(super) fn contains(&self, id: &ProfileId) -> bool {
        match self.source {
            OrderSource::Profiles => {
                self.input.profiles.profiles.get(id.as_str()).is_some_and(|p| p.provider() == self.input.provider)
            }
            _ => self.entries().any(|(other, _)| other == id),
        }
    }
}
