//! The words that every report has.

use chrono::{Datelike as _, NaiveDate};

use super::{Period, Report};
use crate::write::language::Language;

pub(super) struct PageWords {
    pub(super) continued: &'static str,
    pub(super) carried: &'static str,
    pub(super) brought: &'static str,
    pub(super) average: &'static str,
    pub(super) origin: &'static str,
    pub(super) computed: &'static str,
    pub(super) by: &'static str,
    pub(super) period: &'static str,
    pub(super) zone: &'static str,
    pub(super) page: &'static str,
    pub(super) of: &'static str,
    pub(super) nothing: &'static str,
    months: [&'static str; 12],
    weekdays: [&'static str; 7],
}

const FRENCH: PageWords = PageWords {
    continued: "suite",
    carried: "À reporter",
    brought: "Report",
    average: "moyenne",
    origin: "Origine des chiffres",
    computed: "Calculé le",
    by: "par",
    period: "Période",
    zone: "Fuseau horaire",
    page: "Page",
    of: "sur",
    nothing: "Rien dans cette période",
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    weekdays: ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
};

const ENGLISH: PageWords = PageWords {
    continued: "continued",
    carried: "Carried forward",
    brought: "Brought forward",
    average: "average",
    origin: "Where the figures come from",
    computed: "Computed on",
    by: "by",
    period: "Period",
    zone: "Time zone",
    page: "Page",
    of: "of",
    nothing: "Nothing in this period",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    weekdays: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};

impl PageWords {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::French => &FRENCH,
            Language::English => &ENGLISH,
        }
    }

    fn month(&self, day: NaiveDate) -> &'static str {
        usize::try_from(day.month0())
            .ok()
            .and_then(|month| self.months.get(month))
            .copied()
            .unwrap_or_default()
    }

    /// `jeu. 1`, `Thu 1`.
    pub(super) fn weekday(&self, day: NaiveDate) -> String {
        let names = self.weekdays;
        let at = usize::try_from(day.weekday().num_days_from_monday()).ok();
        let name = at.and_then(|at| names.get(at)).copied();
        format!("{}\u{a0}{}", name.unwrap_or_default(), day.day())
    }
}

/// A day in words: `1er octobre 2026`, `1 October 2026`.
fn day(language: Language, day: NaiveDate) -> String {
    let month = PageWords::of(language).month(day);
    let first = if language == Language::French && day.day() == 1 {
        "er"
    } else {
        ""
    };
    format!("{}{first} {month} {}", day.day(), day.year())
}

/// A month and its year: `octobre 2026`, `October 2026`.
pub(super) fn month_of(language: Language, day: NaiveDate) -> String {
    format!("{} {}", PageWords::of(language).month(day), day.year())
}

/// The title of the file: `Rapport mensuel, du 1er au 31 octobre 2026, Chez Furaha`.
pub(super) fn titled(report: &Report) -> String {
    let period = period(report.language, report.period);
    format!("{}, {period}, {}", report.title, report.shop.name)
}

/// When a report was computed and for whom.
pub(super) fn computed(report: &Report) -> String {
    let provenance = &report.provenance;
    let at = provenance
        .computed_at
        .with_timezone(&report.zone)
        .format(report.language.date_and_time());
    if provenance.by.is_empty() {
        at.to_string()
    } else {
        let by = PageWords::of(report.language).by;
        format!("{at} {by} {}", provenance.by)
    }
}

/// What the figures were computed from, each with its name.
pub(super) fn origins(report: &Report) -> Vec<(String, String)> {
    let words = PageWords::of(report.language);
    let mut facts = vec![
        (
            words.period.to_owned(),
            period(report.language, report.period),
        ),
        (words.zone.to_owned(), report.zone.name().to_owned()),
        (words.computed.to_owned(), computed(report)),
    ];
    facts.extend(report.provenance.facts.iter().cloned());
    facts
}

/// A period in words: `du 1er au 31 octobre 2026`.
pub(super) fn period(language: Language, period: Period) -> String {
    let Period { from, to } = period;
    let last = day(language, to);
    if from == to {
        return last;
    }
    let mut first = day(language, from);
    if from.year() == to.year() {
        first = shorten(first, &format!(" {}", from.year()));
        if from.month() == to.month() {
            first = shorten(first, &format!(" {}", PageWords::of(language).month(from)));
        }
    }
    match language {
        Language::French => format!("du {first} au {last}"),
        Language::English => format!("{first} to {last}"),
    }
}

fn shorten(text: String, end: &str) -> String {
    text.strip_suffix(end).map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_said_in_as_few_words_as_it_takes() {
        let date = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        let said = |language, from, to| period(language, Period { from, to });
        let (french, english) = (Language::French, Language::English);
        let october = (date(10, 1), date(10, 31));
        assert_eq!(
            said(french, october.0, october.1),
            "du 1er au 31 octobre 2026"
        );
        assert_eq!(said(english, october.0, october.1), "1 to 31 October 2026");
        assert_eq!(
            said(french, date(9, 30), date(10, 1)),
            "du 30 septembre au 1er octobre 2026"
        );
        assert_eq!(said(french, date(8, 2), date(8, 2)), "2 août 2026");
        let year_before = NaiveDate::from_ymd_opt(2025, 10, 1).unwrap();
        assert_eq!(
            said(english, year_before, date(10, 1)),
            "1 October 2025 to 1 October 2026"
        );
        assert_eq!(PageWords::of(french).weekday(date(10, 1)), "jeu.\u{a0}1");
    }
}
