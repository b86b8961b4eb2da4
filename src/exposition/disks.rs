//! The space that is left where the program writes.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use metrics::gauge;

use crate::settings::Settings;

/// A disk that does not say in this time how full it is keeps its last figure.
const PATIENCE: Duration = Duration::from_secs(1);

/// The folders in which the program writes.
#[derive(Debug)]
pub(super) struct Disks {
    /// The label, and the folder.
    places: Vec<(&'static str, PathBuf)>,
    /// A network disk that hangs must not collect a thread for each question.
    is_under_way: AtomicBool,
}

impl Disks {
    /// The data directory, and the folder of a `SQLite` file. The disk of a `PostgreSQL` server is not
    /// seen from here.
    pub(super) fn of(settings: &Settings) -> Self {
        let data = settings.data_directory.clone();
        let database = store::folder_of(settings.database.url.expose());
        let places = [("data", Some(data)), ("database", database)];
        Self {
            places: places
                .into_iter()
                .filter_map(|(place, folder)| Some((place, folder?)))
                .collect(),
            is_under_way: AtomicBool::new(false),
        }
    }

    /// Measures them.
    pub(super) async fn measure(self: &Arc<Self>) {
        if self.is_under_way.swap(true, Ordering::AcqRel) {
            return;
        }
        let disks = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || {
            for (place, folder) in &disks.places {
                measure(place, folder);
            }
            disks.is_under_way.store(false, Ordering::Release);
        });
        if tokio::time::timeout(PATIENCE, work).await.is_err() {
            tracing::warn!("a disk does not say how full it is");
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a metric is a float")]
fn measure(place: &'static str, folder: &Path) {
    // The folder may not exist yet: what counts is the disk on which it would be made.
    let mut folders = folder.ancestors().map(|folder| {
        let is_here = folder.as_os_str().is_empty();
        if is_here { Path::new(".") } else { folder }
    });
    let Some(disk) = folders.find_map(|folder| rustix::fs::statvfs(folder).ok()) else {
        tracing::debug!(place, "the disk does not say how full it is");
        return;
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let size = disk.f_blocks.saturating_mul(disk.f_frsize);
    gauge!("disk_free_bytes", "place" => place).set(free as f64);
    gauge!("disk_size_bytes", "place" => place).set(size as f64);
}
