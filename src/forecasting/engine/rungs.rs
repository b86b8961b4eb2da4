//! The method for each length of history.

use super::dormant::is_dormant;
use crate::frame::Frame;
use crate::outcome::Method;

/// Days since the first sale at which each method begins.
const PSEUDO_WEEKS_DAYS: i32 = 14;
pub(super) const POOLED_DAYS: i32 = 28;
const BLEND_DAYS: i32 = 56;
const FULL_BLEND_DAYS: i32 = 180;

/// The method for a frame.
pub(super) fn method_of(frame: &Frame) -> Method {
    let days = frame.length();
    if days < PSEUDO_WEEKS_DAYS {
        return Method::PooledProfile;
    }
    if days < BLEND_DAYS {
        return Method::PseudoWeeks;
    }
    if is_dormant(frame, frame.last) {
        return Method::Dormant;
    }
    if days < FULL_BLEND_DAYS {
        Method::YoungBlend
    } else {
        Method::FullBlend
    }
}
