//! The first start: a person who can read the server's output becomes the owner, once.
//!
//! The shell prints the token; its hash is stored. While there is no owner, every start prints a new
//! token and only the newest is valid. A lost token is replaced by a restart.

use kernel::{Code, Problem, Role, Timestamp, ids::UserId};
use platform::{headers::IfMatch, request::Origin};
use store::{ReadDb, Tx};

use super::{
    People, User,
    accounts::{self, NewUser},
    opaque::{self, OpaqueSecret},
    passwords::Password,
    sessions::{SignedIn, actor_of},
};
use crate::{
    audit::Deed,
    error::{SalesError, SalesResult},
    shop::settings::{self, ShopFields},
};

/// The data of the first owner.
#[derive(Debug, Clone)]
pub struct FirstOwner {
    /// The e-mail address, as typed.
    pub email: String,
    /// The owner's name.
    pub name: String,
    /// The owner's password.
    pub password: Password,
    /// The shop's name, currency and time zone.
    pub shop: ShopFields,
}

enum SetupState {
    /// No token was ever issued.
    Untouched,
    /// A token with this hash is valid.
    Open(String),
    /// There is an owner.
    Done,
}

impl People {
    /// A new setup token for the shell to print, while there is no owner. Earlier tokens become
    /// invalid.
    pub async fn ensure_setup_token(&self) -> SalesResult<Option<String>> {
        if let SetupState::Done = state(self.ctx.write.primary()).await? {
            return Ok(None);
        }
        let secret = OpaqueSecret::generate()?;
        let is_open = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                let written = tx
                    .execute(
                        "INSERT INTO setup (id, token_hash) VALUES (1, $1)
                         ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash WHERE setup.completed_at_us IS NULL",
                        [secret.hash.as_str().into()],
                    )
                    .await?;
                Ok::<_, SalesError>(written > 0)
            })
            .await?;
        Ok(is_open.then_some(secret.text))
    }

    /// Creates the first owner with the printed token, and signs the owner in.
    ///
    /// # Errors
    /// `setup.already_done`, `auth.invalid_setup_token`, the refusals of [`People::create`] and of a
    /// change of the settings.
    pub async fn complete_setup(
        &self,
        origin: &Origin,
        token: &str,
        owner: FirstOwner,
    ) -> SalesResult<SignedIn> {
        let hash = opaque::hash(token);
        // Checked before any password is hashed, which a stranger could otherwise use as an attack.
        // The token cannot be guessed, so attempts are not counted; a count would let strangers lock
        // the owner out.
        match state(self.ctx.write.primary()).await? {
            SetupState::Done => return Err(Problem::of(Code::AlreadySetUp).into()),
            SetupState::Open(valid) if valid == hash => {}
            SetupState::Open(_) | SetupState::Untouched => {
                return Err(Problem::of(Code::InvalidSetupToken)
                    .at_pointer("/token")
                    .into());
            }
        }
        let checked = self
            .check_new(
                NewUser {
                    email: owner.email.clone(),
                    name: owner.name.clone(),
                    role: Role::Admin,
                    password: owner.password.clone(),
                },
                owner.shop.name.as_deref(),
            )
            .await?;
        let now = self.ctx.clock.now();
        let result = self
            .ctx
            .write
            .transaction(async |tx: &Tx| {
                use_token(tx, &hash, now).await?;
                let row = accounts::insert(tx, UserId::generate(), &checked, now).await?;
                let user = User::try_from(row.clone())?;
                let actor = actor_of(&user, origin);
                accounts::record(tx, &actor, now, Deed::SetupComplete, None, &user).await?;
                settings::change_in(tx, &actor, now, IfMatch(None), &owner.shop).await?;
                self.open_session(tx, &row, origin, now).await
            })
            .await;
        self.ctx.shop.forget();
        result
    }
}

store::selection! {
    struct SetUp { token_hash: Option<String>, owners: i64 }
}

/// An owner created on the command line counts: nobody else may become the first one.
async fn state(read: &ReadDb) -> SalesResult<SetupState> {
    let setup = read
        .select_one::<SetUp>(
            "SELECT (SELECT token_hash FROM setup WHERE id = 1) AS token_hash, COUNT(*) AS owners
             FROM (SELECT 1 FROM setup WHERE completed_at_us IS NOT NULL UNION ALL SELECT 1 FROM users WHERE role = 'admin') AS owners",
            [],
        )
        .await?;
    Ok(match setup {
        Some(setup) if setup.owners > 0 => SetupState::Done,
        Some(setup) => setup
            .token_hash
            .map_or(SetupState::Untouched, SetupState::Open),
        None => SetupState::Untouched,
    })
}

/// Only one of two requests with the right token succeeds.
async fn use_token(tx: &Tx, hash: &str, now: Timestamp) -> SalesResult<()> {
    let used = tx
        .execute(
            "UPDATE setup SET token_hash = NULL, completed_at_us = $1 WHERE id = 1 AND token_hash = $2 AND completed_at_us IS NULL",
            [now.micros().into(), hash.into()],
        )
        .await?;
    if used == 0 {
        return Err(Problem::of(Code::AlreadySetUp).into());
    }
    Ok(())
}
