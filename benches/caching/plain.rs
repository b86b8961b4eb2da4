//! The limit: an actix handler that returns bytes, and nothing else, with the settings of the
//! program's server. This very bench, started once more. The word `plain=PATH` measures beside
//! another build of it.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use actix_web::{
    App, HttpResponse, HttpServer,
    web::{self, Bytes},
};

use super::support::http::{self, Connection};

/// As the program has by default.
const WORKERS: usize = 2;
const FILE: &str = "plain-body";

/// A running plain server; it ends with this.
pub struct Plain {
    child: Child,
    pub address: SocketAddr,
}

impl Plain {
    /// Starts it with the body that it returns.
    pub async fn start(body: &[u8], directory: &Path) -> Self {
        std::fs::write(directory.join(FILE), body).unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let path = super::word("plain")
            .unwrap_or_else(|| std::env::current_exe().unwrap().display().to_string());
        let child = Command::new(path)
            .arg(format!("plain-server={port}"))
            .current_dir(directory)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let plain = Self { child, address };
        let question = http::get("/", "");
        for _ in 0..1_000 {
            if let Ok(mut connection) = Connection::open(address).await
                && matches!(connection.ask(&question).await, Ok(200))
            {
                return plain;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the plain server does not start");
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn answer(body: web::Data<Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(Bytes::clone(&body))
}

/// Serves until it is killed.
pub fn serve(port: u16) {
    let body = web::Data::new(Bytes::from(std::fs::read(FILE).unwrap()));
    actix_web::rt::System::new()
        .block_on(async {
            HttpServer::new(move || {
                App::new()
                    .app_data(body.clone())
                    .default_service(web::to(answer))
            })
            .workers(WORKERS)
            .bind((Ipv4Addr::LOCALHOST, port))?
            .run()
            .await
        })
        .unwrap();
}
