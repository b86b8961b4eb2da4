//! Authentication and permissions: extractors with the permission in their type.
//!
//! A handler that takes `Allowed<Sell>` cannot be reached without the permission to sell; one that
//! takes no caller is public, and the permission test has to list it by name.

pub mod development;

use std::{
    cell::Cell,
    future::{Future, Ready, ready},
    marker::PhantomData,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, http::header, web};
use async_trait::async_trait;
use kernel::{
    Clock as _, Code, Permission, Problem, Role,
    clock::SystemClock,
    ids::{SessionId, UserId},
};

use development::{StandIn, no_session};

use crate::{
    problem::ApiError,
    tokens::{Claims, TokenError, TokenVerifier},
};

/// The signed-in caller of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Id of the user.
    pub user_id: UserId,
    /// Role when the access token was signed.
    pub role: Role,
    /// Session of the device.
    pub session_id: SessionId,
}

impl Caller {
    /// True when the caller's role has the permission.
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.role.allows(permission)
    }
}

/// The user named by the token of a request, also of one that is refused. The edge adds an empty one to
/// the extensions of each request, and reads it for the log.
#[derive(Debug, Clone, Default)]
pub struct Asker(Rc<Cell<Option<(UserId, Role)>>>);

impl Asker {
    /// The user and role; `None` until a token was verified.
    #[must_use]
    pub fn get(&self) -> Option<(UserId, Role)> {
        self.0.get()
    }

    fn note(request: &HttpRequest, claims: &Claims) {
        if let Some(asker) = request.extensions().get::<Self>() {
            asker.0.set(Some((claims.sub, claims.role)));
        }
        tracing::Span::current().record("user.id", tracing::field::display(claims.sub));
    }
}

/// What a valid session may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everything that the role allows.
    Full,
    /// Only the user's own account: the role requires a second factor, and the user has none yet.
    OwnAccountOnly,
}

impl Reach {
    fn check(self, permission: Permission) -> Result<(), Problem> {
        match self {
            Self::OwnAccountOnly if permission != Permission::UseOwnAccount => {
                Err(Problem::of(Code::SecondFactorMissing))
            }
            Self::Full | Self::OwnAccountOnly => Ok(()),
        }
    }
}

/// Checks sessions: not revoked, the user not disabled, and role and password unchanged since the token
/// was signed. Implemented by `sales`.
#[async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// What the session may be used for.
    ///
    /// # Errors
    /// `auth.session_ended`, or the database is not available.
    async fn check(&self, claims: &Claims) -> Result<Reach, Problem>;

    /// The result from memory, without waiting; `None` when the database has to be asked.
    fn recall(&self, claims: &Claims) -> Option<Result<Reach, Problem>>;

    /// The oldest active user of a role, for the development bypass.
    ///
    /// # Errors
    /// The database is not available.
    async fn first_active(&self, role: Role) -> Result<Option<UserId>, Problem>;

    /// The present role of an account that is not disabled: what work in its name may do.
    ///
    /// # Errors
    /// That the store is away.
    async fn active_role(&self, user: UserId) -> Result<Option<Role>, Problem>;
}

/// What the extractors need; the shell puts it into the application's data.
#[derive(Clone, derive_more::Debug)]
#[debug("AccessControl {{ .. }}")]
pub struct AccessControl {
    /// Verifies access tokens.
    pub verifier: Arc<TokenVerifier>,
    /// Checks sessions.
    pub sessions: Arc<dyn Sessions>,
    /// The role in which requests without a token act; `None` outside of development.
    pub development_role: Option<Role>,
}

/// A type that names a permission.
pub trait Requires: 'static {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! requirements {
    ($($name:ident),+ $(,)?) => {
        /// A type for each permission, for use in [`Allowed`].
        pub mod to {
            $(
                #[doc = concat!("Requires [`kernel::Permission::", stringify!($name), "`].")]
                #[derive(Debug, Clone, Copy)]
                pub struct $name;
                impl super::Requires for $name {
                    const PERMISSION: kernel::Permission = kernel::Permission::$name;
                }
            )+
        }
    };
}

requirements! {
    UseOwnAccount, ReadStaff, ReadCatalogue, ReadCosts, ChangeCatalogue, ChangePrices, EnterLateSales, ReadStock, ReadLocations, MoveStock,
    Sell, ReadSales, ReadAllSales, RefundSales, VoidSales, ImportFiles, ReadAnalytics, JudgeAnomalies, ReadReports,
    CreateReports, ExportData, ReadJobs, ManageJobs, VerifyBooks, ReadSettings, ChangeSettings, ManageUsers, ReadAudit,
    OperateServer,
}

/// A caller whose role has the permission `P`.
#[derive(Debug, Clone, Copy)]
pub struct Allowed<P> {
    /// The authorised caller.
    pub caller: Caller,
    permission: PhantomData<P>,
}

/// The claims of a verified token with a valid session, or the reason for refusal.
#[derive(Debug, Clone)]
pub struct Recognised(Result<(Arc<Claims>, Reach), Problem>);

/// The result of [`recognise`].
pub enum Recognition {
    /// It is known without asking the database.
    Known(Recognised),
    /// The session has to be checked in the database.
    LookedUp(Pin<Box<dyn Future<Output = Recognised>>>),
}

impl std::fmt::Debug for Recognition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Known",
            Self::LookedUp(_) => "LookedUp",
        })
    }
}

/// Authenticates a request. The edge does this before routing and adds the result to the request's
/// extensions, where [`Allowed`] and [`Standing`] read it. Extractors run concurrently: if the session
/// were checked only in them, an unauthenticated caller could learn from a refused body what exists.
#[must_use]
pub fn recognise(request: &HttpRequest) -> Recognition {
    let control = request.app_data::<web::Data<AccessControl>>();
    if let Some(stand_in) = control.and_then(|control| StandIn::of(control, request)) {
        let asker = request.extensions().get::<Asker>().cloned();
        return Recognition::LookedUp(Box::pin(async move {
            let claims = stand_in.claims().await;
            if let (Some(asker), Ok(claims)) = (asker, &claims) {
                asker.0.set(Some((claims.sub, claims.role)));
            }
            Recognised(claims.map(|claims| (Arc::new(claims), Reach::Full)))
        }));
    }
    let (control, claims) = match verify(request) {
        Ok(verified) => verified,
        Err(problem) => return Recognition::Known(Recognised(Err(problem))),
    };
    Asker::note(request, &claims);
    // A recently checked session needs no future.
    if let Some(known) = control.sessions.recall(&claims) {
        return Recognition::Known(Recognised(known.map(|reach| (claims, reach))));
    }
    Recognition::LookedUp(Box::pin(async move {
        let checked = control.sessions.check(&claims).await;
        Recognised(checked.map(|reach| (claims, reach)))
    }))
}

fn recognised(request: &HttpRequest) -> Result<(Arc<Claims>, Reach), Problem> {
    let recognised = request.extensions().get::<Recognised>().cloned();
    recognised.map_or_else(|| Err(Problem::of(Code::Internal)), |found| found.0)
}

impl<P: Requires> FromRequest for Allowed<P> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let allowed = recognised(request).and_then(|(claims, reach)| {
            if !claims.role.allows(P::PERMISSION) {
                let detail = format!("The role {} does not allow this.", claims.role);
                return Err(Problem::new(Code::Forbidden, detail));
            }
            reach.check(P::PERMISSION)?;
            Ok(Self::let_in(request, &claims))
        });
        ready(allowed.map_err(ApiError))
    }
}

/// The caller of a long response, with a check whether the session is still valid.
#[derive(Clone, derive_more::Debug)]
#[debug("Standing {{ .. }}")]
pub struct Standing {
    sessions: Arc<dyn Sessions>,
    claims: Arc<Claims>,
}

impl Standing {
    /// Succeeds while the session is valid, the user is not disabled, and role and password are
    /// unchanged.
    ///
    /// # Errors
    /// `auth.session_ended`, or the database is not available.
    pub async fn check(&self) -> Result<(), Problem> {
        self.sessions.check(&self.claims).await.map(drop)
    }

    /// How long the token is still good for, by the clock of the machine as when it was verified;
    /// `None` without a token, in development.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        let now = SystemClock.now().micros().div_euclid(1_000_000);
        let seconds = u64::try_from(self.claims.exp.saturating_sub(now)).unwrap_or(0);
        (self.claims.sid != no_session()).then(|| Duration::from_secs(seconds))
    }
}

impl FromRequest for Standing {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let standing = access_control(request).and_then(|control| {
            Ok(Self {
                sessions: Arc::clone(&control.sessions),
                claims: recognised(request)?.0,
            })
        });
        ready(standing.map_err(ApiError))
    }
}

impl<P> Allowed<P> {
    fn let_in(request: &HttpRequest, claims: &Claims) -> Self {
        let caller = Caller {
            user_id: claims.sub,
            role: claims.role,
            session_id: claims.sid,
        };
        request.extensions_mut().insert(caller);
        Self {
            caller,
            permission: PhantomData,
        }
    }
}

fn access_control(request: &HttpRequest) -> Result<web::Data<AccessControl>, Problem> {
    let control = request.app_data::<web::Data<AccessControl>>().cloned();
    control.ok_or_else(|| Problem::of(Code::Internal))
}

fn verify(request: &HttpRequest) -> Result<(web::Data<AccessControl>, Arc<Claims>), Problem> {
    let control = access_control(request)?;
    let value = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = value
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let token = token.ok_or_else(|| {
        Problem::new(
            Code::Unauthenticated,
            "Send an access token: Authorization: Bearer …",
        )
    })?;
    let claims = control
        .verifier
        .verify(token)
        .map_err(|error| match error {
            TokenError::Expired => Problem::of(Code::TokenExpired),
            TokenError::Invalid => {
                Problem::new(Code::Unauthenticated, "The access token is not valid.")
            }
        })?;
    Ok((control, claims))
}
