//! Which sale a return belongs to: the latest earlier line of the same product at the same price, of
//! the same customer when the return names one, of which enough has not come back yet. The price is
//! the one after discounts; where no line has that, the one before them.
//!
//! Lines are sorted so that the candidates of a return are neighbours in the order of time; a tree of
//! maxima over the remaining quantities finds the last one that has enough in logarithmic time, also
//! in a file that was made to be slow.

use kernel::Timestamp;

/// The customer of a line that the shop recorded. The shop stores no customers, so the line may come
/// back from anybody for whom the file itself has no line.
pub const NOT_RECORDED: u32 = u32::MAX;

/// A line that was sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sold {
    /// The product, by its number in the file.
    pub product: u32,
    /// Price of a unit, minor units.
    pub price: i64,
    /// Price of a unit after discounts, rounded to minor units.
    pub net_price: i64,
    /// The customer, by number; zero when not known.
    pub customer: u32,
    /// When.
    pub at: Timestamp,
    /// Thousandths that have not come back yet.
    pub remaining: i64,
}

/// A line that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned {
    /// The product.
    pub product: u32,
    /// Price of a unit.
    pub price: i64,
    /// Price of a unit after discounts.
    pub net_price: i64,
    /// The customer; zero when not known: then a line of any customer fits.
    pub customer: u32,
    /// When.
    pub at: Timestamp,
    /// Thousandths, positive.
    pub quantity: i64,
}

/// Finds the sale of each return, in the order of their time. Returns positions in `sold`.
#[must_use]
pub fn match_returns(sold: &[Sold], returned: &[Returned]) -> Vec<Option<usize>> {
    let mut shelves = vec![Shelves::new(sold, |line| line.net_price)];
    let is_reduced = sold.iter().any(|line| line.price != line.net_price)
        || returned.iter().any(|line| line.price != line.net_price);
    if is_reduced {
        shelves.push(Shelves::new(sold, |line| line.price));
    }
    let mut order: Vec<usize> = (0..returned.len()).collect();
    order.sort_by_key(|position| returned.get(*position).map(|line| line.at));
    let mut matches = vec![None; returned.len()];
    for position in order {
        let Some(line) = returned.get(position) else {
            continue;
        };
        let prices = [line.net_price, line.price];
        let found = shelves
            .iter()
            .zip(prices)
            .find_map(|(shelves, price)| shelves.find(line, price));
        let Some(found) = found else { continue };
        for shelves in &mut shelves {
            shelves.take(found, line.quantity);
        }
        if let Some(slot) = matches.get_mut(position) {
            *slot = Some(found);
        }
    }
    matches
}

/// The lines by product and one of their prices: for anybody, and by customer.
struct Shelves {
    anybody: Shelf,
    somebody: Shelf,
}

impl Shelves {
    fn new(sold: &[Sold], price: impl Fn(&Sold) -> i64) -> Self {
        Self {
            anybody: Shelf::new(sold, |line| (line.product, price(line), 0)),
            somebody: Shelf::new(sold, |line| (line.product, price(line), line.customer)),
        }
    }

    fn find(&self, line: &Returned, price: i64) -> Option<usize> {
        let shelf = if line.customer == 0 {
            &self.anybody
        } else {
            &self.somebody
        };
        let find = |customer| {
            let key = (line.product, price, customer);
            shelf.latest(key, line.at, line.quantity)
        };
        find(line.customer).or_else(|| find(NOT_RECORDED))
    }

    fn take(&mut self, position: usize, quantity: i64) {
        self.anybody.take(position, quantity);
        self.somebody.take(position, quantity);
    }
}

type Key = (u32, i64, u32);

/// Lines in an order in which the candidates of a return are neighbours.
struct Shelf {
    /// Key, time and position in the input, sorted.
    order: Vec<(Key, Timestamp, usize)>,
    /// Place of each input position in `order`.
    places: Vec<usize>,
    /// Maxima of what remains: leaves from `width` on, node `i` above `2i` and `2i + 1`.
    maxima: Vec<i64>,
    width: usize,
}

impl Shelf {
    fn new(sold: &[Sold], key: impl Fn(&Sold) -> Key) -> Self {
        let mut order: Vec<_> = sold
            .iter()
            .enumerate()
            .map(|(position, line)| (key(line), line.at, position))
            .collect();
        order.sort_unstable();
        let width = order.len().next_power_of_two();
        let mut maxima = vec![i64::MIN; 2 * width];
        let mut places = vec![0; sold.len()];
        for (place, (_, _, position)) in order.iter().enumerate() {
            if let (Some(leaf), Some(line)) = (maxima.get_mut(width + place), sold.get(*position)) {
                *leaf = line.remaining;
            }
            if let Some(slot) = places.get_mut(*position) {
                *slot = place;
            }
        }
        let mut shelf = Self {
            order,
            places,
            maxima,
            width,
        };
        for node in (1..width).rev() {
            shelf.refresh(node);
        }
        shelf
    }

    fn maximum(&self, node: usize) -> i64 {
        self.maxima.get(node).copied().unwrap_or(i64::MIN)
    }

    fn refresh(&mut self, node: usize) {
        let above = self.maximum(2 * node).max(self.maximum(2 * node + 1));
        if let Some(slot) = self.maxima.get_mut(node) {
            *slot = above;
        }
    }

    /// The last line of a key, not later than `at`, of which at least `quantity` remains.
    fn latest(&self, key: Key, at: Timestamp, quantity: i64) -> Option<usize> {
        let start = self.order.partition_point(|(other, ..)| *other < key);
        let end = self
            .order
            .partition_point(|(other, time, _)| (*other, *time) <= (key, at));
        if start >= end {
            return None;
        }
        let place = self.rightmost(1, 0, self.width, (start, end), quantity)?;
        self.order.get(place).map(|(_, _, position)| *position)
    }

    /// The rightmost leaf of `node`, which spans `low..high`, inside a range and large enough.
    fn rightmost(
        &self,
        node: usize,
        low: usize,
        high: usize,
        range: (usize, usize),
        quantity: i64,
    ) -> Option<usize> {
        if high <= range.0 || low >= range.1 || self.maximum(node) < quantity {
            return None;
        }
        if high - low == 1 {
            return Some(low);
        }
        let middle = usize::midpoint(low, high);
        self.rightmost(2 * node + 1, middle, high, range, quantity)
            .or_else(|| self.rightmost(2 * node, low, middle, range, quantity))
    }

    fn take(&mut self, position: usize, quantity: i64) {
        let Some(place) = self.places.get(position) else {
            return;
        };
        let mut node = self.width + place;
        if let Some(leaf) = self.maxima.get_mut(node) {
            *leaf -= quantity;
        }
        while node > 1 {
            node /= 2;
            self.refresh(node);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rule as it is written, line by line.
    fn plainly(sold: &[Sold], returned: &[Returned]) -> Vec<Option<usize>> {
        let mut left: Vec<i64> = sold.iter().map(|line| line.remaining).collect();
        let mut order: Vec<usize> = (0..returned.len()).collect();
        order.sort_by_key(|position| returned[*position].at);
        let mut matches = vec![None; returned.len()];
        for position in order {
            let back = returned[position];
            let latest = |customer: u32, is_net: bool| {
                let fits = |(index, line): &(usize, &Sold)| {
                    let is_same_price = if is_net {
                        line.net_price == back.net_price
                    } else {
                        line.price == back.price
                    };
                    line.product == back.product
                        && is_same_price
                        && line.at <= back.at
                        && left[*index] >= back.quantity
                        && (customer == 0 || customer == line.customer)
                };
                let candidates = sold.iter().enumerate().filter(fits);
                let latest = candidates.max_by_key(|(index, line)| (line.at, *index));
                latest.map(|(index, _)| index)
            };
            let at =
                |is_net| latest(back.customer, is_net).or_else(|| latest(NOT_RECORDED, is_net));
            let found = at(true).or_else(|| at(false));
            if let Some(index) = found {
                left[index] -= back.quantity;
            }
            matches[position] = found;
        }
        matches
    }

    fn sold() -> impl Strategy<Value = Sold> {
        let customer = prop_oneof![0u32..3, Just(NOT_RECORDED)];
        (0u32..3, 1i64..3, 0i64..2, customer, 0i64..20, 0i64..5).prop_map(
            |(product, price, off, customer, at, remaining)| Sold {
                product,
                price,
                net_price: price - off,
                customer,
                at: Timestamp::from_micros(at),
                remaining,
            },
        )
    }

    fn returned() -> impl Strategy<Value = Returned> {
        (0u32..3, 1i64..3, 0i64..2, 0u32..3, 0i64..25, 1i64..4).prop_map(
            |(product, price, off, customer, at, quantity)| Returned {
                product,
                price,
                net_price: price - off,
                customer,
                at: Timestamp::from_micros(at),
                quantity,
            },
        )
    }

    proptest! {
        #[test]
        fn the_tree_finds_what_the_rule_says(
            sold in prop::collection::vec(sold(), 0..40),
            returned in prop::collection::vec(returned(), 0..40),
        ) {
            prop_assert_eq!(match_returns(&sold, &returned), plainly(&sold, &returned));
        }
    }
}
