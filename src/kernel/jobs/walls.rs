//! The wall between the modules' jobs, held by the compiler: the refused case has an accepted twin
//! that differs in one place, so that it cannot fail for another reason. Run as documentation tests.

/// Who holds the orders of one kind can order that kind:
///
/// ```
/// use kernel::{Permission, jobs::{FailureReason, JobKind, NoPayload, Order, Orders}};
/// # #[derive(Debug)]
/// # struct Refit;
/// # #[derive(Debug)]
/// # struct Payout;
/// # impl JobKind for Refit {
/// #     const KIND: &'static str = "refit";
/// #     const NEEDS: Permission = Permission::ManageJobs;
/// #     const FAILURES: &'static [FailureReason] = &[];
/// #     type Payload = NoPayload;
/// #     type Outcome = ();
/// # }
/// # impl JobKind for Payout {
/// #     const KIND: &'static str = "payout";
/// #     const NEEDS: Permission = Permission::ManageJobs;
/// #     const FAILURES: &'static [FailureReason] = &[];
/// #     type Payload = NoPayload;
/// #     type Outcome = ();
/// # }
/// async fn order(refits: &dyn Orders<Refit>) -> bool {
///     refits.order(Order::<Refit>::new(NoPayload {})).await.is_ok()
/// }
/// ```
///
/// and no other:
///
/// ```compile_fail,E0308
/// use kernel::{Permission, jobs::{FailureReason, JobKind, NoPayload, Order, Orders}};
/// # #[derive(Debug)]
/// # struct Refit;
/// # #[derive(Debug)]
/// # struct Payout;
/// # impl JobKind for Refit {
/// #     const KIND: &'static str = "refit";
/// #     const NEEDS: Permission = Permission::ManageJobs;
/// #     const FAILURES: &'static [FailureReason] = &[];
/// #     type Payload = NoPayload;
/// #     type Outcome = ();
/// # }
/// # impl JobKind for Payout {
/// #     const KIND: &'static str = "payout";
/// #     const NEEDS: Permission = Permission::ManageJobs;
/// #     const FAILURES: &'static [FailureReason] = &[];
/// #     type Payload = NoPayload;
/// #     type Outcome = ();
/// # }
/// async fn order(refits: &dyn Orders<Refit>) -> bool {
///     refits.order(Order::<Payout>::new(NoPayload {})).await.is_ok()
/// }
/// ```
pub struct OrdersItsOwn;
