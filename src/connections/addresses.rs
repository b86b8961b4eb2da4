//! How many connections each address has.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use metrics::counter;

use super::line::Line;

/// Bits of an IPv6 address that a provider gives to one customer.
const NETWORK_BITS: u32 = 64;

#[derive(Debug)]
pub(crate) struct Addresses {
    /// For one address; `None` if all connections come from one proxy.
    per_address: Option<usize>,
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    next: u64,
    /// In the order in which they were opened.
    of: HashMap<IpAddr, BTreeMap<u64, Arc<Line>>>,
}

/// A connection's place, freed on drop.
#[derive(Debug)]
pub(crate) struct ConnectionPlace {
    addresses: Arc<Addresses>,
    address: IpAddr,
    number: u64,
    line: Arc<Line>,
}

impl Addresses {
    /// No address has a connection yet.
    pub(crate) fn new(per_address: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            per_address,
            lines: Mutex::default(),
        })
    }

    /// A place for a new connection. If the address has reached its limit, it replaces the connection
    /// that has been unused longest. `None` if requests are running on all of them.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionPlace> {
        let address = customer_of(address);
        let line = Line::new();
        let mut lines = self.lock();
        let number = lines.next;
        lines.next = number.wrapping_add(1);
        let known = lines.of.entry(address).or_default();
        if self.per_address.is_some_and(|most| known.len() >= most) {
            let idle = known.iter().filter(|(_, line)| !line.is_under_way());
            let oldest = idle.min_by_key(|(_, line)| line.used_at());
            let oldest = oldest.map(|(number, _)| *number);
            let Some(given_up) = oldest.and_then(|number| known.remove(&number)) else {
                counter!("connections_refused_total").increment(1);
                return None;
            };
            given_up.give_up();
            counter!("connections_given_up_total").increment(1);
        }
        known.insert(number, Arc::clone(&line));
        drop(lines);
        Some(ConnectionPlace {
            addresses: Arc::clone(self),
            address,
            number,
            line,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionPlace {
    pub(super) const fn line(&self) -> &Arc<Line> {
        &self.line
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        let mut lines = self.addresses.lock();
        if let Some(known) = lines.of.get_mut(&self.address) {
            known.remove(&self.number);
            if known.is_empty() {
                lines.of.remove(&self.address);
            }
        }
    }
}

/// A customer with one address of an IPv6 network has all of them.
fn customer_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << (128 - NETWORK_BITS));
            IpAddr::V6(network.into())
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connections::line::UnderWay;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_too_many_takes_the_place_of_the_idle_one_that_was_of_use_longest_ago() {
        let addresses = Addresses::new(Some(3));
        let here = address("192.0.2.1");
        let places: Vec<_> = (0..3).map(|_| addresses.take(here).unwrap()).collect();
        let busy = UnderWay::begin(places[0].line());
        std::thread::sleep(std::time::Duration::from_millis(5));
        places[1].line().touch();
        let fourth = addresses.take(here).unwrap();
        let given_up: Vec<_> = places.iter().map(|one| one.line().is_given_up()).collect();
        assert_eq!(given_up, [false, false, true]);
        assert!(
            addresses.take(address("192.0.2.2")).is_some(),
            "another address"
        );
        let all = [&places[1], &fourth].map(|one| UnderWay::begin(one.line()));
        assert!(addresses.take(here).is_none(), "all of them are busy");
        drop((all, busy));
        assert!(addresses.take(here).is_some());
        drop((places, fourth));
        assert!(addresses.lock().of.is_empty(), "nobody is remembered");
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_address_and_a_proxy_is_not_counted() {
        let addresses = Addresses::new(Some(1));
        let first = addresses.take(address("2001:db8:0:1::1")).unwrap();
        let _second = addresses.take(address("2001:db8:0:1:ffff::2")).unwrap();
        assert!(first.line().is_given_up());
        let third = addresses.take(address("2001:db8:0:2::1")).unwrap();
        assert!(!third.line().is_given_up());
        let mapped = addresses.take(address("::ffff:192.0.2.1")).unwrap();
        let _same = addresses.take(address("192.0.2.1")).unwrap();
        assert!(mapped.line().is_given_up());

        let behind_a_proxy = Addresses::new(None);
        let all: Vec<_> = (0..1_000)
            .map(|_| behind_a_proxy.take(address("192.0.2.1")))
            .collect();
        assert!(all.iter().flatten().all(|one| !one.line().is_given_up()));
    }
}
