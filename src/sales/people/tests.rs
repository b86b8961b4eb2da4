//! The rules of users and access, on a database of their own.

use std::sync::Arc;

use kernel::{
    Clock, Code, Currency, Role, Timestamp,
    clock::{ManualClock, SystemClock},
};
use platform::{
    headers::IfMatch,
    request::Origin,
    tokens::{Claims, SigningKey, SigningKeys, TokenVerifier},
};
use store::{StoreOptions, Stores};

use super::{
    People, PeopleOptions, User,
    accounts::{NewUser, UserChange},
    passwords::Password,
    repo,
    sessions::SignedIn,
};
use crate::{
    actor::Actor,
    audit::refusals::Refusals,
    context::Context,
    error::{SalesError, SalesResult},
    idempotency::InFlight,
    shop::{DEFAULT_LEAD_TIME_DAYS, DEFAULT_SERVICE_LEVEL_BP, create_if_missing},
    shop_reader::{Shop, ShopReader, TaxMode},
};

const PASSWORD: &str = "sept mangues mûres";

struct Fixture {
    users: People,
    clock: Arc<ManualClock>,
    verifier: TokenVerifier,
    stores: Stores,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            url: format!("sqlite://{}/shop.db", folder.path().display()),
            read_url: None,
            read_connections: 2,
            analytics_connections: 1,
            write_connections: 1,
            missing_file: store::MissingFile::Create,
        };
        store::migrate_up(&options).await.unwrap();
        let stores = store::connect(&options).await.unwrap();
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let shop = shop(clock.now());
        let opened = stores
            .write
            .transaction(async |tx: &store::Tx| create_if_missing(tx, &shop).await);
        opened.await.unwrap();
        let secrets = SigningKeys {
            present: SigningKey {
                kid: "test".to_owned(),
                secret: vec![7; 32],
            },
            older: Vec::new(),
        };
        let verifier = TokenVerifier::new(&secrets);
        let ctx = Context {
            read: stores.read.clone(),
            write: stores.write.clone(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            shop: ShopReader::new(stores.read.clone()),
            refusals: Refusals::new(&stores.write, Arc::clone(&clock) as Arc<dyn Clock>),
            in_flight: InFlight::default(),
            late_entry_hours: 24,
            books: None,
            past_imported: None,
        };
        let options = PeopleOptions {
            access_ttl_seconds: 900,
            refresh_ttl_days: 30,
            session_max_days: 90,
            second_factor_required: false,
            throttle_enabled: true,
            refused_passwords: &[],
        };
        Self {
            users: People::new(ctx, &secrets, options).unwrap(),
            clock,
            verifier,
            stores,
            _folder: folder,
        }
    }

    async fn create(&self, email: &str, role: Role) -> User {
        let new = NewUser {
            email: email.to_owned(),
            name: email.to_owned(),
            role,
            password: Password::new(PASSWORD),
        };
        let created = self.users.create(&Actor::operator("test"), new).await;
        created.unwrap()
    }

    async fn sign_in(&self, email: &str) -> SignedIn {
        let password = Password::new(PASSWORD);
        self.users
            .sign_in(&Origin::local("test"), email, &password, None)
            .await
            .unwrap()
    }

    async fn refresh(&self, token: &str) -> Result<SignedIn, Code> {
        refused(self.users.refresh(&Origin::local("test"), token).await)
    }

    async fn change(&self, user: &User, change: UserChange) -> Result<User, Code> {
        let owner = Actor::operator("test");
        refused(
            self.users
                .change(&owner, user.id, IfMatch(None), &change)
                .await,
        )
    }

    fn claims(&self, signed_in: &SignedIn) -> Claims {
        let claims = self.verifier.verify(&signed_in.access_token).unwrap();
        Claims::clone(&claims)
    }

    async fn is_alive(&self, signed_in: &SignedIn) -> bool {
        let sessions = self.users.sessions();
        sessions.check(&self.claims(signed_in)).await.is_ok()
    }

    async fn count(&self, sql: &str) -> i64 {
        self.stores.read.value(sql, []).await.unwrap().unwrap()
    }
}

fn shop(now: Timestamp) -> Shop {
    Shop {
        name: "Alimentation Tujenge".to_owned(),
        currency: Currency::parse("CDF").unwrap(),
        time_zone: chrono_tz::Africa::Lubumbashi,
        locale: "fr-CD".to_owned(),
        tax_mode: TaxMode::parse("included").unwrap(),
        cash_step_minor: 5_000,
        lead_time_days: DEFAULT_LEAD_TIME_DAYS,
        service_level_bp: DEFAULT_SERVICE_LEVEL_BP,
        tax_number: String::new(),
        trade_register_number: String::new(),
        address: String::new(),
        telephone: String::new(),
        receipt_header: String::new(),
        receipt_footer: String::new(),
        version: 1,
        updated_at: now,
    }
}

fn refused<T>(result: SalesResult<T>) -> Result<T, Code> {
    result.map_err(|error| match error {
        SalesError::Refused(problem) => problem.code,
        SalesError::Store(error) => kernel::Problem::from(SalesError::Store(error)).code,
    })
}

fn disable() -> UserChange {
    UserChange {
        disabled: Some(true),
        ..UserChange::default()
    }
}

fn become_role(role: Role) -> UserChange {
    UserChange {
        role: Some(role),
        ..UserChange::default()
    }
}

#[tokio::test]
async fn what_ends_a_session_is_felt_by_a_session_that_was_just_in_use() {
    let it = Fixture::new().await;
    let neema = it.create("neema@shop.test", Role::Cashier).await;
    for change in [become_role(Role::Manager), disable()] {
        let signed_in = it.sign_in("neema@shop.test").await;
        let other_device = it.sign_in("neema@shop.test").await;
        assert!(it.is_alive(&signed_in).await && it.is_alive(&other_device).await);
        it.change(&neema, change).await.unwrap();
        assert!(!it.is_alive(&signed_in).await && !it.is_alive(&other_device).await);
        let refreshed = it.refresh(&signed_in.refresh_token).await;
        assert_eq!(refreshed.unwrap_err(), Code::InvalidRefreshToken);
    }
}

#[tokio::test]
async fn a_new_name_ends_no_session() {
    let it = Fixture::new().await;
    let neema = it.create("neema@shop.test", Role::Cashier).await;
    let signed_in = it.sign_in("neema@shop.test").await;
    let change = UserChange {
        name: Some("Neema 🥭".to_owned()),
        ..UserChange::default()
    };
    let changed = it.change(&neema, change).await.unwrap();
    assert_eq!((changed.version, changed.name.as_str()), (2, "Neema 🥭"));
    assert!(it.is_alive(&signed_in).await);
    assert!(it.refresh(&signed_in.refresh_token).await.is_ok());
}

#[tokio::test]
async fn a_refresh_token_shown_twice_ends_its_family_and_no_other() {
    let it = Fixture::new().await;
    it.create("neema@shop.test", Role::Cashier).await;
    let first = it.sign_in("neema@shop.test").await;
    let other_device = it.sign_in("neema@shop.test").await;
    let second = it.refresh(&first.refresh_token).await.unwrap();
    assert!(it.is_alive(&second).await);
    let again = it.refresh(&first.refresh_token).await;
    assert_eq!(again.unwrap_err(), Code::InvalidRefreshToken);
    assert!(!it.is_alive(&second).await);
    let next = it.refresh(&second.refresh_token).await;
    assert_eq!(next.unwrap_err(), Code::InvalidRefreshToken);
    assert!(it.is_alive(&other_device).await);
    let sql = "SELECT COUNT(*) FROM audit_log WHERE action = 'session.reuse_detected'";
    assert_eq!(it.count(sql).await, 1);
}

#[tokio::test]
async fn refresh_tokens_run_out_and_are_forgotten_with_their_sessions() {
    let it = Fixture::new().await;
    it.create("neema@shop.test", Role::Cashier).await;
    let signed_in = it.sign_in("neema@shop.test").await;
    it.clock.advance_seconds(20 * 24 * 3600);
    let kept = it.refresh(&signed_in.refresh_token).await.unwrap();
    it.clock.advance_seconds(11 * 24 * 3600);
    assert_eq!(it.users.forget_old().await.unwrap(), 1);
    assert_eq!(it.count("SELECT COUNT(*) FROM sessions").await, 1);
    it.clock.advance_seconds(20 * 24 * 3600);
    let late = it.refresh(&kept.refresh_token).await;
    assert_eq!(late.unwrap_err(), Code::InvalidRefreshToken);
    assert_eq!(it.users.forget_old().await.unwrap(), 1);
    assert_eq!(it.count("SELECT COUNT(*) FROM sessions").await, 0);
}

#[tokio::test]
async fn a_session_opened_with_an_old_password_dies_with_it() {
    let it = Fixture::new().await;
    let neema = it.create("neema@shop.test", Role::Cashier).await;
    // A sign-in that read the user before the reset and writes its session after it.
    let read_before = repo::find(it.stores.write.primary(), neema.id).await;
    let read_before = read_before.unwrap().unwrap();
    let new = Password::new("huit avocats verts");
    let owner = Actor::operator("test");
    it.users
        .reset_password(&owner, neema.id, &new)
        .await
        .unwrap();
    let late: SignedIn = it
        .stores
        .write
        .transaction(async |tx: &store::Tx| {
            let origin = Origin::local("test");
            let now = it.clock.now();
            it.users.open_session(tx, &read_before, &origin, now).await
        })
        .await
        .unwrap();
    assert!(!it.is_alive(&late).await);
    assert!(it.refresh(&late.refresh_token).await.is_err());
}

#[tokio::test]
async fn the_last_active_owner_stays() {
    let it = Fixture::new().await;
    let amani = it.create("amani@shop.test", Role::Admin).await;
    assert_eq!(it.change(&amani, disable()).await, Err(Code::LastAdmin));
    let demoted = it.change(&amani, become_role(Role::Viewer)).await;
    assert_eq!(demoted, Err(Code::LastAdmin));
    let furaha = it.create("furaha@shop.test", Role::Admin).await;
    it.change(&furaha, disable()).await.unwrap();
    assert_eq!(it.change(&amani, disable()).await, Err(Code::LastAdmin));
    let enabled = UserChange {
        disabled: Some(false),
        ..UserChange::default()
    };
    it.change(&furaha, enabled).await.unwrap();
    it.change(&amani, disable()).await.unwrap();
}

#[tokio::test]
async fn an_address_is_one_user_however_it_is_typed() {
    let it = Fixture::new().await;
    it.create("Neema@Shop.test ", Role::Cashier).await;
    assert_eq!(
        it.sign_in(" NEEMA@shop.TEST").await.user.email,
        "neema@shop.test"
    );
    let twin = NewUser {
        email: "NEEMA@shop.test".to_owned(),
        name: "Neema".to_owned(),
        role: Role::Viewer,
        password: Password::new(PASSWORD),
    };
    let twin = it.users.create(&Actor::operator("test"), twin).await;
    assert_eq!(refused(twin), Err(Code::EmailTaken));
}

#[tokio::test]
async fn the_setup_token_is_given_while_there_is_no_owner() {
    let it = Fixture::new().await;
    let first = it.users.ensure_setup_token().await.unwrap();
    let second = it.users.ensure_setup_token().await.unwrap();
    assert!(first.is_some() && second.is_some() && first != second);
    it.create("neema@shop.test", Role::Cashier).await;
    assert!(it.users.ensure_setup_token().await.unwrap().is_some());
    it.create("amani@shop.test", Role::Admin).await;
    assert_eq!(it.users.ensure_setup_token().await.unwrap(), None);
}

#[tokio::test]
async fn the_log_tells_who_came_in_and_never_a_secret() {
    let it = Fixture::new().await;
    it.create("neema@shop.test", Role::Cashier).await;
    it.sign_in("neema@shop.test").await;
    let origin = Origin::local("test");
    for email in ["neema@shop.test", "my password typed here"] {
        let wrong = Password::new("not my password");
        let result = it.users.sign_in(&origin, email, &wrong, None).await;
        assert_eq!(refused(result.map(|_| ())), Err(Code::WrongCredentials));
    }
    let page = crate::audit_log::list::list(
        it.stores.write.primary(),
        &crate::audit_log::list::AuditFilter::default(),
        None,
        50,
    )
    .await
    .unwrap();
    let actions: Vec<_> = page.items.iter().map(|e| e.deed.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "user.login_refused",
            "user.login_refused",
            "user.login",
            "user.create"
        ]
    );
    let log = serde_json::to_string(&page.items).unwrap();
    for secret in [PASSWORD, "argon2", "password typed", "not my password"] {
        assert!(!log.contains(secret), "{log}");
    }
    assert!(log.contains("wrong_password") && log.contains("unknown_user"));
}
