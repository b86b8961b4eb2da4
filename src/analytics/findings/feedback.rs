//! Thresholds that follow feedback: "this was normal" raises them, "this was a problem" lowers them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finding::AnomalyKind;

/// Feedback "normal" multiplies the threshold by this.
const NORMAL_STEP: f64 = 1.15;
/// Feedback "problem" multiplies the threshold by this.
const PROBLEM_STEP: f64 = 0.95;
/// The threshold stays within these multiples of its start.
const RANGE: (f64, f64) = (0.7, 2.5);
/// The lowest threshold that feedback can lead to.
pub const LOWEST: f64 = RANGE.0;

/// A person's judgement of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was wrong.
    Normal,
    /// Something was wrong.
    Problem,
    /// Not known yet: somebody looks into it. It moves no threshold.
    ToFollow,
}

/// Factors on the thresholds, learnt from feedback; by series and kind, 1 without feedback.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    multiples: BTreeMap<String, BTreeMap<AnomalyKind, f64>>,
}

impl Thresholds {
    /// Applies one judgement; returns the new factor.
    pub fn learn(&mut self, series_id: &str, kind: AnomalyKind, verdict: Verdict) -> f64 {
        let multiple = self
            .multiples
            .entry(series_id.to_owned())
            .or_default()
            .entry(kind)
            .or_insert(1.0);
        let step = match verdict {
            Verdict::Normal => NORMAL_STEP,
            Verdict::Problem => PROBLEM_STEP,
            Verdict::ToFollow => 1.0,
        };
        *multiple = (*multiple * step).clamp(RANGE.0, RANGE.1);
        *multiple
    }

    /// The factor in force.
    #[must_use]
    pub fn of(&self, series_id: &str, kind: AnomalyKind) -> f64 {
        self.multiples
            .get(series_id)
            .and_then(|kinds| kinds.get(&kind))
            .copied()
            .unwrap_or(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feedback_moves_the_threshold_of_that_rule_only_and_within_limits() {
        let mut thresholds = Thresholds::default();
        assert!(thresholds.learn("bread", AnomalyKind::Spike, Verdict::Normal) > 1.0);
        assert!((thresholds.of("bread", AnomalyKind::Drop) - 1.0).abs() < f64::EPSILON);
        for _ in 0..50 {
            thresholds.learn("bread", AnomalyKind::Spike, Verdict::Normal);
            thresholds.learn("soap", AnomalyKind::Spike, Verdict::Problem);
            thresholds.learn("salt", AnomalyKind::Spike, Verdict::ToFollow);
        }
        assert!((thresholds.of("bread", AnomalyKind::Spike) - 2.5).abs() < 1e-9);
        assert!((thresholds.of("salt", AnomalyKind::Spike) - 1.0).abs() < 1e-9);
        assert!((thresholds.of("soap", AnomalyKind::Spike) - 0.7).abs() < 1e-9);
    }
}
