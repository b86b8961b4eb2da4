//! A gate before PostgreSQL: what the program sends waits until a scheduler lets it through, so that
//! every transaction can be stopped between any two of its statements.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::oneshot,
};

use super::schedules::Chance;

/// How long a released statement may run alone before the next one is let through; one that waits
/// for a lock takes longer.
const HEAD_START: Duration = Duration::from_micros(400);

#[derive(Default)]
struct State {
    is_closed: bool,
    waiting: Vec<oneshot::Sender<()>>,
}

/// Lets everything through until it is closed.
#[derive(Clone)]
pub struct Gate {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Gate {
    /// Opens a gate before a port of this machine.
    pub async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gate = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::default(),
        };
        let own = gate.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                let (from_client, mut to_client) = client.into_split();
                let (mut from_server, to_server) = server.into_split();
                tokio::spawn(own.clone().forward(from_client, to_server));
                tokio::spawn(async move {
                    let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
                });
            }
        });
        gate
    }

    async fn forward(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            if let Some(turn) = self.turn() {
                let _ = turn.await;
            }
            if to.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
        let _ = to.shutdown().await;
    }

    fn turn(&self) -> Option<oneshot::Receiver<()>> {
        let mut state = self.lock();
        if !state.is_closed {
            return None;
        }
        let (release, turn) = oneshot::channel();
        state.waiting.push(release);
        Some(turn)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self) {
        let mut state = self.lock();
        state.is_closed = false;
        state.waiting.clear();
    }

    /// Lets one statement after the other through, in an order of chance, until all the work is done.
    pub async fn schedule<T>(&self, chance: &mut Chance, work: impl Future<Output = T>) -> T {
        self.lock().is_closed = true;
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => {
                    self.open();
                    return done;
                }
                () = tokio::time::sleep(HEAD_START) => self.release_one(chance),
            }
        }
    }

    fn release_one(&self, chance: &mut Chance) {
        let mut state = self.lock();
        let count = state.waiting.len();
        if count > 0 {
            let release = state.waiting.swap_remove(chance.below(count));
            let _ = release.send(());
        }
    }
}
