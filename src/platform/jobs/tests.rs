//! Handlers of jobs: progress, cancelling, payloads, panics, and computations beside them.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;

fn context() -> (JobContext, JobControl) {
    JobContext::new(JobId::generate(), 1, None)
}

#[test]
fn progress_stays_between_0_and_1() {
    let (context, control) = context();
    for (said, kept) in [(0.5, 0.5), (-1.0, 0.0), (7.0, 1.0), (f64::NAN, 0.0)] {
        context.report_progress(said);
        assert!((control.progress() - kept).abs() < f64::EPSILON, "{said}");
    }
}

#[tokio::test]
async fn a_cancelled_handler_sees_it_in_every_way() {
    let (context, control) = context();
    assert_eq!(context.check_cancelled(), Ok(()));
    control.cancel();
    context.cancelled().await;
    assert!(context.is_cancelled());
    assert_eq!(context.check_cancelled(), Err(JobFailure::Cancelled));
}

#[tokio::test]
async fn a_handler_without_a_worker_does_not_wait_for_ever() {
    let (context, control) = context();
    drop(control);
    context.cancelled().await;
}

#[tokio::test]
async fn computations_for_requests_run_on_threads_of_lower_priority() {
    assert_eq!(compute_behind(|| 42).await, Ok(42));
    #[cfg(target_os = "linux")]
    {
        use thread_priority::{NormalThreadSchedulePolicy::Idle, ThreadSchedulePolicy::Normal};
        let class = compute_behind(thread_priority::thread_schedule_policy).await;
        assert_eq!(class, Ok(Ok(Normal(Idle))));
        let processors = || rustix::thread::sched_getaffinity(None).unwrap().count();
        let all = processors();
        assert_eq!(compute_behind(processors).await, Ok(all - all / 2));
    }
    let broken = compute_behind::<(), _>(|| panic!("on purpose")).await;
    assert_eq!(broken, Err(NotComputed::Panicked));
}

#[tokio::test]
async fn computations_do_not_wait_for_each_other() {
    // Each needs the other three; in the second round the threads of the first are reused.
    for _ in 0..2 {
        let all = Arc::new(std::sync::Barrier::new(4));
        let computations = (0..4).map(|_| {
            let all = Arc::clone(&all);
            compute_behind(move || all.wait().is_leader())
        });
        let outcomes = futures_util::future::join_all(computations).await;
        let leaders = outcomes.into_iter().filter(|outcome| *outcome == Ok(true));
        assert_eq!(leaders.count(), 1);
    }
}

#[tokio::test]
async fn a_panic_in_a_computation_is_a_final_failure() {
    let outcome = compute::<(), _>(|| panic!("on purpose")).await;
    assert_eq!(outcome, Err(panicked()));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Days {
    days: u32,
}

/// Doubles the days.
#[derive(Debug)]
struct Doubling;

impl JobKind for Doubling {
    const KIND: &'static str = "test.doubling";
    const NEEDS: Permission = Permission::ManageJobs;
    const FAILURES: &'static [FailureReason] = &[];
    type Payload = Days;
    type Outcome = Days;
}

#[async_trait]
impl JobHandler for Doubling {
    type Job = Self;

    async fn run(&self, _: JobContext, payload: Days) -> Result<Days, JobFailure> {
        Ok(Days {
            days: payload.days * 2,
        })
    }
}

#[tokio::test]
async fn a_handler_gets_its_payload_as_its_type() {
    let (context, _control) = context();
    let outcome = Doubling.run_stored(context, json!({"days": 28})).await;
    assert_eq!(outcome, Ok(json!({"days": 56})));
}

#[tokio::test]
async fn a_payload_of_another_shape_is_a_final_failure_that_names_the_field() {
    for (payload, expected) in [
        (json!({"days": "many"}), "days: invalid type"),
        (json!({}), "missing field `days`"),
    ] {
        let (context, _control) = context();
        let refused = Doubling.run_stored(context, payload).await;
        let Err(JobFailure::Final(error)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(error.code, INVALID_PAYLOAD.code);
        assert!(error.detail.contains(expected), "{}", error.detail);
    }
}
