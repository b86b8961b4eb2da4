//! The read ports of [`kernel::read`], over the read pool.

mod sales;

pub use self::sales::SalesReader;
