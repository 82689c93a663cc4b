//! What hangs on more than the API server is taken both ways, one after the other.

/// More ways than a person's script has.
const MOST_WAYS: usize = 256;
/// Commands of all ways together.
const MOST_STEPS: usize = 20_000;

/// The way that is gone: how each question was answered so far.
#[derive(Debug, Default)]
pub(super) struct Choices {
    made: Vec<bool>,
    /// How many of them were asked in this run.
    asked: usize,
    ways: usize,
    steps: usize,
}

impl Choices {
    /// Whether something holds that only the run of a script shows.
    pub(super) fn choose(&mut self) -> bool {
        let choice = self.made.get(self.asked).copied();
        if choice.is_none() {
            self.made.push(false);
        }
        self.asked += 1;
        choice.unwrap_or(false)
    }

    pub(super) const fn asked(&self) -> usize {
        self.asked
    }

    /// Counts a command; `None` if there are too many.
    pub(super) fn step(&mut self) -> Option<()> {
        self.steps += 1;
        (self.steps <= MOST_STEPS).then_some(())
    }

    /// Whether there is another way, which is the next; `None` if there are too many.
    pub(super) fn has_next(&mut self) -> Option<bool> {
        self.ways += 1;
        self.asked = 0;
        while self.made.pop_if(|last| *last).is_some() {}
        let Some(last) = self.made.last_mut() else {
            return Some(false);
        };
        *last = true;
        (self.ways < MOST_WAYS).then_some(true)
    }
}
