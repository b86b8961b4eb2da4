//! The HTTP operations of users and access.

pub mod accounts;
pub mod auth;
pub mod dto;
pub mod second_factor;
pub mod sessions;
pub mod staff;

use utoipa_actix_web::service_config::ServiceConfig;

/// The operations of this feature, relative to `/api/v1`.
pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(staff::list_staff)
        .service(auth::complete_setup)
        .service(auth::login)
        .service(auth::refresh_session)
        .service(auth::logout)
        .service(auth::get_me)
        .service(auth::change_password)
        .service(sessions::list_own_sessions)
        .service(sessions::end_own_session)
        .service(second_factor::get_second_factor)
        .service(second_factor::begin_second_factor)
        .service(second_factor::confirm_second_factor)
        .service(second_factor::renew_recovery_codes)
        .service(second_factor::remove_second_factor)
        .service(second_factor::remove_second_factor_of_user)
        .service(accounts::list_users)
        .service(accounts::create_user)
        .service(accounts::get_user)
        .service(accounts::update_user)
        .service(accounts::reset_password);
}
