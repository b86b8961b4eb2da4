//! Every metric of the program: its kind, its labels and what it says.
//!
//! `docs/monitoring.md` has the same list, and a test compares the two with what is exposed. A label
//! has few values: it never identifies a user, an address or a product.

use metrics::{Label, Unit, counter, describe_counter, describe_gauge, describe_histogram};

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows, from zero at the start of the process.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Buckets, sum and number of measurements.
    Histogram,
}

impl MetricKind {
    /// The word in the exposition.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its kind.
    pub kind: MetricKind,
    /// Its name.
    pub name: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it says, in one sentence.
    pub help: &'static str,
}

const fn counted(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        kind: MetricKind::Counter,
        name,
        labels,
        help,
    }
}

const fn state(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric {
        kind: MetricKind::Gauge,
        name,
        labels,
        help,
    }
}

const fn measured(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric {
        kind: MetricKind::Histogram,
        name,
        labels,
        help,
    }
}

/// All of them but those of the process, whose names begin with `process_`.
#[rustfmt::skip]
pub const METRICS: &[Metric] = &[
    state("salesflow_build_info", &["version", "database"], "Always 1; the labels name the version of the program and the kind of its database."),
    state("health_unready", &["reason"], "1 for the reason for which /health/ready is 503, 0 for the others."),

    counted("http_requests_total", &["method", "route", "status"], "Requests that were answered."),
    measured("http_request_duration_seconds", &["method", "route", "status"], "Time from the head of a request to its answer."),
    counted("http_requests_unreadable_total", &["status"], "Requests that are not HTTP, too large or too slow."),
    counted("connections_refused_total", &[], "Connections that were refused because their address had too many, all in use."),
    counted("connections_given_up_total", &[], "Unused connections that were closed for a new one of the same address."),
    counted("connections_overdue_total", &["while"], "Connections that were closed because the client was too slow: idle before its request, or sending while it read the answer."),

    counted("sales_recorded_total", &[], "Sales that were committed at the till; not those of imported files."),
    counted("sales_value_minor_total", &["currency"], "Totals of these sales, in minor units of the base currency."),
    counted("sales_money_in_minor_total", &["currency"], "Payments of these sales, in minor units of the currency that was paid."),
    counted("sales_change_minor_total", &["currency"], "Change of these sales, in minor units of the currency that was given back."),
    counted("sales_voided_total", &[], "Sales that were voided."),
    counted("refunds_recorded_total", &[], "Refunds that were committed."),
    counted("refunds_money_out_minor_total", &["currency"], "Money of these refunds, in minor units of the currency that went out."),
    measured("sale_group_size", &[], "Sales that were written together in one transaction."),

    state("stock_ledger_mismatch", &[], "Differences that the last proof of the books found on this instance: 0 is right. Absent before the first proof, two minutes after the start."),
    state("stock_ledger_proved_timestamp_seconds", &[], "When this instance last proved the books, in seconds since 1970. Absent before the first proof."),
    state("rollup_backlog_sales", &[], "Sales that are not in the kept figures yet; queries count them."),

    counted("auth_sign_ins_total", &["outcome"], "Sign-ins: ok, refused, or refresh_reused for a refresh token that was used twice."),
    counted("auth_throttled_total", &[], "Sign-ins that were refused because there were too many failures before."),

    counted("heavy_questions_refused_total", &["reason"], "Queries of analytics that were refused: user for too many of one user, queue for too many of all."),
    counted("cache_answers_total", &["kind", "outcome"], "Answers of analytics by their source."),
    counted("cache_stale_total", &["kind"], "Kept answers that were found after their lifetime."),
    counted("cache_evictions_total", &["kind"], "Kept answers that were removed to make room."),
    state("cache_memory_entries", &[], "Answers in memory."),
    state("cache_memory_bytes", &[], "Memory of these answers."),
    state("cache_log_age_seconds", &[], "How long ago the log of changes was read; above 10 no kept answer is sent."),
    state("cache_redis_breaker_open", &[], "1 while Redis is not used because it does not answer, otherwise 0. Absent without Redis."),
    counted("cache_redis_faults_total", &[], "Late answers of Redis and lost connections."),
    counted("cache_redis_refusals_total", &[], "Commands that Redis refused, for example because it is full."),
    counted("cache_redis_kept_total", &[], "Answers that were stored in Redis."),
    counted("cache_redis_unknown_seals_total", &[], "Entries of Redis without a valid seal: of another secret or version, or forged."),

    state("database_connections_open", &["pool"], "Open connections: read, analytics or write."),
    state("database_connections_idle", &["pool"], "Open connections that nobody uses."),
    state("database_replica_answers", &[], "1 while the read replica answers, otherwise 0. Absent without a replica."),
    state("disk_free_bytes", &["place"], "Space left where the program writes: data for data_directory, database for the folder of the SQLite file."),
    state("disk_size_bytes", &["place"], "Size of that disk."),

    state("jobs_queued", &[], "Jobs that wait, of all instances."),
    state("jobs_running", &[], "Jobs that run, on all instances."),
    state("jobs_oldest_wait_seconds", &[], "How long the oldest waiting job has been due."),
    counted("job_attempts_total", &["kind", "outcome"], "Attempts at jobs: done, failed, retried, cancelled or given_back."),
    measured("job_duration_seconds", &["kind"], "Time of an attempt at a job."),
];

/// Counters whose label has few values. They are exposed from the start: an alert on a rise does not
/// see the first one of a counter that appears with it.
const KNOWN_LABELS: &[(&str, &str, &[&str])] = &[
    (
        "auth_sign_ins_total",
        "outcome",
        &["ok", "refused", "refresh_reused"],
    ),
    ("connections_overdue_total", "while", &["idle", "sending"]),
    (
        "heavy_questions_refused_total",
        "reason",
        &["user", "queue"],
    ),
];

/// Gives each metric its description, and its zero where its labels are known.
pub(super) fn announce() {
    metrics_process::Collector::default().describe();
    for metric in METRICS {
        match metric.kind {
            MetricKind::Counter => {
                describe_counter!(metric.name, metric.help);
                if metric.labels.is_empty() {
                    counter!(metric.name).increment(0);
                }
            }
            MetricKind::Gauge => describe_gauge!(metric.name, metric.help),
            MetricKind::Histogram if metric.name.ends_with("_seconds") => {
                describe_histogram!(metric.name, Unit::Seconds, metric.help);
            }
            MetricKind::Histogram => describe_histogram!(metric.name, metric.help),
        }
    }
    for (name, label, values) in KNOWN_LABELS {
        for value in *values {
            let label = Label::from_static_parts(label, value);
            counter!(*name, vec![label]).increment(0);
        }
    }
}
