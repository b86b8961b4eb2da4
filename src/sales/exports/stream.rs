//! A table on its way to the client.

use actix_web::web::Bytes;
use futures_util::{Stream, stream::unfold};
use kernel::Code;
use platform::{access::Standing, seats::Seat};

use super::{
    movements::MovementRows,
    products::ProductRows,
    sale_lines::SaleLineRows,
    table::{ExportTable, Fault},
};

/// What the rows are read from.
pub(super) enum Source {
    Products(ProductRows),
    Sales(Box<SaleLineRows>),
    Movements(MovementRows),
}

impl Source {
    /// Writes the next page; `false` after the last.
    async fn write(&mut self, table: &mut ExportTable) -> Result<bool, Fault> {
        match self {
            Self::Products(rows) => rows.write(table).await,
            Self::Sales(rows) => rows.write(table).await,
            Self::Movements(rows) => rows.write(table).await,
        }
    }
}

/// A table of which the first page is written.
pub(super) struct Begun {
    source: Source,
    table: ExportTable,
    has_more: bool,
    has_ended: bool,
    standing: Standing,
    _seat: Seat,
}

impl Begun {
    /// Writes the first page: what cannot be read at all is refused with its reason.
    pub(super) async fn new(
        mut source: Source,
        mut table: ExportTable,
        standing: Standing,
        seat: Seat,
    ) -> Result<Self, Fault> {
        let has_more = source.write(&mut table).await?;
        Ok(Self {
            source,
            table,
            has_more,
            has_ended: false,
            standing,
            _seat: seat,
        })
    }

    /// The bytes, page by page. The next page is read when the one before was taken.
    pub(super) fn stream(self) -> impl Stream<Item = Result<Bytes, Fault>> + 'static {
        unfold(self, |mut begun| async move {
            if begun.has_ended {
                return None;
            }
            let next = begun.next().await;
            if let Err(fault) = &next {
                tracing::warn!(error = %fault, "a table breaks off before its last row");
                begun.has_ended = true;
            }
            Some((next, begun))
        })
    }

    async fn next(&mut self) -> Result<Bytes, Fault> {
        let mut ready = self.table.take();
        while ready.is_empty() && self.has_more {
            if let Err(problem) = self.standing.check().await
                && problem.code == Code::SessionEnded
            {
                return Err(Fault::SignedOut);
            }
            self.has_more = self.source.write(&mut self.table).await?;
            ready = self.table.take();
        }
        if !self.has_more {
            self.has_ended = true;
            ready.extend(self.table.finish()?);
        }
        Ok(Bytes::from(ready))
    }
}
