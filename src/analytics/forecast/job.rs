//! The job that fits a new model, as it is ordered and as it ends. `refit` does it.

use chrono::NaiveDate;
use kernel::jobs::{FailureReason, JobKind, NoPayload, Order};
use serde::Serialize;
use utoipa::ToSchema;

/// The data are too many or of a kind that no model can be fitted to.
pub(super) const IMPOSSIBLE: FailureReason = FailureReason::new(
    "forecasts.impossible",
    "There is more data than a model can be made of.",
);
/// The shop or the notes could not be read or written.
pub(super) const INTERRUPTED: FailureReason =
    FailureReason::new("forecasts.interrupted", "The shop did not answer.");

/// The job that fits a new model.
#[derive(Debug)]
pub struct RefitForecasts;

impl JobKind for RefitForecasts {
    const KIND: &'static str = "forecasts.refit";
    const FAILURES: &'static [FailureReason] = &[IMPOSSIBLE, INTERRUPTED];
    type Payload = NoPayload;
    type Outcome = Refit;
}

impl RefitForecasts {
    /// An order. While a refit is queued or running, it returns that one.
    #[must_use]
    pub fn order() -> Order<Self> {
        Order::new(NoPayload {}).once(Self::KIND)
    }
}

/// The outcome of a refit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refit {
    /// The model.
    pub model_id: String,
    /// True when it is the one that is served; false when a fit that began later was there first.
    pub in_use: bool,
    /// First sale that was learnt from; null without a sale.
    pub trained_from: Option<NaiveDate>,
    /// Last day that was looked at.
    pub trained_to: NaiveDate,
    /// Products that it knows.
    pub products: usize,
    /// Products for which repeating the last week did better, which is served instead.
    pub products_served_by_seasonal_naive: usize,
    /// Names the data: the same data have the same fingerprint.
    pub fingerprint: String,
}
