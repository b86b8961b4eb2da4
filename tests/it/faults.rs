//! The disk under a SQLite database fails: writes that are refused, a disk that is full, a file that
//! is deleted or replaced.
//!
//! What must hold: whatever was acknowledged is there, whatever was refused (4xx) is not, and a 503
//! leaves it open, but its repetition under the same id or key ends in exactly one. PostgreSQL is a
//! server of its own and answers for its disk itself; what the program does while it is away stands
//! in `crash`.

mod full_disk;
mod injected;
mod replaced;
mod rolled_back;
mod shaky_disk;
mod till;
