//! The threads of background computations. They are kept for a while: starting and ending a thread for
//! each computation, hundreds of times a second, slows down every other memory mapping, also those of a
//! sale.

use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// Time that a thread waits for work before it ends.
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
    /// Never more than there are idle threads: other work gets a new thread.
    waiting: VecDeque<Work>,
    resting: usize,
}

/// Runs work on an idle thread, or on a new one.
///
/// # Errors
/// When the system cannot start more threads; the work is not run then.
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
        // The waiting caller notices a panic by the dropped channel; the panic hook has logged it.
        let _told = catch_unwind(AssertUnwindSafe(work));
        next = DESK.next();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next work; `None` after a while without any.
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

/// Runs only when no other thread needs the processor. Niceness is not enough: it shortens a thread's
/// time slices, but a thread that wakes up still waits for the end of the slice, and a sale wakes up a
/// thread four times. A thread of the idle class is interrupted at once. On Linux this applies to the
/// calling thread; elsewhere it is left out.
///
/// The class has no effect on other control groups or sessions, such as those of a PostgreSQL on the
/// same machine. For them half of the processors are left free.
fn go_behind() {
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{
            NormalThreadSchedulePolicy::Idle, ThreadPriority, ThreadSchedulePolicy::Normal,
            set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
        };
        leave_half_of_the_processors();
        // It also sets the niceness; that may be forbidden, and has no effect in this class.
        let asked =
            set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, Normal(Idle));
        if thread_schedule_policy() != Ok(Normal(Idle)) {
            tracing::debug!(?asked, "a computation keeps the priority of the program");
        }
    }
}

/// Restricts the calling thread to the upper half of its processors.
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
