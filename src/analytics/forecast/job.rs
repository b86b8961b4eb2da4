//! The job that fits a new model: its order and its outcome. `refit` does the work.

use chrono::NaiveDate;
use kernel::{
    Permission,
    jobs::{FailureReason, JobKind, NoPayload, Order},
};
use serde::Serialize;
use utoipa::ToSchema;

/// The shop has too much data, or data to which no model can be fitted.
pub(super) const IMPOSSIBLE: FailureReason = FailureReason::new(
    "forecasts.impossible",
    "The shop has more data than a model can be fitted to.",
);
/// The facts or the notes could not be read or written.
pub(super) const INTERRUPTED: FailureReason = FailureReason::new(
    "forecasts.interrupted",
    "The database could not be read or written.",
);

/// The job that fits a new model.
#[derive(Debug)]
pub struct RefitForecasts;

impl JobKind for RefitForecasts {
    const KIND: &'static str = "forecasts.refit";
    const NEEDS: Permission = Permission::ManageJobs;
    const FAILURES: &'static [FailureReason] = &[IMPOSSIBLE, INTERRUPTED];
    type Payload = NoPayload;
    type Outcome = Refit;
}

impl RefitForecasts {
    /// An order for a refit. While one is queued or running, that one is returned.
    #[must_use]
    pub fn order() -> Order<Self> {
        Order::new(NoPayload {}).once(Self::KIND)
    }
}

/// The outcome of a refit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refit {
    /// Id of the fitted model.
    pub model_id: String,
    /// True when the model is in use; false when one from a later fit already was.
    pub in_use: bool,
    /// First day of sales in the training data; null without a sale.
    pub trained_from: Option<NaiveDate>,
    /// Last day of the training data.
    pub trained_to: NaiveDate,
    /// Number of products in the model.
    pub products: usize,
    /// Products for which repeating the last week had smaller errors and is served instead.
    pub products_served_by_seasonal_naive: usize,
    /// Fingerprint of the training data: equal data have equal fingerprints.
    pub fingerprint: String,
}
