//! The calls that wait for a thread: fair in time between plugins, and in turn between the users of one plugin.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// How many calls of one plugin may wait in any case, of those that may be refused.
pub(super) const MOST: usize = 64;

/// How many may wait if they are short.
const MOST_SHORT: usize = 1024;

/// How much work may wait for one plugin: more than this is worth no waiting.
const MOST_WORK: Duration = Duration::from_secs(5);

/// What a call is taken to cost at least, so that a plugin which was never measured gets no more than its share.
const LEAST_COST: Duration = Duration::from_micros(10);

/// A call that waits.
pub(super) trait Work: Send {
    /// Whether anyone still waits for its result.
    fn is_wanted(&self) -> bool;

    /// Whether it may be refused. What may not takes no room from what may.
    fn is_refusable(&self) -> bool;

    /// Makes the call.
    fn run(self: Box<Self>);

    /// Tells whoever waits that it is not made, and when to try again.
    fn refuse(self: Box<Self>, retry_after: Duration);
}

/// A plugin and a user, as numbers.
pub(super) type Owner = (u64, u64);

type Job = Box<dyn Work>;

/// The waiting calls. Between plugins it is start-time fair queueing (Goyal, Vin and Cheng, 1996): the one that has had the
/// least time is next, and one that comes back has saved nothing up.
#[derive(Default)]
pub(super) struct Queue {
    plugins: BTreeMap<u64, Share>,
    /// The tag of the call that began last.
    now: Duration,
}

/// The calls of one plugin.
#[derive(Default)]
struct Share {
    /// The tag of its next call: how much time all have had when it is this plugin's turn.
    tag: Duration,
    /// How long one call takes.
    cost: Duration,
    /// The users whose calls wait, the next first.
    users: VecDeque<(u64, VecDeque<Job>)>,
}

// === impl Queue ===

impl Queue {
    /// Adds a call that will take about `cost`. Returns the one that has no room: of the user with the most calls, the last.
    pub(super) fn push(&mut self, (plugin, user): Owner, cost: Duration, job: Job) -> Option<Job> {
        let now = self.now;
        self.plugins
            .retain(|_, share| !share.users.is_empty() || share.tag > now);
        let share = self.plugins.entry(plugin).or_default();
        share.tag = share.tag.max(now);
        share.cost = cost.max(LEAST_COST);
        let refusable = job.is_refusable();
        share.push(user, job);
        let room = share.room();
        if !refusable || share.refusable() <= room {
            return None;
        }
        share.forget_abandoned();
        if share.refusable() <= room { None } else { share.shed() }
    }

    /// The next call that is wanted.
    pub(super) fn pop(&mut self) -> Option<Job> {
        loop {
            let waiting = self.plugins.values_mut().filter(|share| !share.users.is_empty());
            let share = waiting.min_by_key(|share| share.tag)?;
            let Some(job) = share.pop() else { continue };
            if job.is_wanted() {
                self.now = share.tag;
                share.tag += share.cost;
                return Some(job);
            }
        }
    }

    /// How many calls it holds, wanted or not.
    pub(super) fn len(&self) -> usize {
        self.plugins.values().flat_map(Share::jobs).count()
    }

    /// How many calls of this plugin wait.
    pub(super) fn waiting(&self, plugin: u64) -> usize {
        let jobs = self.plugins.get(&plugin).into_iter().flat_map(Share::jobs);
        jobs.filter(|job| job.is_wanted()).count()
    }
}

// === impl Share ===

impl Share {
    fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.users.iter().flat_map(|(_, jobs)| jobs)
    }

    /// How many calls that may be refused have room.
    fn room(&self) -> usize {
        let short = MOST_WORK.as_nanos() / self.cost.as_nanos().max(1);
        usize::try_from(short).unwrap_or(MOST_SHORT).clamp(MOST, MOST_SHORT)
    }

    fn refusable(&self) -> usize {
        self.jobs().filter(|job| job.is_refusable()).count()
    }

    fn push(&mut self, user: u64, job: Job) {
        match self.users.iter_mut().find(|(known, _)| *known == user) {
            Some((_, jobs)) => jobs.push_back(job),
            None => self.users.push_back((user, VecDeque::from([job]))),
        }
    }

    /// The next call; its user is then the last in turn.
    fn pop(&mut self) -> Option<Job> {
        let (user, mut jobs) = self.users.pop_front()?;
        let job = jobs.pop_front();
        if !jobs.is_empty() {
            self.users.push_back((user, jobs));
        }
        job
    }

    fn forget_abandoned(&mut self) {
        for (_, jobs) in &mut self.users {
            jobs.retain(|job| job.is_wanted());
        }
        self.users.retain(|(_, jobs)| !jobs.is_empty());
    }

    /// Takes out the last call that may be refused of the user who has the most of them.
    fn shed(&mut self) -> Option<Job> {
        let refusable = |jobs: &VecDeque<Job>| jobs.iter().filter(|job| job.is_refusable()).count();
        let (_, jobs) = self.users.iter_mut().max_by_key(|(_, jobs)| refusable(jobs))?;
        let last = jobs.iter().rposition(|job| job.is_refusable())?;
        let job = jobs.remove(last);
        self.users.retain(|(_, jobs)| !jobs.is_empty());
        job
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    const LONG: Duration = Duration::from_millis(100);

    /// Writes down its name when it runs, or `!` and its name when it is refused.
    struct Named(&'static str, Arc<Mutex<Vec<String>>>, bool);

    impl Work for Named {
        fn is_wanted(&self) -> bool {
            self.2
        }

        fn is_refusable(&self) -> bool {
            !self.0.starts_with("later")
        }

        fn run(self: Box<Self>) {
            self.1.lock().unwrap().push(self.0.to_owned());
        }

        fn refuse(self: Box<Self>, _: Duration) {
            self.1.lock().unwrap().push(format!("!{}", self.0));
        }
    }

    #[derive(Default)]
    struct Scene {
        queue: Queue,
        seen: Arc<Mutex<Vec<String>>>,
    }

    impl Scene {
        fn push(&mut self, owner: Owner, cost: Duration, name: &'static str) {
            let job = Box::new(Named(name, Arc::clone(&self.seen), true));
            if let Some(job) = self.queue.push(owner, cost, job) {
                job.refuse(MS);
            }
        }

        fn abandoned(&mut self, owner: Owner) {
            let job = Box::new(Named("abandoned", Arc::clone(&self.seen), false));
            assert!(self.queue.push(owner, MS, job).is_none());
        }

        fn run_all(mut self) -> String {
            while let Some(job) = self.queue.pop() {
                job.run();
            }
            self.seen.lock().unwrap().join(" ")
        }
    }

    #[test]
    fn users_of_one_plugin_take_turns() {
        let mut scene = Scene::default();
        for (user, name) in [(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (2, "b2"), (3, "c1")] {
            scene.push((0, user), MS, name);
        }
        assert_eq!(scene.run_all(), "a1 b1 c1 a2 b2 a3");
    }

    #[test]
    fn plugins_get_equal_time_and_not_equal_calls() {
        let mut scene = Scene::default();
        for name in ["A1", "A2"] {
            scene.push((1, 0), 4 * MS, name);
        }
        for name in ["b1", "b2", "b3", "b4", "b5", "b6"] {
            scene.push((2, 0), MS, name);
        }
        assert_eq!(scene.run_all(), "A1 b1 b2 b3 b4 A2 b5 b6");
    }

    #[test]
    fn a_plugin_that_was_away_has_saved_nothing_up_and_owes_what_it_had() {
        let mut scene = Scene::default();
        scene.push((1, 0), 9 * MS, "A1");
        scene.queue.pop().unwrap().run();
        scene.push((2, 0), MS, "b1");
        scene.push((2, 0), MS, "b2");
        scene.push((1, 0), 9 * MS, "A2");
        assert_eq!(scene.run_all(), "A1 b1 b2 A2");
    }

    #[test]
    fn what_nobody_waits_for_is_passed_over_and_takes_no_room() {
        let mut scene = Scene::default();
        for _ in 0..MOST {
            scene.abandoned((0, 0));
        }
        assert_eq!(scene.queue.waiting(0), 0);
        scene.push((0, 0), MS, "wanted");
        assert_eq!(scene.queue.waiting(0), 1);
        assert_eq!(scene.run_all(), "wanted");
    }

    #[test]
    fn a_full_queue_refuses_the_one_who_has_the_most_in_it() {
        let mut scene = Scene::default();
        for _ in 0..MOST {
            scene.push((0, 1), LONG, "greedy");
        }
        scene.push((0, 1), LONG, "last");
        assert_eq!(scene.seen.lock().unwrap().concat(), "!last");
        scene.push((0, 2), LONG, "modest");
        assert_eq!(scene.seen.lock().unwrap().concat(), "!last!greedy");
        // Another plugin has room of its own.
        scene.push((1, 1), MS, "other");
        assert_eq!(scene.queue.waiting(0), MOST);
        // What an upstream has answered already is never refused.
        scene.push((0, 1), MS, "later");
        assert_eq!(scene.queue.waiting(0), MOST + 1);
        let seen = scene.run_all();
        assert!(seen.contains("modest") && seen.contains("later") && seen.contains("other"));
    }

    #[test]
    fn more_short_calls_may_wait_than_long_ones() {
        for (cost, most) in [(MS / 100, MOST_SHORT), (10 * MS, 500), (LONG, MOST)] {
            let mut scene = Scene::default();
            for _ in 0..most {
                scene.push((0, 1), cost, "fits");
            }
            assert!(scene.seen.lock().unwrap().is_empty());
            scene.push((0, 1), cost, "too many");
            assert_eq!(*scene.seen.lock().unwrap(), ["!too many"]);
        }
    }
}
