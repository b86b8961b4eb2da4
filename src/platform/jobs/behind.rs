//! The threads on which what may wait is computed. They are kept for a while: one for each
//! computation would be made and taken down hundreds of times a second, and whoever maps memory
//! meanwhile, a sale as well, waits for it.

use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// How long a thread waits for something to do before it ends.
const KEPT: Duration = Duration::from_secs(10);

type Work = Box<dyn FnOnce() + Send>;

static DESK: Desk = Desk {
    state: Mutex::new(State {
        waiting: VecDeque::new(),
        resting: 0,
    }),
    bell: Condvar::new(),
};

struct Desk {
    state: Mutex<State>,
    bell: Condvar,
}

struct State {
    /// Never more than there are threads that rest: what finds none gets a new one.
    waiting: VecDeque<Work>,
    resting: usize,
}

/// Has something computed on a thread that rests, or on a new one.
///
/// # Errors
/// When the system starts no more threads; nothing is computed then.
pub(super) fn submit(work: Work) -> io::Result<()> {
    let mut state = DESK.lock();
    if state.resting > state.waiting.len() {
        state.waiting.push_back(work);
        drop(state);
        DESK.bell.notify_one();
        return Ok(());
    }
    drop(state);
    thread::Builder::new()
        .name("job-compute".to_owned())
        .spawn(|| serve(work))
        .map(drop)
}

fn serve(first: Work) {
    go_behind();
    let mut next = Some(first);
    while let Some(work) = next {
        // Whoever waits learns of a panic by hearing nothing; the hook has written it down.
        let _told = catch_unwind(AssertUnwindSafe(work));
        next = DESK.next();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be done next; nothing when there was nothing for a while.
    fn next(&self) -> Option<Work> {
        let mut state = self.lock();
        state.resting += 1;
        let waited = self
            .bell
            .wait_timeout_while(state, KEPT, |state| state.waiting.is_empty());
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.resting -= 1;
        state.waiting.pop_front()
    }
}

/// Computes only when nothing else wants a processor. Niceness does not do this: it gives a thread
/// shorter turns, but whoever wakes up waits for the end of the turn, and a sale wakes up a thread
/// four times on its way. A thread of the idle class is interrupted at once. On Linux this
/// concerns the calling thread alone; elsewhere it is left out.
///
/// The class means nothing to the threads of other control groups or sessions, such as those of a
/// PostgreSQL beside us. For their sake half of the processors are left alone.
fn go_behind() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{
            NormalThreadSchedulePolicy::Idle, ThreadPriority, ThreadSchedulePolicy::Normal,
            set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
        };
        leave_half_of_the_processors();
        // It also sets the niceness, which an inherited one may forbid, and which then means nothing.
        let asked =
            set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, Normal(Idle));
        if thread_schedule_policy() != Ok(Normal(Idle)) {
            tracing::debug!(?asked, "a computation keeps the priority of the program");
        }
    }
}

/// Keeps the calling thread to the upper half of the processors that it may run on.
#[cfg(target_os = "linux")]
fn leave_half_of_the_processors() {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let outcome = sched_getaffinity(None).and_then(|allowed| {
        let ours = (0..CpuSet::MAX_CPU).filter(|cpu| allowed.is_set(*cpu));
        let left_alone = usize::try_from(allowed.count()).unwrap_or_default() / 2;
        let mut upper = CpuSet::new();
        ours.skip(left_alone).for_each(|cpu| upper.set(cpu));
        sched_setaffinity(None, &upper)
    });
    if let Err(error) = outcome {
        tracing::debug!(%error, "a computation runs on any processor");
    }
}
