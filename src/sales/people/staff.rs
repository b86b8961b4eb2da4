//! The staff as everybody may see it: names without addresses and roles.

use kernel::{ids::UserId, paging::Page};
use serde::Serialize;
use store::{ReadDb, selection};

use crate::{conditions::Conditions, error::SalesResult};

/// Somebody who works in the shop, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StaffMember {
    /// The user's id, as in sales and movements.
    pub id: UserId,
    /// The name that others see.
    #[schema(example = "Neema Furaha")]
    pub name: String,
    /// False for an account that may not sign in any more.
    pub active: bool,
}

selection! {
    Listed of StaffMember in person { id, name, active = "NOT person.disabled" }
}

/// Everybody, in the order in which the accounts were created, after `after`.
pub async fn list(
    primary: &ReadDb,
    after: Option<UserId>,
    limit: u32,
) -> SalesResult<Page<StaffMember>> {
    let mut conditions = Conditions::default();
    conditions.require_if("person.id > ?", after.map(UserId::as_uuid));
    let (conditions, values) = conditions.into_parts();
    let sql = format!(
        "SELECT {} FROM users AS person WHERE {conditions} ORDER BY person.id LIMIT {}",
        Listed::SELECT,
        i64::from(limit) + 1
    );
    let staff = primary.select::<Listed>(&sql, values).await?;
    Ok(Page::from_probe(staff, limit))
}
