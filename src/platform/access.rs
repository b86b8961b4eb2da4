//! Who calls, and may they: extractors that carry the permission in their type.
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
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, http::header, web};
use async_trait::async_trait;
use kernel::{
    Code, Permission, Problem, Role,
    ids::{SessionId, UserId},
};

use development::StandIn;

use crate::{
    problem::ApiError,
    tokens::{Claims, TokenError, TokenVerifier},
};

/// The signed-in caller of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub role: Role,
    /// From which device.
    pub session_id: SessionId,
}

impl Caller {
    /// May the caller do that?
    #[must_use]
    pub const fn may(&self, permission: Permission) -> bool {
        self.role.allows(permission)
    }
}

/// Whom the token of a request names, whether the request is let in or not. The edge puts an empty
/// one among the extensions of each request, and reads it for the log.
#[derive(Debug, Clone, Default)]
pub struct Asker(Rc<Cell<Option<(UserId, Role)>>>);

impl Asker {
    /// Who, and as what; `None` until a token was verified.
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

/// How far a living session goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// As far as the role allows.
    Full,
    /// To the own account only: the role must have a second factor, and the user has none yet.
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

/// Tells whether a session still lives: not revoked, its user not disabled, role and password
/// unchanged since the token was signed. Implemented by `sales`.
#[async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// `Ok` when it lives.
    ///
    /// # Errors
    /// `auth.session_ended`, or that the store is away.
    async fn check(&self, claims: &Claims) -> Result<Reach, Problem>;

    /// The same from memory, without waiting; `None` when it has to be looked up.
    fn recall(&self, claims: &Claims) -> Option<Result<Reach, Problem>>;

    /// The active user of a role who was made first: for the development bypass.
    ///
    /// # Errors
    /// That the store is away.
    async fn first_active(&self, role: Role) -> Result<Option<UserId>, Problem>;

    /// The present role of an account that is not disabled: what work in its name may do.
    ///
    /// # Errors
    /// That the store is away.
    async fn active_role(&self, user: UserId) -> Result<Option<Role>, Problem>;
}

/// What the extractors need, put into the application's data by the shell.
#[derive(Clone, derive_more::Debug)]
#[debug("AccessControl {{ .. }}")]
pub struct AccessControl {
    /// Verifies tokens.
    pub verifier: Arc<TokenVerifier>,
    /// Knows the living sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Whom requests without a token act as; `None` outside of development.
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
    UseOwnAccount, ReadCatalogue, ReadCosts, ChangeCatalogue, ChangePrices, EnterLateSales, ReadStock, ReadLocations, MoveStock,
    Sell, ReadSales, ReadAllSales, RefundSales, VoidSales, ImportFiles, ReadAnalytics, JudgeAnomalies, ReadReports,
    CreateReports, ExportData, ReadJobs, ManageJobs, VerifyBooks, ReadSettings, ChangeSettings, ManageUsers, ReadAudit,
    OperateServer,
}

/// A caller who may do what `P` names.
#[derive(Debug, Clone, Copy)]
pub struct Allowed<P> {
    /// The caller.
    pub caller: Caller,
    permission: PhantomData<P>,
}

/// Whom the token of a request names and how far the session goes, which lives; or why not.
#[derive(Debug, Clone)]
pub struct Recognised(Result<(Arc<Claims>, Reach), Problem>);

/// What [`recognise`] found.
pub enum Recognition {
    /// It is known at once.
    Known(Recognised),
    /// The session has to be looked up.
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

/// Finds out who asks. The edge does this before a request meets its route and puts the result among the
/// request's extensions, where [`Allowed`] and [`Standing`] find it: extractors run side by side, so that
/// whoever had to be looked up only then would learn from a refused body what is there.
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
    // A session that was looked up a moment ago costs no future.
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

/// The caller of an answer that takes long: whether the session that it was asked with still lives.
#[derive(Clone, derive_more::Debug)]
#[debug("Standing {{ .. }}")]
pub struct Standing {
    sessions: Arc<dyn Sessions>,
    claims: Arc<Claims>,
}

impl Standing {
    /// `Ok(())` while the session lives, its user is not disabled, and role and password are those of
    /// the beginning.
    ///
    /// # Errors
    /// `auth.session_ended`, or that the store is away.
    pub async fn check(&self) -> Result<(), Problem> {
        self.sessions.check(&self.claims).await.map(drop)
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
